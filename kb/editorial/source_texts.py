"""The kept texts of sources: take them in, and find the lines that passages name. For signed-in editors only."""

from collections.abc import Iterable
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db.models import F

from kb.models import Edition, Passage, Source
from kb.models.editions import compute_fingerprint


def find_text_files(folder: Path) -> dict[Source, Path]:
    """Return where the text of each source is to stand in a folder: SLUG.txt; the file need not be there."""
    return {source: folder / f"{source.slug}.txt" for source in Source.objects.order_by("slug")}


def keep_text(source: Source, text: str) -> Edition:
    """Store the text of a source, and return it; raise ValidationError if it is not the text that was read."""
    windows = text.replace("\r\n", "\n").replace("\n", "\r\n")
    if compute_fingerprint(windows) == source.sha256:
        text = windows  # Pasted text loses the line ends that it had.
    sha256 = compute_fingerprint(text)
    if sha256 != source.sha256:
        raise ValidationError(
            f"It is not the text that was read: its SHA-256 is {sha256}, and “{source}” names {source.sha256}."
        )
    edition, _ = Edition.objects.get_or_create(source=source, sha256=sha256, defaults={"text": text})
    return edition


def find_editions(source_ids: Iterable[int]) -> dict[int, Edition]:
    """Map the keys of these sources to the text that was read, of those of which it is kept (one query)."""
    editions = Edition.objects.filter(source__in=set(source_ids), sha256=F("source__sha256"))
    return {edition.source_id: edition for edition in editions}


def number_lines(edition: Edition, passage: Passage) -> list[tuple[int, str]]:
    """Return the lines of a passage with their numbers; those that the text has."""
    lines = edition.lines[passage.first_line - 1 : passage.last_line]
    return list(enumerate(lines, passage.first_line))


def attach_cited_lines(passages: Iterable[Passage]) -> None:
    """Set `cited_lines` on each of these passages: its lines with their numbers; none where no text is kept."""
    passages = list(passages)
    editions = find_editions(passage.source_id for passage in passages)
    for passage in passages:
        edition = editions.get(passage.source_id)
        passage.cited_lines = number_lines(edition, passage) if edition else []
