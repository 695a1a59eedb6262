"""Which entries are probably meant by a name that none has: by the meaning of its words before their letters."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value

from kb.models import Entry, Statement, concrete_models
from kb.search.entry_names import EntryNames
from kb.search.fulltext import select_ids_with_terms
from kb.search.lay_words import MEANINGS, find_meanings, is_opposite
from kb.search.phrases import Term
from kb.utils.fuzzy import closest_match, closest_word
from kb.utils.text_analysis import stem, stem_words, tokenize

MAX_NEAREST = 3  # Entries that are named for one value.
MIN_CORRECTED_LENGTH = 4  # Letters; a shorter word is not taken for a typing error.
MIN_LETTER_SIMILARITY = 80  # Of 100; of a value of which no word leads to an entry.
MAX_WORDS = 12  # Words of a value; the others are ignored.
MAX_TEXTS = 1000  # Of statements that hold the words that no entry holds.
MIN_SHARE = 0.55  # Of the weight of the words of a value that a near entry holds.
TEXT_WEIGHT, LAY_WEIGHT = 0.6, 0.9  # A word in a text, or that only means a word of a name, counts less than a name.
MEANINGS_BY_PHRASE = [(frozenset(phrase), frozenset(meant)) for phrase, many in MEANINGS.items() for meant in many]


@dataclass
class EntryWords:
    """The stems of the words of one entry: of its names, each by itself, and of the texts about it."""

    entry: Entry
    names: list[frozenset[str]]
    text: set[str] = field(default_factory=set)

    @cached_property
    def in_names(self) -> frozenset[str]:
        return frozenset().union(*self.names)

    def weigh(self, word: "ValueWord") -> float:
        """Return how well the entry holds a word, from 0 to 1."""
        if word.stem in self.in_names:
            return 1.0
        if not self.in_names.isdisjoint(word.meanings):
            return LAY_WEIGHT
        return 0.0 if self.text.isdisjoint(word.all_stems) else TEXT_WEIGHT


@dataclass(frozen=True)
class ValueWord:
    """A word of a value: its stem, those that it may mean, and how rare it is among the entries."""

    stem: str
    meanings: frozenset[str]
    weight: float

    @property
    def all_stems(self) -> frozenset[str]:
        return self.meanings | {self.stem}


class NearestNames:
    """Finds the nearest of the public entries of some models, for several values at once."""

    def __init__(self, names: EntryNames) -> None:
        self.names = names
        self.words = [read_entry_words(entry) for entry in names.entries]

    @cached_property
    def vocabulary(self) -> Counter[str]:
        """The words of all names, not stemmed: to these, spelling is corrected."""
        return Counter(word for name in self.names.by_name for word in tokenize(name) if len(word) > 2)

    @cached_property
    def frequencies(self) -> Counter[str]:
        return Counter(stem for words in self.words for stem in words.in_names | words.text)

    def find(self, values: Sequence[str]) -> dict[str, list[Entry]]:
        """Return the nearest entries of each value, the nearest first."""
        unknown = {
            stem
            for value in values
            for stem in stem_words(value)[:MAX_WORDS]
            if not any(s in self.frequencies for s in [stem, *find_meanings(stem)])
        }
        self.read_statements(unknown)
        return {value: self.rank(value)[:MAX_NEAREST] for value in values}

    def read_statements(self, stems: Iterable[str]) -> None:
        """Add those stems that statements hold to the texts of the entries that the statements name."""
        terms = [Term(stem, is_prefix=False) for stem in stems]
        if not terms:
            return
        words_by_key = {(words.entry._meta.label, words.entry.pk): words for words in self.words}
        first, *others = [
            select_texts(model, relation, terms)
            for model in concrete_models(Statement)
            for relation in model.entry_fields()
            if relation.related_model in self.names.models
        ]
        for label, key, text in first.union(*others, all=True)[:MAX_TEXTS]:
            if words := words_by_key.get((label, key)):
                words.text |= set(text.split()).intersection(stems)
        del self.frequencies  # They are counted anew.

    def rank(self, value: str) -> list[Entry]:
        """Return the entries near a value: with all its words; with a name that is a part of it; with most of it.

        Only where no word leads to any, the name with the most similar letters. The opposite of a value, such as what
        is raised for what is low, is never near it.
        """
        words = self.read_value(value)
        phrases = [(phrase, meant) for phrase, meant in MEANINGS_BY_PHRASE if phrase <= {word.stem for word in words}]
        ranked = [
            (*key, entry_words.entry.slug, entry_words.entry)
            for entry_words in self.words
            if (key := rank_entry(entry_words, words, phrases)) and not is_opposite(value, entry_words.entry.names())
        ]
        if ranked:
            best_tier = min(tier for tier, *_ in ranked)
            return [entry for tier, *_, entry in sorted(ranked, key=itemgetter(slice(4))) if tier == best_tier]
        match = closest_match(value, self.names.by_name, MIN_LETTER_SIMILARITY)
        nearest = self.names.by_name[match] if match else []
        return [entry for entry in nearest if not is_opposite(value, entry.names())]

    def read_value(self, value: str) -> list[ValueWord]:
        """Return the words of a value; those that nothing holds corrected to the nearest word of a name."""
        words = []
        for typed in tokenize(value)[:MAX_WORDS]:
            is_known = any(s in self.frequencies for s in [stem(typed), *find_meanings(stem(typed))])
            corrected = None if is_known or len(typed) < MIN_CORRECTED_LENGTH else closest_word(typed, self.vocabulary)
            words += [self.read_word(stem(word)) for word in (corrected or typed).split()]
        return words

    def read_word(self, stem: str) -> ValueWord:
        meanings = frozenset(find_meanings(stem))
        frequency = sum(self.frequencies[s] for s in meanings | {stem})
        return ValueWord(stem, meanings, math.log1p(len(self.words) / (frequency or 1)))


def select_texts(model: type[Statement], relation: Any, terms: Sequence[Term]) -> "QuerySet[Any]":
    """Return a query for the published statements of a model that hold one of some terms, as rows of three.

    They are the label and the key of the entry that a relation names, and the words of the statement.
    """
    holds_any = Q()
    for term in terms:
        holds_any |= Q(pk__in=select_ids_with_terms(model, [term]))
    label = Value(relation.related_model._meta.label, output_field=CharField())
    statements = model.objects.public().filter(holds_any).order_by().annotate(label=label)
    return statements.values_list("label", relation.name, "search_index")


def read_entry_words(entry: Entry) -> EntryWords:
    """Return the words of an entry from its index text (`build_index_text`): names before the bar, texts after it."""
    names, _, text = entry.search_index.partition("|")
    return EntryWords(entry, [frozenset(name.split()) for name in names.split("\n")], set(text.split()))


def rank_entry(
    entry: EntryWords, words: Sequence[ValueWord], phrases: Sequence[tuple[frozenset[str], frozenset[str]]]
) -> tuple[int, float, int] | None:
    """Return how near an entry is to the words of a value, as a key for sorting; None if it is not.

    `phrases` are the lay phrases in the value, with what they mean.
    """
    stems = frozenset().union(*(word.all_stems for word in words))
    held = [entry.weigh(word) for word in words]
    total = sum(word.weight for word in words)
    share = sum(word.weight * part for word, part in zip(words, held, strict=True)) / total if total else 0.0
    extra = min((len(name - stems) for name in entry.names if name & stems), default=0)
    parts = [frozenset().union(*(n for n in entry.names if n and n <= stems))]
    parts += [phrase for phrase, meant in phrases if meant in entry.names]
    part = max(sum(word.weight for word in words if word.all_stems & stems) for stems in parts)
    is_named = not stems.isdisjoint(entry.in_names)
    if words and ((all(held) and is_named) or math.isclose(part, total)):
        return 0, -max(share, LAY_WEIGHT * part / total), extra
    if part:
        return 1, -part, extra
    return (2, -share, extra) if share >= MIN_SHARE else None
