"""The candidates of a search: which records of each kind are ranked, of those that hold the words or name the entries.

A word that few records of a kind hold, or an entry of which few speak, is looked up whole. Only where every word and
name of a phrase is held by more than `MAX_HOLDERS` records of a kind are some of these left out.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import islice

from kb.models import Entry, Record, Statement, concrete_models
from kb.search.name_index import group_keys
from kb.search.phrase_entries import NamedEntries
from kb.search.phrases import Phrase, Term
from kb.search.postings import MAX_CANDIDATES, Lookup, Posting, read_postings

Unit = Term | int  # What a record may hold: a word, or the name at this place among those of the phrase.
NEAR, ANY = 0, 200  # Steps in a tree within which an entry answers for another.


class CandidateFinder:
    """Finds the keys of the candidates for a phrase and what it names, in one query, or two where data are many."""

    def __init__(self, phrase: Phrase, named: NamedEntries) -> None:
        self.phrase, self.named = phrase, named
        self.models: list[type[Record]] = [*concrete_models(Entry), *concrete_models(Statement)]
        self.terms = [*dict.fromkeys([*phrase.terms, *named.unmatched_terms])]
        self.entries_by_term = {term: named.names.find_by_term(term) for term in self.terms}
        self.get_group = cache(self.find_group)
        self.is_truncated = False  # Whether candidates were left out.

    @cached_property
    def postings(self) -> dict[Hashable, Posting]:
        """What is found for each word and each name, by itself."""
        lookups: dict[Hashable, Lookup] = {}
        named_by_term = {term: (group_keys(entries),) for term, entries in self.entries_by_term.items()}
        for model in self.models:
            for term in self.terms:
                lookups[model, term] = Lookup(model, terms=(term,))
                lookups[model, term, "named"] = Lookup(model, groups=named_by_term[term])
            for index in range(len(self.named.groups) if issubclass(model, Statement) else 0):
                for steps in (NEAR, ANY):
                    lookups[model, index, steps] = Lookup(
                        model, groups=(self.get_group(is_vital(model), index, steps),)
                    )
        return self.read(lookups)

    def read(self, lookups: Mapping[Hashable, Lookup]) -> dict[Hashable, Posting]:
        return dict(zip(lookups, read_postings([*lookups.values()], self.named.statuses), strict=True))

    def find_group(self, both_directions: bool, index: int, steps: int) -> Mapping[type[Entry], Sequence[int]]:
        """Return the entries within some steps that answer for a name, the nearest first."""
        all_steps = self.named.get_steps(both_directions)[index]
        return group_keys(key for key, distance in all_steps.items() if distance <= steps)

    def is_known(self, term: Term) -> bool:
        """Return whether some record searched holds a term in its own texts."""
        return any(self.postings[model, term].ids for model in self.models)

    def find_holders(self, model: type[Record], unit: Unit) -> Posting:
        """Return the records of a model that hold a word, or that are or are about what a name names."""
        if isinstance(unit, Term):
            return merge_postings(self.postings[model, unit], self.postings[model, unit, "named"])
        if not issubclass(model, Statement):
            return Posting(frozenset(self.named.groups[unit].entries.get(model, ())))
        found = self.postings[model, unit, ANY]
        return found if found.is_complete else merge_postings(self.postings[model, unit, NEAR], found)

    def find_matches(self) -> dict[type[Record], set[int]]:
        """Return the keys of the records to rank: about all names, or with all words.

        They are a few too many: whether a record matches shows when it has been read. Of a kind of which there are too
        many, no more are ranked than may be listed, those that speak of what is named itself before others.
        """
        found = {
            model: {pk for group in self.named.entry_groups for pk in group.get(model, ())} for model in self.models
        }
        crowded: list[tuple[type[Record], list[Unit]]] = []
        for model in self.models:
            for units in self.list_wanted_units(model):
                postings = [self.find_holders(model, unit) for unit in units]
                if complete := [posting.ids for posting in postings if posting.is_complete]:
                    found[model] |= frozenset.intersection(*complete)
                else:
                    crowded.append((model, units))
        for (model, _), keys in zip(crowded, self.find_first_matches(crowded), strict=True):
            found[model].update(keys)
        self.is_truncated |= bool(crowded)
        return found

    def find_first_matches(self, crowded: Sequence[tuple[type[Record], list[Unit]]]) -> Iterator[Iterable[int]]:
        """Yield the first keys for each kind and what its records must hold, where too many hold each part of that."""
        joint = {
            (index, steps): Lookup(model, *self.split_units(model, units, steps))
            for index, (model, units) in enumerate(crowded)
            for steps in (NEAR, ANY)
            if len(units) > 1
        }
        found = self.read(joint)
        for index, (model, units) in enumerate(crowded):
            parts = [found[index, steps].ids for steps in (NEAR, ANY)] if len(units) > 1 else []
            if isinstance(units[0], int):
                parts.append(self.postings[model, units[0], NEAR].ids)
            parts.append(frozenset.intersection(*(self.find_holders(model, unit).ids for unit in units)))
            keys = (key for part in parts for key in sorted(part))
            yield islice(dict.fromkeys(keys), MAX_CANDIDATES)

    def split_units(
        self, model: type[Record], units: Sequence[Unit], steps: int
    ) -> tuple[tuple[Term, ...], tuple[Mapping[type[Entry], Sequence[int]], ...]]:
        """Return the words among some units, and the entries within some steps that answer for the names among them."""
        names = [unit for unit in units if not isinstance(unit, Term)]
        terms = tuple(unit for unit in units if isinstance(unit, Term))
        return terms, tuple(self.get_group(is_vital(model), name, steps) for name in names)

    def list_wanted_units(self, model: type[Record]) -> list[list[Unit]]:
        """Return what a record must hold to match, one or the other."""
        wanted: list[list[Unit]] = [[*self.phrase.terms]]
        if issubclass(model, Statement) and (names := [*range(len(self.named.groups))]):
            # With two names or more, the other words only affect the ranking.
            wanted.append([*names, *(self.named.unmatched_terms if len(names) < 2 else ())])
        return wanted

    def count_held_units(self, model: type[Record], units: Sequence[Unit]) -> Counter[int]:
        """Return how many of some units the records of a model hold, by key."""
        postings = [self.find_holders(model, unit) for unit in units]
        self.is_truncated |= not all(posting.is_complete for posting in postings)
        return Counter(pk for posting in postings for pk in posting.ids)


def is_vital(model: type[Record]) -> bool:
    """Return whether the records of a model answer for broader and for narrower entries alike."""
    return getattr(model, "vital", False)


def merge_postings(*postings: Posting) -> Posting:
    """Return what any of some lookups finds."""
    ids = frozenset().union(*(posting.ids for posting in postings))
    return Posting(ids, all(posting.is_complete for posting in postings))
