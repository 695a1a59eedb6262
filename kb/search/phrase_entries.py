"""The entries that a phrase names, in groups, with their distances in the hierarchy."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter

from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When

from kb.models import Entry, Record, RecordQuerySet, concrete_models
from kb.search.lay_words import find_implied_names
from kb.utils.text_analysis import stem

MAX_CANDIDATES = 200  # Records of each model; nobody reads further.
MAX_TREE_STEPS = 4  # Steps in a tree; greater distances rank equally.
MAX_PREFIX_MATCHES = 8  # Entries; the beginning of more names than that does not name any of them.
MATCH_NONE = Q(pk__in=[])
RecordSelector = Callable[[type[Record]], RecordQuerySet]  # Returns the records of a model that are searched.


class Rank(models.IntegerChoices):
    """Why a record matches, from the best reason to the weakest."""

    NAME = 0, "It has exactly this name."
    IN_NAME = 1, "All the words are in its names."
    NAME_IN_PHRASE = 2, "A part of the words is its name."
    IMPLIED_IN_PHRASE = 3, "A part of the words may mean it."
    ABOUT_ENTRIES = 4, "It is said of what the words name, or of its class."
    AMBIGUOUS_IN_PHRASE = 5, "A part of the words may mean it, or something else."
    IN_SUMMARY = 6, "The words are in what is said of it."
    IN_TEXT = 7, "The words are in its text."
    PARTIAL = 8, "Some of the words are in it, or name what it is said of."


def select_public(model):
    """Return the published records of a model, the only ones that a reader finds."""
    return model.objects.public()


@dataclass(frozen=True)
class TreeDistances:
    """Distances in steps from some entries to those that also answer for them, by primary key."""

    inherited: dict[int, int]  # To the classes, if members inherit from them, else to the members.
    both_directions: dict[int, int]

    def ids_within(self, steps, both_directions):
        distances = self.both_directions if both_directions else self.inherited
        return {pk for pk, distance in distances.items() if distance <= steps}


@dataclass(frozen=True)
class NamedGroup:
    """The entries that some words of a phrase name, as {model: [primary key]}."""

    words: str  # As they were typed.
    entries: dict[type, list[int]]
    certainty: Rank  # Whether they are its name, everyday words that mean it, or such as may mean others, too.


class NamedEntries:
    """The entries that a phrase names: the longest names first, each word in one name only.

    `select_records` returns the records of a model that are searched.
    """

    def __init__(self, phrase, hierarchies, select_records=select_public):
        self.hierarchies, self.select_records = hierarchies, select_records
        size, used, matches = len(phrase.stems), set(), []
        spans = sorted(
            ((start, end) for start in range(size) for end in range(start + 1, size + 1)),
            key=lambda span: span[0] - span[1],
        )
        meant_names = {span: find_implied_names(phrase.stems[slice(*span)]) for span in spans}
        joined = {(i, i + 2): stem("".join(phrase.words[i : i + 2])) for i in range(size - 1)}
        names = {" ".join(phrase.stems[slice(*span)]) for span in spans}
        exact, by_prefix = find_entries_by_name(
            names, {*chain(*meant_names.values()), *joined.values()}, select_records
        )
        # Two words that are one in a name, such as radio-therapy, with that word.
        self.joined_words = {}
        for span in spans:
            words, name = " ".join(phrase.words[slice(*span)]), " ".join(phrase.stems[slice(*span)])
            meant = merge_entries(exact[meant_name] for meant_name in meant_names[span])
            group = exact[name] or meant or by_prefix.get(name)
            if group and used.isdisjoint(range(*span)):
                is_named = group is not meant
                is_single = sum(map(len, group.values())) == 1
                certainty = Rank.IMPLIED_IN_PHRASE if is_single else Rank.AMBIGUOUS_IN_PHRASE
                matches.append((span[0], NamedGroup(words, group, Rank.NAME_IN_PHRASE if is_named else certainty)))
                used |= set(range(*span))
            elif span in joined and exact[joined[span]] and used.isdisjoint(range(*span)):
                self.joined_words[words] = words.replace(" ", "")
        # For each name, in the order of the phrase, the primary keys of the entries that have it, by model.
        self.groups = [group for start, group in sorted(matches, key=itemgetter(0))]
        unmatched = {phrase.stems[index] for index in range(size) if index not in used}
        self.unmatched_terms = [term for term in phrase.terms if term.stem in unmatched]

    @property
    def entry_groups(self):
        return [group.entries for group in self.groups]

    @cached_property
    def entry_ids(self):
        """The primary keys of all of them, by model."""
        models = {model for group in self.entry_groups for model in group}
        return {model: {pk for group in self.entry_groups for pk in group.get(model, ())} for model in models}

    @cached_property
    def distances(self):
        return [
            {model: compute_tree_distances(model, keys, self.hierarchies[model]) for model, keys in group.items()}
            for group in self.entry_groups
        ]

    def ids_within(self, steps, both_directions):
        """Return, for each name, the IDs by model of the entries within `steps` in the tree that also answer for it.

        Red flags match in both directions: those of a class and those of its members.
        """
        return [
            {model: distances.ids_within(steps, both_directions) for model, distances in group.items()}
            for group in self.distances
        ]


def find_entries_by_name(names, exact_names, select_records=select_public):
    """Return the entries of each name, as {model: [primary key]}, and those of which it begins a name.

    The first hold all names, and none for a name without any; the second only those of `names` that have more than one
    word and begin few names.
    """
    exact_forms = {f"\n{name}\n": name for name in names | exact_names}
    prefix_forms = {f"\n{name} ": name for name in names if " " in name}
    by_name, by_prefix = {name: {} for name in names | exact_names}, {name: {} for name in names}
    is_exact, is_prefix = match_any(exact_forms), match_any(prefix_forms)
    for model in concrete_models(Entry) if names else []:
        entries = select_records(model).filter(is_exact | is_prefix)
        entries = entries.order_by(build_case((is_exact, 0), default=1), "slug")
        for pk, index_text in entries.values_list("pk", "search_index")[:MAX_CANDIDATES]:
            for groups, forms in ((by_name, exact_forms), (by_prefix, prefix_forms)):
                for name in {name for form, name in forms.items() if form in index_text}:
                    groups[name].setdefault(model, []).append(pk)
    few = {name: group for name, group in by_prefix.items() if sum(map(len, group.values())) <= MAX_PREFIX_MATCHES}
    return by_name, few


def merge_entries(groups):
    """Return the entries of several groups as one."""
    merged = {}
    for group in groups:
        for model, keys in group.items():
            merged[model] = [*dict.fromkeys([*merged.get(model, ()), *keys])]
    return merged


def match_any(forms):
    """Return a condition for records whose index text holds one of these forms of a name."""
    condition = MATCH_NONE
    for form in forms:
        condition |= Q(search_index__contains=form)
    return condition


def compute_tree_distances(model, keys, tree):
    """Return the distances from some entries of a model up and down its tree."""
    above = {pk: len(path) - 1 for pk, path in tree.get_ancestor_paths(keys).items()}
    below = {pk: int(pk not in keys) for pk in tree.get_self_and_descendants(keys)}
    return TreeDistances(inherited=above if model.inherits else below, both_directions=above | below)


def build_case(*cases, default):
    """Return an integer expression: the value of the first of the (condition, value) pairs that holds."""
    whens = [When(condition, then=Value(value)) for condition, value in cases]
    return Case(*whens, default=Value(default), output_field=IntegerField())
