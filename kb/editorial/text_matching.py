"""Matching words of records with the text of a source: sentences, headings, names, and copied text."""

import hashlib
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from kb.models import Entry, Passage, Statement
from kb.utils.fuzzy import normalize_name
from kb.utils.text_analysis import FUNCTION_WORDS, snowball_stem

EQUIVALENT_STEMS = dict.fromkeys(["strength", "strengthen", "stronger"], "strong")
EQUIVALENT_STEMS |= dict.fromkeys(["weaken", "weaker"], "weak")
LIST_MARK = re.compile(r"\s*(?:[-–•*·]\s|\d{1,2}[.)]\s)")
LIST_ITEM = re.compile(r"\s*([-•]|[A-Z][^.:]{0,60}:\s+\S)")  # A bullet, or a heading and its text on one line.
LIST_INTRODUCTION = re.compile(r"(:|\binclud(e|ing))$")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\s[–—]\s")
MIN_COPIED_WORDS = 9  # A sequence of this many words counts as copied.


@lru_cache(maxsize=20_000)
def significant_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of a text, without function words."""
    words = re.findall(r"[a-z0-9]+", normalize_name(text).replace("'s", ""))
    stems = (snowball_stem(word) for word in words if word not in FUNCTION_WORDS)
    return frozenset(EQUIVALENT_STEMS.get(stem, stem) for stem in stems)


@lru_cache(maxsize=2_000)
def word_ngrams(text: str) -> frozenset[tuple[str, ...]]:
    """Return all sequences of MIN_COPIED_WORDS words in a text."""
    words = re.findall(r"[a-z0-9]+", normalize_name(text))
    starts = range(len(words) - MIN_COPIED_WORDS + 1)
    return frozenset(tuple(words[start : start + MIN_COPIED_WORDS]) for start in starts)


def find_introductions(lines: Sequence[str], number: int) -> Iterator[int]:
    """Yield the numbers of the lines that introduce the (nested) lists to which a line belongs, nearest first."""
    above = number
    while above > 1 and LIST_ITEM.match(lines[above - 1]):
        above -= 1
        while above > 1 and not lines[above - 1].strip():
            above -= 1
        if LIST_INTRODUCTION.search(lines[above - 1].rstrip()):
            yield above


@dataclass(eq=False)
class SourceText:
    """The text of a source, as read from its file."""

    content: bytes

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def lines(self) -> list[str]:
        return self.content.decode(errors="replace").splitlines()

    @cached_property
    def ngrams(self) -> frozenset[tuple[str, ...]]:
        return word_ngrams(" ".join(self.lines))

    def sentence_stems(self, number: int) -> list[frozenset[str]]:
        """Return the stems of each sentence of a line, counted from 1."""
        return [significant_stems(sentence) for sentence in SENTENCE_END.split(self.lines[number - 1])]

    def has_heading(self, heading: str, last_line: int) -> bool:
        """Return whether a line up to `last_line` is this heading."""
        return any(normalize_name(line) == normalize_name(heading) for line in self.lines[:last_line])

    def find_nearest_heading(self, last_line: int, headings: Container[str]) -> str:
        """Return the last line up to `last_line` that is one of these headings; an empty text if there is none.

        The headings are given as `normalize_name` has them.
        """
        lines = reversed(self.lines[:last_line])
        return next((line for line in lines if normalize_name(line) in headings), "")

    def mentions(self, names: Iterable[frozenset[str]], passage: Passage, headings: Container[str]) -> bool:
        """Return whether a sentence of the passage, its list's introduction or its nearest heading has a name.

        Each name is given by the stems of its words. A passage may name a heading further up, which says nothing of
        it. An item of a list is read with the heading: “Lower back”, under “Joint pain”, is a place of pain.
        """
        numbers = {
            *range(passage.first_line, passage.last_line + 1),
            *find_introductions(self.lines, passage.first_line),
        }
        heading = significant_stems(self.find_nearest_heading(passage.first_line, headings))
        sentences = [heading, *(stems for number in numbers for stems in self.sentence_stems(number))]
        items = [number for number in numbers if LIST_ITEM.match(self.lines[number - 1])]
        sentences += [heading | stems for number in items for stems in self.sentence_stems(number)]
        return any(name and name <= sentence for name in names for sentence in sentences)


def find_name_stems(entry: Entry, statement: Statement) -> list[frozenset[str]]:
    """Return the stems of each name of an entry, as the text that a statement cites may have them.

    A statement on strengthening speaks of weak bones where the text says strong.
    """
    names = [significant_stems(name) for name in entry.names()]
    if "strong" in significant_stems(statement.text):
        names += [frozenset("strong" if stem == "weak" else stem for stem in name) for name in names]
    return names
