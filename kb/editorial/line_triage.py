"""Which lines of a text look as if they say something that a statement could say; and how well that is told."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F

from kb.editorial.headings import is_heading
from kb.editorial.names_in_lines import EntryNameIndex, Likeness, load_entries, split_words
from kb.editorial.text_matching import LIST_MARK
from kb.editorial.wording import find_certainty_words, find_durations, find_frequency_words
from kb.models import Edition, Entry, Source, Statement, concrete_models

MIN_SENTENCE_WORDS = 6
# What pages and leaflets hold besides what they say: ways to elsewhere, who wrote it and when, forms.
FURNITURE = re.compile(
    r"\s*(?:[-–•*]\s*)?(?:(?:learn|read|find out) more|visit|see (?:also|our|what)|skip to|view|share|follow|subscribe"
    r"|send|submit|rate|sign (?:up|in)|icon|image|photo|copyright|tagged|medical(?:ly)? review|written by"
    r"|(?:last )?(?:reviewed|updated|published|edited)|dr|prof)\b",
    re.IGNORECASE,
)


class LineTriage:
    """Tells the lines of a text that look as if they say something, by the names of some entries and by their form."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.index = EntryNameIndex(entries)

    def find_lines(self, lines: Sequence[str]) -> set[int]:
        """Return the numbers of the lines that look as if they say something."""
        return {number for number in range(1, len(lines) + 1) if self.says_something(lines, number)}

    def says_something(self, lines: Sequence[str], number: int) -> bool:
        """Return whether a line looks as if it says something.

        It is neither a heading nor furniture of the page. It names a known entry, is an item of a list, or is a
        sentence that says how firmly, how often or how long.
        """
        line = lines[number - 1]
        if not line.strip() or FURNITURE.match(line) or is_heading(lines, number):
            return False
        return bool(LIST_MARK.match(line)) or self.names_entry(line) or is_claim(line)

    def names_entry(self, line: str) -> bool:
        return any(self.index.match(split_words([line]), Likeness.NAME))


def is_claim(line: str) -> bool:
    """Return whether a line is a sentence that says how firmly, how often or how long."""
    is_sentence = len(line.split()) >= MIN_SENTENCE_WORDS and line.rstrip()[-1] in ".!:)”"
    return is_sentence and bool(find_certainty_words(line) or find_frequency_words(line) or find_durations(line))


@dataclass
class TriageMeasure:
    """How well the lines of a text that published statements cite are told from those that none cites."""

    source: Source
    hits: int = 0  # Lines that look as if they say something, and are cited.
    missed: int = 0  # Cited lines that do not look so.
    needless: int = 0  # Lines that look so, and that nothing cites.

    @property
    def recall(self) -> float:
        """The share of the cited lines that look as if they say something."""
        return self.hits / (self.hits + self.missed) if self.hits else 0.0

    @property
    def precision(self) -> float:
        """The share of the lines that look as if they say something that are cited."""
        return self.hits / (self.hits + self.needless) if self.hits else 0.0


def measure_triage() -> Iterator[TriageMeasure]:
    """Yield how well the rule does on each kept text of a published source, as if that text were new.

    Each is left out in turn: the names of entries that only statements from it mention are not known to the rule, nor
    which of its lines are headings. What is true is what published statements cite; empty lines do not count.
    """
    cited, mentions = read_citations()
    for edition in Edition.objects.filter(sha256=F("source__sha256")).select_related("source").order_by("source__slug"):
        known = [entry for entry in load_entries() if mentions[type(entry), entry.pk] - {edition.source_id}]
        written = {number for number, line in enumerate(edition.lines, 1) if line.strip()}
        chosen, true = LineTriage(known).find_lines(edition.lines), cited[edition.source_id] & written
        if true:
            yield TriageMeasure(edition.source, len(chosen & true), len(true - chosen), len(chosen - true))


def read_citations() -> tuple[Mapping[int, set[int]], Mapping[tuple[type[Entry], int], set[int]]]:
    """Return the lines of each source that published statements cite, and the sources that mention each entry."""
    cited, mentions = defaultdict[int, set[int]](set), defaultdict[tuple[type[Entry], int], set[int]](set)
    for model in concrete_models(Statement):
        for statement in model.objects.public().with_related():
            for passage in statement.citations.all():
                cited[passage.source_id] |= {*range(passage.first_line, passage.last_line + 1)}
                for entry in statement.entries():
                    mentions[type(entry), entry.pk].add(passage.source_id)
    return cited, mentions
