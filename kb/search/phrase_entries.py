"""The entries that a phrase names, in groups, with their distances in the hierarchy."""

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from django.db import models

from kb.search.lay_words import find_implied_names
from kb.search.name_index import NameIndex
from kb.utils.text_analysis import stem

MAX_TREE_STEPS = 4  # Steps in a tree; greater distances rank equally.


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


@dataclass(frozen=True)
class TreeDistances:
    """Distances in steps from some entries to those that also answer for them, by primary key."""

    inherited: dict[int, int]  # To the classes, if members inherit from them, else to the members.
    both_directions: dict[int, int]


@dataclass(frozen=True)
class NamedGroup:
    """The entries that some words of a phrase name, as {model: [primary key]}."""

    words: str  # As they were typed.
    entries: dict[type, list[int]]
    certainty: Rank  # Whether they are its name, everyday words that mean it, or such as may mean others, too.


class NamedEntries:
    """The entries that a phrase names: the longest names first, each word in one name only.

    `statuses` are the states of the entries that are searched.
    """

    def __init__(self, phrase, hierarchies, statuses):
        self.hierarchies, self.statuses = hierarchies, statuses
        self.names = hierarchies.derive(NameIndex)
        size, used, matches = len(phrase.stems), set(), []
        spans = sorted(
            ((start, end) for start in range(size) for end in range(start + 1, size + 1)),
            key=lambda span: span[0] - span[1],
        )
        # Two words that are one in a name, such as radio-therapy, with that word.
        self.joined_words = {}
        for start, end in spans:
            if not used.isdisjoint(range(start, end)):
                continue
            words = " ".join(phrase.words[start:end])
            if group := self.find_group(words, phrase.stems[start:end]):
                matches.append((start, group))
                used |= set(range(start, end))
            elif end - start == 2:
                joined = "".join(phrase.words[start:end])
                if self.names.find_named(stem(joined), statuses):
                    self.joined_words[words] = joined
        # For each name, in the order of the phrase, the primary keys of the entries that have it, by model.
        self.groups = [group for start, group in sorted(matches, key=itemgetter(0))]
        unmatched = {phrase.stems[index] for index in range(size) if index not in used}
        self.unmatched_terms = [term for term in phrase.terms if term.stem in unmatched]

    def find_group(self, words, stems):
        """Return the entries that some words, given as typed and as stems, name or may mean; None if they name none."""
        name = " ".join(stems)
        meant_names = find_implied_names(stems)
        if named := self.names.find_named(name, self.statuses):
            return NamedGroup(words, named, Rank.NAME_IN_PHRASE)
        if meant := merge_entries(self.names.find_named(meant_name, self.statuses) for meant_name in meant_names):
            is_single = sum(map(len, meant.values())) == 1
            return NamedGroup(words, meant, Rank.IMPLIED_IN_PHRASE if is_single else Rank.AMBIGUOUS_IN_PHRASE)
        if len(stems) > 1 and (begun := self.names.find_by_beginning(name, self.statuses)):
            return NamedGroup(words, begun, Rank.NAME_IN_PHRASE)
        return None

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

    def get_steps(self, both_directions):
        """Return, for each name, the entries that also answer for it, the nearest first, with their steps in the tree.

        Red flags match in both directions: those of a class and those of its members.
        """
        return self.steps_both_directions if both_directions else self.steps_inherited

    @cached_property
    def steps_inherited(self):
        return [count_steps(group, "inherited") for group in self.distances]

    @cached_property
    def steps_both_directions(self):
        return [count_steps(group, "both_directions") for group in self.distances]


def count_steps(distances_by_model, direction):
    """Return the steps to the entries in one direction of `TreeDistances`, by model and key, the nearest first."""
    steps = {
        (model, key): min(distance, MAX_TREE_STEPS)
        for model, distances in distances_by_model.items()
        for key, distance in getattr(distances, direction).items()
    }
    return dict(sorted(steps.items(), key=itemgetter(1)))


def merge_entries(groups):
    """Return the entries of several groups as one."""
    merged = {}
    for group in groups:
        for model, keys in group.items():
            merged[model] = [*dict.fromkeys([*merged.get(model, ()), *keys])]
    return merged


def compute_tree_distances(model, keys, tree):
    """Return the distances from some entries of a model up and down its tree."""
    above = {pk: len(path) - 1 for pk, path in tree.get_ancestor_paths(keys).items()}
    below = {pk: int(pk not in keys) for pk in tree.get_self_and_descendants(keys)}
    return TreeDistances(inherited=above if model.inherits else below, both_directions=above | below)
