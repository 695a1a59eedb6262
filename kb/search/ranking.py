"""The ranking of the candidates of a search, which are read once for each state of the data.

Red flags come first among equals, the most urgent first, then the kinds for which the phrase asks. The relevance that a
database computes does not count, since it compares neither across tables nor across databases; the length of the text,
which is most of it, stands in for it.
"""

import math
from collections import Counter
from dataclasses import dataclass
from operator import itemgetter

from kb.models import Statement, resource_name
from kb.search.phrase_entries import Rank
from kb.search.phrases import Term
from kb.search.postings import MAX_CANDIDATES, MAX_HOLDERS
from kb.search.searched_records import NOT_ALL_WORDS, fetch_searched_records

FAR_AWAY = MAX_CANDIDATES  # Steps to what a statement is not about.
PART_OF_PHRASE = {Rank.NAME_IN_PHRASE, Rank.IMPLIED_IN_PHRASE, Rank.AMBIGUOUS_IN_PHRASE}


@dataclass(frozen=True)
class Hit:
    """A record that matches, not loaded yet."""

    model: type
    pk: int
    slug: str
    rank: Rank
    missing_words: tuple[str, ...] = ()  # Those that a partial hit does not hold.


class HitRanker:
    """Ranks the candidates for a phrase; `wanted_kinds` are the kinds of statements for which it asks."""

    def __init__(self, finder, hierarchies, wanted_kinds):
        self.finder, self.hierarchies, self.wanted_kinds = finder, hierarchies, wanted_kinds
        self.phrase, self.named = finder.phrase, finder.named
        self.is_cut = False

    @property
    def is_truncated(self):
        """Whether there may be more hits than were ranked, or were returned."""
        return self.is_cut or self.finder.is_truncated

    def fetch(self, model, keys):
        return fetch_searched_records(model, keys, self.hierarchies)

    def keep_best(self, ranked):
        """Return the first of the rows of one model, each of which begins with a key for sorting."""
        self.is_cut |= len(ranked) > MAX_CANDIDATES
        return sorted(ranked, key=itemgetter(0))[:MAX_CANDIDATES]

    def rank_matches(self):
        """Return the hits about all names or with all words, best first, and whether one holds all the words."""
        ranked = [row for model, keys in self.finder.find_matches().items() for row in self.rank_model(model, keys)]
        ranked.sort(key=itemgetter(0))
        hits = [Hit(record.model, record.pk, record.slug, Rank(order[0])) for order, record in ranked]
        return hits, any(holds_all_words(order) for order, record in ranked)

    def rank_model(self, model, keys):
        """Return the best records of one model, each after a key that orders those of all models."""
        place = self.place_statement if issubclass(model, Statement) else self.place_entry
        label, is_vital = model._meta.label, getattr(model, "vital", False)
        is_wanted = issubclass(model, Statement) and resource_name(model) in self.wanted_kinds
        forms, ranked = self.phrase.forms, []
        for record in self.fetch(model, keys):
            rank = record.rank_relevance(self.phrase.terms, forms)
            if (placed := place(record, rank)) is not None:
                why, far = placed
                order = (why, not is_vital, record.urgency, not is_wanted, far, rank, record.length, record.slug, label)
                ranked.append((order, record))
        return self.keep_best(ranked)

    def place_entry(self, entry, rank):
        """Return why an entry matches, and the place of its name in the phrase; None if it does not match."""
        if rank < 2:  # A whole name; 2 and 3 are words of names.
            return Rank.NAME, 0
        if rank < 4:
            return Rank.IN_NAME, 0
        groups = [*enumerate(self.named.groups)]
        groups = [(index, group.certainty) for index, group in groups if entry.pk in group.entries.get(entry.model, ())]
        if not groups:
            return (Rank.IN_SUMMARY, 0) if rank < NOT_ALL_WORDS else None
        certainties = {certainty for _, certainty in groups}
        is_implied = Rank.IMPLIED_IN_PHRASE in certainties
        return Rank.IMPLIED_IN_PHRASE if is_implied else max(certainties), groups[0][0]

    def place_statement(self, statement, rank):
        """Return why a statement matches, and in how many steps it is about what is named; None if it does not."""
        steps = self.count_steps(statement)
        has_rest = all(self.holds(statement, term) for term in self.named.unmatched_terms)
        far = steps if steps is not None and has_rest else FAR_AWAY
        # With two names or more, the other words only affect the ranking.
        if steps is not None and (has_rest or len(self.named.groups) > 1):
            return Rank.ABOUT_ENTRIES, far
        return (Rank.IN_TEXT, far) if all(self.holds(statement, term) for term in self.phrase.terms) else None

    def holds(self, record, unit):
        """Return whether a record holds a word, or is or is about what the name at this place names."""
        if isinstance(unit, Term):
            return record.holds(unit, self.finder.entries_by_term[unit])
        if not issubclass(record.model, Statement):
            return record.pk in self.named.groups[unit].entries.get(record.model, ())
        steps = self.named.get_steps(both_directions=record.model.vital)[unit]
        return any(key in steps for key in record.entry_keys)

    def count_steps(self, statement):
        """Return in how many steps a statement is about all that the phrase names; None if it is not."""
        farthest = None
        for steps in self.named.get_steps(both_directions=statement.model.vital):
            found = [steps[key] for key in statement.entry_keys if key in steps]
            if not found:
                return None
            farthest = max(min(found), farthest or 0)
        return farthest

    def rank_partial_matches(self):
        """Return the records that hold some of the words as hits, those with most and with the rarest words first.

        The words of a name count as one: a statement holds them if it is about the entry, or a class of it. With the
        hits come the words that none of them holds.
        """
        units = [*range(len(self.named.groups)), *self.named.unmatched_terms]
        words = [group.words for group in self.named.groups]
        words += [find_typed_word(self.phrase, term) for term in self.named.unmatched_terms]
        rows = [row for model in self.finder.models for row in self.select_partial_matches(model, units)]
        counts = Counter(index for record, held in rows for index in held)
        weights = [math.log1p(len(rows) / counts[index]) if counts[index] else 0.0 for index in range(len(units))]
        ranked = []
        for record, held in rows:
            missing = tuple(word for index, word in enumerate(words) if index not in held)
            weight, is_vital = sum(weights[index] for index in held), getattr(record.model, "vital", False)
            order = (-weight, not is_vital, record.length, record.slug, record.model._meta.label)
            ranked.append((order, Hit(record.model, record.pk, record.slug, Rank.PARTIAL, missing)))
        hits = [hit for order, hit in sorted(ranked, key=itemgetter(0))]
        return hits, tuple(word for index, word in enumerate(words) if not counts[index])

    def select_partial_matches(self, model, units):
        """Return the records of a model that hold most of some units, each with the places of those that it holds."""
        counts = self.finder.count_held_units(model, units)
        keys = sorted(counts, key=lambda key: (-counts[key], key))
        self.is_cut |= len(keys) > MAX_HOLDERS
        rows = []
        for record in self.fetch(model, keys[:MAX_HOLDERS]):
            held = frozenset(index for index, unit in enumerate(units) if self.holds(record, unit))
            order = (-len(held), -sum(2**index for index in held), record.length, record.slug)
            rows.append((order, record, held))
        return [(record, held) for order, record, held in self.keep_best(rows)]


def holds_all_words(order):
    """Return whether a record holds all the words of the phrase, by its key for sorting."""
    why, *_, far = order[:5]
    return why not in PART_OF_PHRASE and (why != Rank.ABOUT_ENTRIES or far < FAR_AWAY)


def find_typed_word(phrase, term):
    """Return the word of a phrase that a term stands for."""
    return phrase.words[phrase.stems.index(term.stem)]
