"""Lines that an editor marked in the text of a source, and the passages that are made of them with a statement."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from kb.choices import Status
from kb.editorial.editing import EditRequest, create_draft
from kb.editorial.headings import find_section
from kb.editorial.snapshot import NaturalKey, NaturalKeyResolver, format_key, serialize_key, serialize_record
from kb.editorial.source_texts import attach_lines, find_editions
from kb.models import Edition, Passage, Source, VersionedRecord
from kb.utils.fuzzy import normalize_name

MAX_MARKED_LINES = 60
LINE_RANGE = re.compile(r"\s*(\d{1,7})\s*(?:[-–]\s*(\d{1,7})\s*)?")
NO_LINES = "Mark the lines first: one or several."


@dataclass(frozen=True)
class MarkedLines:
    """Some lines of the kept text of a source, as ranges in the order of the text."""

    source: Source
    edition: Edition
    ranges: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        """Return them as an address carries them: the short name of the source, and the lines."""
        return f"{self.source.slug}:{format_ranges(self.ranges)}"

    @property
    def first_line(self) -> int:
        return self.ranges[0][0]

    @property
    def numbers(self) -> list[int]:
        return [number for first, last in self.ranges for number in range(first, last + 1)]

    @property
    def texts(self) -> list[str]:
        return [self.edition.lines[number - 1] for number in self.numbers]

    @cached_property
    def passages(self) -> list[Passage]:
        """The passages that these lines are: those that exist, and new ones, unsaved; each with its lines."""
        stored = {(p.first_line, p.last_line): p for p in self.source.passages.filter(edition=self.source.edition)}
        headings = {normalize_name(passage.section) for passage in stored.values() if passage.section}
        passages = [
            stored.get((first, last))
            or Passage(
                source=self.source,
                section=find_section(self.edition.lines, first, headings),
                first_line=first,
                last_line=last,
                edition=self.source.edition,
            )
            for first, last in self.ranges
        ]
        for passage in passages:
            attach_lines(self.edition, passage)
        return passages


def format_ranges(ranges: Iterable[tuple[int, int]]) -> str:
    """Return ranges of lines as text: 3,5-7."""
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)


def group_lines(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return numbers of lines as ranges: lines that follow each other are one."""
    runs = groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0])
    lines = [[number for _, number in run] for _, run in runs]
    return [(run[0], run[-1]) for run in lines]


def parse_ranges(text: str) -> list[tuple[int, int]]:
    """Return the ranges of lines in a text such as 3,5-7; raise ValidationError if it is none."""
    numbers: set[int] = set()
    for part in filter(str.strip, text.split(",")):
        match = LINE_RANGE.fullmatch(part)
        if not match:
            raise ValidationError(f"“{part.strip()}” names no lines: write 5, or 5-7.")
        first, last = int(match[1]), int(match[2] or match[1])
        if first < 1 or last < first:
            raise ValidationError(f"“{part.strip()}” names no lines: they count from 1, the first before the last.")
        if last - first >= MAX_MARKED_LINES:
            raise ValidationError(f"Mark {MAX_MARKED_LINES} lines at most.")
        numbers |= {*range(first, last + 1)}
    return group_lines(numbers)


def mark_lines(source: Source, ranges: Sequence[tuple[int, int]]) -> MarkedLines:
    """Return lines of a source, in order; raise ValidationError unless its text is kept and has them.

    Lines at the edge of a range that are empty are left out.
    """
    if source.status == Status.RETIRED:
        raise ValidationError(f"“{source}” is retired: nothing new is read out of it.")
    edition = find_editions([source.pk]).get(source.pk)
    if edition is None:
        raise ValidationError(f"No text of “{source}” is kept here: its lines cannot be marked.")
    count = len(edition.lines)
    if ranges and (last := max(last for _, last in ranges)) > count:
        raise ValidationError(f"There is no line {last}: “{source}” has {count} lines.")
    written = [
        [number for number in range(first, last + 1) if edition.lines[number - 1].strip()] for first, last in ranges
    ]
    marked = tuple((run[0], run[-1]) for run in written if run)
    if not marked:
        raise ValidationError("These lines are empty." if ranges else NO_LINES)
    if sum(last - first + 1 for first, last in marked) > MAX_MARKED_LINES:
        raise ValidationError(f"Mark {MAX_MARKED_LINES} lines at most.")
    return MarkedLines(source, edition, marked)


def read_marked_lines(value: str) -> MarkedLines:
    """Return the lines that an address carries; raise ValidationError if there are none such."""
    slug, _, lines = value.partition(":")
    source = Source.objects.filter(slug=slug).first() if slug.isprintable() else None
    if source is None:
        raise ValidationError(f"There is no source “{slug[:120]}” whose lines could be marked.")
    return mark_lines(source, parse_ranges(lines))


class PassageMaker(NaturalKeyResolver):
    """Looks up records by their keys, and makes the passages of marked lines that do not exist yet.

    They are made within the transaction of whoever looks them up: what rolls back the statement rolls back these.
    """

    def __init__(self, passages: Iterable[Passage], author: User) -> None:
        super().__init__()
        self.author = author
        self.passages = {format_key(serialize_key(passage)): passage for passage in passages if not passage.pk}

    def resolve(self, model: type[VersionedRecord], key: NaturalKey) -> VersionedRecord:
        """Return the record with this key; make it if it is a passage of the marked lines that does not exist."""
        passage = self.passages.pop(format_key(key), None) if model is Passage else None
        if passage is not None and not Passage.objects.filter(source=passage.source, **get_place(passage)).exists():
            with suppress(IntegrityError, ValidationError):  # Somebody else may make it at the same moment.
                create_draft(Passage, serialize_record(passage), EditRequest(self.author, "A place to be cited."))
        return super().resolve(model, key)


def get_place(passage: Passage) -> dict[str, int]:
    return {"first_line": passage.first_line, "last_line": passage.last_line, "edition": passage.edition}
