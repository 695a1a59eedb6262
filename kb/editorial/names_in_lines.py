"""Which entries the lines of a text name: by their names, by names with a typing error; and words that name none."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from itertools import groupby

from kb.models import Entry, Record, concrete_models
from kb.utils.fuzzy import closest_word, normalize_name
from kb.utils.text_analysis import FUNCTION_WORDS, STOP_WORDS, stem

MIN_CORRECTED_LENGTH = 5  # Letters; a shorter word is not taken for a typing error.
MAX_WORDS_BETWEEN = 1  # Words between those of a name: bone pain in “bone and joint pain”.
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
SENTENCE_MARK = "|"  # No name goes over the end of a sentence or a line.


class Likeness(IntEnum):
    """How the words of a text are like a name of an entry, the best first."""

    NAME = 0
    WORDS_APART = 1  # All words of a name, in one sentence.
    TYPING_ERROR = 2


@dataclass(frozen=True)
class NamedEntry:
    """An entry that a text names: with which words, and where."""

    entry: Entry
    words: str  # As they stand in the text.
    likeness: Likeness
    start: int  # The place of its first word in the text, in words.
    end: int


@dataclass(frozen=True)
class TextWord:
    """A word of a text, its stem, and where it stands in its sentence."""

    written: str
    stem: str
    sentence: str = ""
    begin: int = 0
    end: int = 0


def split_words(texts: Iterable[str]) -> list[TextWord]:
    """Return the words of texts in order, without function words, with a mark at the end of each sentence."""
    words = []
    for text in texts:
        for sentence in re.split(r"[.!?;:](?=\s|$)", text):
            words += [
                TextWord(match[0], stem(folded), sentence, match.start(), match.end())
                for match in WORD.finditer(sentence)
                if (folded := normalize_name(match[0])) not in FUNCTION_WORDS
            ]
            words.append(TextWord(SENTENCE_MARK, SENTENCE_MARK))
    return words


def join_words(words: Sequence[TextWord]) -> str:
    """Return some words that follow each other in a sentence, as they stand there."""
    return words[0].sentence[words[0].begin : words[-1].end]


def find_name_words(name: str) -> tuple[str, ...]:
    """Return the stems of the words of a name, in order, without function words."""
    return tuple(word.stem for word in split_words([name.replace(".", " ")]) if word.stem != SENTENCE_MARK)


class EntryNameIndex:
    """The names of some entries, to be found in texts; an instance is for one text or a few, read at one time."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.by_first_word: dict[str, set[tuple[tuple[str, ...], Entry]]] = defaultdict(set)
        self.vocabulary: Counter[str] = Counter()
        for entry in entries:
            for name in entry.names():
                if words := find_name_words(name):
                    self.by_first_word[words[0]].add((words, entry))
                    self.vocabulary.update(normalize_name(match[0]) for match in WORD.finditer(name))

    @cached_property
    def stems(self) -> set[str]:
        return {stem(word) for word in self.vocabulary}

    def find(self, texts: Sequence[str], known_stems: Iterable[str] = ()) -> list[NamedEntry]:
        """Return the entries that texts name, each once, in the order of the text, a longer name before its parts.

        A word that is none of `known_stems` and of no name is read as the nearest word of a name, not as its opposite.
        """
        words = split_words(texts)
        named = [*self.match(words, Likeness.NAME), *self.match_apart(words)]
        corrected = self.correct(words, self.stems | {*known_stems})
        changed = {place for place, (old, new) in enumerate(zip(words, corrected, strict=True)) if old.stem != new.stem}
        named += [
            match
            for match in self.match(corrected, Likeness.TYPING_ERROR)
            if changed.intersection(range(match.start, match.end))
        ]
        named.sort(key=lambda match: (match.start, match.start - match.end, match.likeness, str(match.entry)))
        first: dict[tuple[type[Entry], int], NamedEntry] = {}
        for match in sorted(named, key=lambda match: match.likeness):
            first.setdefault((type(match.entry), match.entry.pk), match)
        return [match for match in named if first[type(match.entry), match.entry.pk] is match]

    def match(self, words: Sequence[TextWord], likeness: Likeness) -> Iterable[NamedEntry]:
        """Yield the entries whose names stand in a text: their words in order, with at most one other in between."""
        for start, word in enumerate(words):
            for name, entry in self.by_first_word.get(word.stem, ()):
                if end := find_end(words, start, name):
                    yield NamedEntry(entry, join_words(words[start:end]), likeness, start, end)

    def match_apart(self, words: Sequence[TextWord]) -> Iterable[NamedEntry]:
        """Yield the entries of whose names of several words a sentence has all, in any order."""
        start = 0
        for is_end, run in groupby(words, key=lambda word: word.stem == SENTENCE_MARK):
            sentence = list(run)
            stems = {word.stem: start + place for place, word in reversed([*enumerate(sentence)])}
            for first in () if is_end else stems:
                for name, entry in self.by_first_word.get(first, ()):
                    if len(name) > 1 and stems.keys() >= {*name}:
                        places = sorted(stems[word] for word in name)
                        written = " … ".join(words[place].written for place in places)
                        yield NamedEntry(entry, written, Likeness.WORDS_APART, places[0], places[-1] + 1)
            start += len(sentence)

    def correct(self, words: Sequence[TextWord], known_stems: set[str]) -> list[TextWord]:
        """Return the words of a text with unknown ones corrected to the nearest word of a name, where there is one."""
        corrected = []
        for word in words:
            nearest = None
            if word.stem not in known_stems and len(word.written) >= MIN_CORRECTED_LENGTH and word.written.isalpha():
                nearest = closest_word(normalize_name(word.written), self.vocabulary)
            corrected.append(replace(word, stem=stem(nearest)) if nearest and " " not in nearest else word)
        return corrected


def find_end(words: Sequence[TextWord], start: int, name: Sequence[str]) -> int | None:
    """Return where a name that starts at a word of a text ends; None if its other words do not follow."""
    place, between = start, 0
    for stem_of_name in name[1:]:
        place += 1
        while place < len(words) and words[place].stem != stem_of_name and between < MAX_WORDS_BETWEEN:
            if words[place].stem == SENTENCE_MARK:
                return None
            place, between = place + 1, between + 1
        if place >= len(words) or words[place].stem != stem_of_name:
            return None
    return place + 1


def find_unknown_words(texts: Sequence[str], known_stems: Iterable[str]) -> list[str]:
    """Return the runs of words of a text that nothing known holds, as they are written, each once."""
    known = {*known_stems, SENTENCE_MARK, *map(stem, STOP_WORDS)}
    runs: list[list[TextWord]] = []
    for word in split_words(texts):
        if word.stem in known or not word.stem.isalpha():
            continue
        last = runs[-1][-1] if runs else word
        follows = last.sentence is word.sentence and not word.sentence[last.end : word.begin].strip(" -‐‑")
        if runs and follows:
            runs[-1].append(word)
        else:
            runs.append([word])
    return list(dict.fromkeys(words for words in map(join_words, runs) if len(words) > 2))


def load_entries() -> list[Entry]:
    """Return all entries that a statement may name: drafts included, retired ones left out."""
    return [entry for model in concrete_models(Entry) for entry in model.objects.not_retired()]


def load_known_stems() -> set[str]:
    """Return the stems of all words in the names and texts of the records of the knowledge base."""
    columns = (model.objects.not_retired().values_list("search_index", flat=True) for model in concrete_models(Record))
    return {word for column in columns for text in column for word in text.split()}
