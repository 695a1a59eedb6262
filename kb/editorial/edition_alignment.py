"""Alignment of two editions of a document: where each passage stands in the new one, and whether it says the same.

A passage says what its lines say under their heading, in their list and in their sentence. It is carried over by
itself only where all of that is unchanged and no other place could be meant; in doubt a person is asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import zip_longest

from rapidfuzz import fuzz, process

from kb.choices import PassageState
from kb.editorial.edition_text import EditionText, Span

MIN_SIMILARITY = 60  # Of 100: a less similar line is not shown as what became of one.


@dataclass(frozen=True)
class Placement:
    """What became of a passage: its state, why, and the lines to look at; none if it is gone."""

    state: PassageState
    why: str = ""
    first_line: int | None = None
    last_line: int | None = None
    section: str = ""


class EditionAlignment:
    """The lines of an old and of a new edition, aligned."""

    def __init__(self, old_lines: Sequence[str], new_lines: Sequence[str], sections: Iterable[str] = ()) -> None:
        """Take both texts, and the headings that passages name."""
        sections = [*sections]
        self.old, self.new = EditionText(old_lines, sections), EditionText(new_lines, sections)

    @cached_property
    def new_places(self) -> dict[int, int]:
        """The place of each old line among the new ones, where difflib aligns it."""
        matcher = SequenceMatcher(None, self.old.lines, self.new.lines)
        return {
            block.a + offset: block.b + offset
            for block in matcher.get_matching_blocks()
            for offset in range(block.size)
        }

    @cached_property
    def unmatched_lines(self) -> dict[int, str]:
        """The new lines that no old one is aligned with, by their places."""
        matched = set(self.new_places.values())
        return {place: line for place, line in enumerate(self.new.lines) if place not in matched}

    def place_passage(self, first_line: int, last_line: int) -> Placement:
        """Return what became of a passage of the old edition, given by its lines."""
        span = self.old.find_span(first_line, last_line)
        if span is None:
            return Placement(PassageState.GONE, "The lines that were cited are empty.")
        lines = self.old.get_lines(span)
        candidates = self.new.find_all(lines)
        if not candidates:
            return self.place_changed_passage(span)
        aligned = self.find_aligned(span, candidates)
        candidate = aligned or next((c for c in candidates if not self.describe_context_change(span, c)), candidates[0])
        if change := self.describe_context_change(span, candidate):
            return self.build_placement(*change, candidate)
        old_twins = self.old.find_all(lines)
        if len(old_twins + candidates) > 2 and not (
            aligned and self.is_certain_twin(span, aligned, old_twins, candidates)
        ):
            why = "The same words stand at several places: it is not certain which is meant."
            return self.build_placement(PassageState.MOVED, why, candidate)
        if candidate != aligned and not self.has_unique_heading(span.start):
            return self.build_placement(PassageState.MOVED, "Its heading stands at several places.", candidate)
        if candidate != aligned and self.is_heading_only(span) and not self.has_same_next_line(span, candidate):
            return self.build_placement(PassageState.MOVED, "The heading stands above other lines.", candidate)
        return self.build_placement(PassageState.AS_CITED, "", candidate)

    def is_heading_only(self, span: Span) -> bool:
        """Return whether all lines are headings, which may stand above anything."""
        return all(self.old.is_known_heading[span.start : span.end])

    def has_unique_heading(self, old_start: int) -> bool:
        heading = next(self.old.iterate_headings(old_start), "")
        return self.old.counts[heading] <= 1 and self.new.counts[heading] <= 1

    def build_placement(self, state: PassageState, why: str, span: Span) -> Placement:
        numbers = self.new.numbers[span.start : span.end]
        return Placement(state, why, numbers[0], numbers[-1], self.new.find_heading(span.start))

    def find_aligned(self, span: Span, candidates: Iterable[Span]) -> Span | None:
        """Return the candidate with which difflib aligns every line of the span, if there is one."""
        places = [self.new_places.get(place) for place in range(span.start, span.end)]
        return next((c for c in candidates if places == [*range(c.start, c.end)]), None)

    def is_certain_twin(self, old: Span, new: Span, old_twins: Sequence[Span], new_twins: Sequence[Span]) -> bool:
        """Return whether of several places with the same words, these two are certainly the same.

        As many stand in both texts, and either no other is under the same heading and introduction, or the lines before
        and after are the same, and others than these.
        """
        if len(old_twins) != len(new_twins):
            return False
        context = self.old.get_context(old)
        others = [self.old.get_context(twin) for twin in old_twins if twin != old]
        others += [self.new.get_context(twin) for twin in new_twins if twin != new]
        return context not in others or self.has_same_neighbours(old, new)

    def has_same_neighbours(self, old: Span, new: Span) -> bool:
        """Return whether the lines right before and after are the same in both texts, and unlike those between."""
        old_before, new_before = (
            text.lines[max(span.start - 1, 0) : span.start] for text, span in [(self.old, old), (self.new, new)]
        )
        next_line = self.old.lines[old.end : old.end + 1]
        is_repeated = old_before == self.old.lines[old.end - 1 : old.end] or next_line == [self.old.lines[old.start]]
        return old_before == new_before and self.has_same_next_line(old, new) and not is_repeated

    def has_same_next_line(self, old: Span, new: Span) -> bool:
        return self.old.lines[old.end : old.end + 1] == self.new.lines[new.end : new.end + 1]

    def describe_context_change(self, old: Span, new: Span) -> tuple[PassageState, str] | None:
        """Return the state and why, if the same lines may mean something else where they stand now; else None."""
        if not self.has_same_headings(old.start, new.start):
            return PassageState.MOVED, "The same words stand under another heading."
        if self.old.find_introductions(old.start) != self.new.find_introductions(new.start):
            return PassageState.CHANGED, "The line that introduces the list is another one."
        if self.old.find_continuations(old) != self.new.find_continuations(new):
            return PassageState.CHANGED, "The sentence goes on otherwise in the lines before or after."
        if not {*self.new.iterate_apparent_headings(new.start)} <= {*self.old.iterate_apparent_headings(old.start)}:
            return PassageState.MOVED, "A line that looks like a heading is new above it."
        return None

    def has_same_headings(self, old_start: int, new_start: int) -> bool:
        """Return whether the nearest known heading is the same.

        Of a heading that stands more than once, those above it must be the same too, up to one that stands once.
        """
        for old_heading, new_heading in zip_longest(
            self.old.iterate_headings(old_start), self.new.iterate_headings(new_start)
        ):
            if old_heading != new_heading:
                return False
            if self.old.counts[old_heading] == self.new.counts[new_heading] == 1:
                return True
        return True

    def place_changed_passage(self, span: Span) -> Placement:
        """Return where to look for a passage whose words do not stand in the new text any more."""
        places = [place for old in range(span.start, span.end) if (place := self.find_similar_line(old)) is not None]
        if not places:
            return Placement(PassageState.GONE, "Nothing like its words stands in the new text.")
        nearby = range(places[0] - (span.end - span.start), places[0] + (span.end - span.start) + 1)
        places = [place for place in places if place in nearby]
        return self.build_placement(PassageState.CHANGED, "Its words are others.", Span(min(places), max(places) + 1))

    def find_similar_line(self, old_place: int) -> int | None:
        """Return the place of the new line that an old one is aligned with, or that is most like it, if any is."""
        if old_place in self.new_places:
            return self.new_places[old_place]
        line = self.old.lines[old_place]
        found = process.extractOne(line, self.unmatched_lines, scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY)
        return found[2] if found else None
