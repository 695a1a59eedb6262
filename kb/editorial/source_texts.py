"""The kept texts of sources: take them in, and find the lines that passages name. For signed-in editors only."""

from collections.abc import Iterable
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db.models import F

from kb.editorial.text_matching import find_introductions
from kb.models import Edition, Passage, Source
from kb.models.editions import compute_fingerprint
from kb.utils.characters import clean_text


def find_text_files(folder: Path) -> dict[Source, Path]:
    """Return where the text of each source is to stand in a folder: SLUG.txt; the file need not be there."""
    return {source: folder / f"{source.slug}.txt" for source in Source.objects.order_by("slug")}


def keep_text(source: Source, text: str) -> Edition:
    """Store the text of a source, and return it; raise ValidationError if it is not the text that was read."""
    text = find_text_as_read(text, source.sha256)
    sha256 = compute_fingerprint(text)
    if sha256 != source.sha256:
        raise ValidationError(
            f"It is not the text that was read: its SHA-256 is {sha256}, and “{source}” names {source.sha256}."
        )
    return store_edition(source, text)


def find_text_as_read(text: str, sha256: str) -> str:
    """Return a text with the line ends, or cleaned, with which it has this fingerprint, if it has it with any."""
    windows = text.replace("\r\n", "\n").replace("\n", "\r\n")  # Pasted text loses the line ends that it had.
    forms = (windows, clean_text(text, keeps_lines=True)[0])  # What is pasted into a form is cleaned.
    return next((form for form in forms if compute_fingerprint(form) == sha256), text)


def store_edition(source: Source, text: str) -> Edition:
    """Store a text of a source, whichever edition it is, and return it."""
    edition, _ = Edition.objects.get_or_create(source=source, sha256=compute_fingerprint(text), defaults={"text": text})
    return edition


def find_current_edition(slug: str) -> int:
    """Return the number of the edition of a source that is read now; 1 if there is no such source."""
    source = Source.objects.filter(slug=slug).first()
    return source.edition if source else 1


def find_editions(source_ids: Iterable[int]) -> dict[int, Edition]:
    """Map the keys of these sources to the text that is read now, of those of which it is kept (one query)."""
    editions = Edition.objects.filter(source__in=set(source_ids), sha256=F("source__sha256"))
    return {edition.source_id: edition for edition in editions}


def find_edition_texts(source: Source) -> dict[int, Edition]:
    """Map the numbers of the editions of a source to their texts, of those of which it is kept (one query)."""
    kept = {edition.sha256: edition for edition in Edition.objects.filter(source=source)}
    return {public.number: kept[public.sha256] for public in source.list_editions() if public.sha256 in kept}


def number_lines(edition: Edition, passage: Passage) -> list[tuple[int, str]]:
    """Return the lines of a passage with their numbers; those that the text has."""
    lines = edition.lines[passage.first_line - 1 : passage.last_line]
    return list(enumerate(lines, passage.first_line))


def attach_lines(edition: Edition, passage: Passage) -> None:
    """Set `cited_lines` and `introducing_lines` on a passage of this edition."""
    numbers = sorted(find_introductions(edition.lines, passage.first_line))
    passage.cited_lines = number_lines(edition, passage)
    passage.introducing_lines = [(number, edition.lines[number - 1]) for number in numbers]


def attach_cited_lines(passages: Iterable[Passage]) -> None:
    """Set `cited_lines` and `introducing_lines` on each of these passages of which the text is kept."""
    passages = list(passages)
    sources = {passage.source_id: passage.source for passage in passages}
    kept = {(e.source_id, e.sha256): e for e in Edition.objects.filter(source__in=sources)}
    for passage in passages:
        public = passage.source.get_edition(passage.edition)
        edition = kept.get((passage.source_id, public.sha256)) if public else None
        if edition:
            attach_lines(edition, passage)
