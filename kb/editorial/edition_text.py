"""The text of an edition as alignment reads it: lines folded for typography only, headings, introductions of lists."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.utils.characters import clean_text
from kb.utils.fuzzy import normalize_name

# What printers and programs write differently though it says the same. Neither the minus nor the prime is here: both
# are signs. Digits, units and the case of letters stay as they are.
TYPOGRAPHY = str.maketrans(
    dict.fromkeys("‘’‚‛ʼ", "'") | dict.fromkeys("“”„‟", '"') | dict.fromkeys("‐‑‒–—―", "-") | {"…": "..."}
)
BULLET = re.compile(r"(?:[-*•‣▪◦·o]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
INTRODUCTION = re.compile(r"(?::|\bincluding|\binclude|\bincludes)$")
SENTENCE_END = re.compile(r"[.!?:;]['\")\]]*$")
MAX_HEADING_LENGTH, MAX_LABEL_WORDS = 100, 4  # A label is a short line that ends with a colon, such as “Tamoxifen:”.


def fold_typography(line: str) -> str:
    """Return a line in the form in which all ways to print it are equal: quotes, dashes, spaces, ligatures."""
    text, _ = clean_text(line)
    return " ".join(text.translate(TYPOGRAPHY).split())


@dataclass(frozen=True)
class Span:
    """Lines that follow each other, among those of a text that are not empty: from `start`, `end` not included."""

    start: int
    end: int


class EditionText:
    """The lines of an edition that are not empty, folded, with what stands around each."""

    def __init__(self, lines: Sequence[str], sections: Iterable[str] = ()) -> None:
        """Take the lines of a text, and the headings that are known, as passages name them."""
        numbered = [(number, line, fold_typography(line)) for number, line in enumerate(lines, 1)]
        self.numbers = [number for number, _, folded in numbered if folded]
        self.originals = [line for _, line, folded in numbered if folded]
        self.lines = [folded for *_, folded in numbered if folded]
        self.counts = Counter(self.lines)
        self.sections = frozenset(normalize_name(section) for section in sections if section)

    @cached_property
    def is_known_heading(self) -> list[bool]:
        return [normalize_name(line) in self.sections for line in self.lines]

    @cached_property
    def is_heading(self) -> list[bool]:
        """Of each line, whether it is a known heading or looks like one; too many rather than too few."""
        before, after = ["", *self.lines[:-1]], [*self.lines[1:], ""]
        places = zip(self.is_known_heading, self.lines, before, after, strict=True)
        return [known or looks_like_heading(*lines) for known, *lines in places]

    @cached_property
    def is_bullet(self) -> list[bool]:
        return [bool(BULLET.match(line)) for line in self.lines]

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """The places of each line, by its text."""
        positions: dict[str, list[int]] = {}
        for place, line in enumerate(self.lines):
            positions.setdefault(line, []).append(place)
        return positions

    def find_span(self, first_line: int, last_line: int) -> Span | None:
        """Return the lines of a passage, given by their numbers; None if there are none, or all are empty."""
        start, end = bisect_left(self.numbers, first_line), bisect_right(self.numbers, last_line)
        return Span(start, end) if start < end else None

    def get_lines(self, span: Span) -> list[str]:
        return self.lines[span.start : span.end]

    def find_all(self, lines: Sequence[str]) -> list[Span]:
        """Return every place at which these lines stand, one after the other."""
        starts = self.positions.get(lines[0], ()) if lines else ()
        return [
            Span(start, start + len(lines)) for start in starts if self.lines[start : start + len(lines)] == [*lines]
        ]

    def iterate_headings(self, start: int) -> Iterator[str]:
        """Yield the known headings up to a line, itself included, the nearest first."""
        return (self.lines[place] for place in range(start, -1, -1) if self.is_known_heading[place])

    def get_context(self, span: Span) -> tuple[str, tuple[str, ...]]:
        """Return the nearest known heading of a span, and the lines that introduce it."""
        return next(self.iterate_headings(span.start), ""), tuple(self.find_introductions(span.start))

    def iterate_apparent_headings(self, start: int) -> Iterator[str]:
        """Yield the lines between a line and the known heading above it that look like headings and are unknown."""
        for place in range(start, -1, -1):
            if self.is_known_heading[place]:
                break
            if self.is_heading[place] and place != start:
                yield self.lines[place]

    def find_heading(self, start: int) -> str:
        """Return the nearest heading up to a line, as it is printed: a known one rather than one that looks so."""
        for among in (self.is_known_heading, self.is_heading):
            for place in range(start, -1, -1):
                if among[place]:
                    return self.originals[place].strip()
        return ""

    def find_introductions(self, start: int) -> list[str]:
        """Return the lines that introduce the (nested) lists in which a line stands, the nearest first.

        Before an item is whatever stands before its list, with or without a colon. Any other line may be an item
        without a mark: it has the nearest line of its section that ends as an introduction does, with no list between.
        """
        if self.is_known_heading[start]:
            return []
        if self.is_bullet[start]:
            return self.find_list_introductions(start, lambda place: self.is_bullet[place])
        if self.is_heading[start]:  # An item of a list without marks looks so.
            return self.find_list_introductions(start, lambda place: self.is_item(place))
        for place in range(start - 1, -1, -1):
            if INTRODUCTION.search(self.lines[place]):
                return [self.lines[place]]
            if self.is_known_heading[place] or (self.is_bullet[place] and not is_label(self.lines[place])):
                break  # Another section, or a list of its own, which ends what was introduced.
        return []

    def is_item(self, place: int) -> bool:
        return self.is_bullet[place] or (self.is_heading[place] and not self.is_known_heading[place])

    def find_list_introductions(self, start: int, is_item: Callable[[int], bool]) -> list[str]:
        place, found = start - 1, []
        while place >= 0 and is_item(place):
            if INTRODUCTION.search(self.lines[place]):
                found.append(self.lines[place])
            place -= 1
        if not self.is_bullet[start] and place >= 0 and not self.is_known_heading[place]:
            found.append(self.lines[place + 1])  # The first item may be a heading that no passage names.
        while place >= 0:
            found.append(self.lines[place])
            if not is_label(self.lines[place]):  # A label, such as “In women:”, is itself introduced.
                break
            place -= 1
        return found

    def find_continuations(self, span: Span) -> tuple[list[str], list[str]]:
        """Return the lines before and after that belong to the sentences in which the span begins and ends."""
        first, last = span.start, span.end
        while first > 0 and self.continues(first):
            first -= 1
        while last < len(self.lines) and self.continues(last):
            last += 1
        return self.lines[first : span.start], self.lines[span.end : last]

    def continues(self, place: int) -> bool:
        """Return whether a line goes on with the sentence of the line before."""
        line, before = self.lines[place], self.lines[place - 1]
        if self.is_bullet[place] or self.is_known_heading[place]:
            return False
        return line[0].islower() or not (line[0].isalpha() or SENTENCE_END.search(before))


def is_label(line: str) -> bool:
    return line.endswith(":") and len(line.split()) <= MAX_LABEL_WORDS


def looks_like_heading(line: str, before: str, following: str) -> bool:
    """Return whether a line looks like a heading: short, no end of a sentence, between two that are whole."""
    if is_label(line) and not BULLET.match(line):
        return True
    if len(line) > MAX_HEADING_LENGTH or BULLET.match(line) or INTRODUCTION.search(line) or line[-1] in ".!;:,":
        return False
    goes_on = line[0].islower() and before and not (SENTENCE_END.search(before) or BULLET.match(before))
    return line[0].isalnum() and not goes_on and not following[:1].islower()
