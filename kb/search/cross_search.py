"""Search over all entries and statements: finds the entries that a phrase names, and the statements about them.

Where nothing holds all the words, those records come that hold most of them, the rare words before the common ones.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from operator import itemgetter

from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length

from kb.models import Entry, Statement, concrete_models, resource_name
from kb.reasoning.hierarchies import EntryHierarchies
from kb.search.fulltext import Phrase, Term, match_all_terms, order_by_relevance
from kb.search.lay_words import find_implied_names, find_meanings, find_wanted_kinds
from kb.search.spelling import find_corrections
from kb.utils.text_analysis import stem

MAX_CANDIDATES = 200  # Records of each model; nobody reads further.
MAX_PHRASE_WORDS = 12  # Words of a phrase; the others are ignored.
MAX_TREE_STEPS = 4  # Steps in a tree; greater distances rank equally.
MAX_PREFIX_MATCHES = 8  # Entries; the beginning of more names than that does not name any of them.
MATCH_NONE = Q(pk__in=[])


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
class Hit:
    """A record that matches, not loaded yet."""

    model: type
    pk: int
    slug: str
    rank: Rank
    missing_words: tuple[str, ...] = ()  # Those that a partial hit does not hold.


@dataclass(frozen=True)
class SearchResult:
    """The hits, best first; the words that were corrected, with their corrections; and those that nothing holds.

    `is_complete` says whether some hit holds all the words, `named_ids` which entries they name.
    """

    hits: list[Hit]
    corrections: dict[str, str]
    named_ids: dict[type[Entry], set[int]] = field(default_factory=dict)
    is_complete: bool = True
    missing_words: tuple[str, ...] = ()


def search(phrase, hierarchies=None):
    """Return the published entries and statements that match a phrase, after a correction of its spelling.

    `hierarchies` are those that the request has read already.
    """
    hierarchies = hierarchies or EntryHierarchies()
    query = read_phrase(phrase)
    named = NamedEntries(query, hierarchies)
    corrections = named.joined_words | find_corrections(query, named)
    if corrections:
        query = read_phrase(replace_words(" ".join(query.words), corrections))
        named = NamedEntries(query, hierarchies)
    if not query.terms:
        return SearchResult([], {})
    if query.stems[-1] not in {term.stem for term in named.unmatched_terms}:
        query.require_whole_words()  # The last word completes a name: it is no longer being typed.
    ranked_hits = [hit for model in concrete_models(Entry) for hit in search_entries(model, query, named)]
    wanted_kinds = find_wanted_kinds(phrase)
    for model in concrete_models(Statement):
        ranked_hits += search_statements(model, query, named, resource_name(model) in wanted_kinds)
    hits = [hit for order, hit in sorted(ranked_hits, key=itemgetter(0))]
    if any(is_complete(order, hit, query) for order, hit in ranked_hits):
        return SearchResult(hits, corrections, named.entry_ids)
    found = {(hit.model, hit.pk) for hit in hits}
    partial_hits, missing_words = search_partially(query, named)
    hits += [hit for hit in partial_hits if (hit.model, hit.pk) not in found]
    return SearchResult(hits, corrections, named.entry_ids, is_complete=False, missing_words=missing_words)


def is_complete(order, hit, phrase):
    """Return whether a hit, with its key for sorting, holds all the words of a phrase."""
    if hit.rank in {Rank.NAME_IN_PHRASE, Rank.IMPLIED_IN_PHRASE, Rank.AMBIGUOUS_IN_PHRASE}:
        return False
    far = order[4]
    return hit.rank != Rank.ABOUT_ENTRIES or far < MAX_CANDIDATES


def load_records(hits):
    """Return the records of some hits, such as those of one page, in their order, ready for serialisation."""
    records = {}
    for model in {hit.model for hit in hits}:
        keys = [hit.pk for hit in hits if hit.model is model]
        records[model] = model.objects.public().with_related().in_bulk(keys)
    return [records[hit.model][hit.pk] for hit in hits if hit.pk in records[hit.model]]


def read_phrase(text):
    """Return a phrase, cut off after `MAX_PHRASE_WORDS`, whose everyday words match what they mean, too."""
    phrase = Phrase(text)
    if len(phrase.words) > MAX_PHRASE_WORDS:
        phrase = Phrase(" ".join(phrase.words[:MAX_PHRASE_WORDS]))
    phrase.add_meanings(find_meanings)
    return phrase


def replace_words(text, replacements):
    """Return a text of plain words with some words, or pairs of words, replaced."""
    for words, replacement in replacements.items():
        text = re.sub(rf"\b{re.escape(words)}\b", replacement, text)
    return text


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
    """The entries that a phrase names: the longest names first, each word in one name only."""

    def __init__(self, phrase, hierarchies):
        self.hierarchies = hierarchies
        size, used, matches = len(phrase.stems), set(), []
        spans = sorted(
            ((start, end) for start in range(size) for end in range(start + 1, size + 1)),
            key=lambda span: span[0] - span[1],
        )
        meant_names = {span: find_implied_names(phrase.stems[slice(*span)]) for span in spans}
        joined = {(i, i + 2): stem("".join(phrase.words[i : i + 2])) for i in range(size - 1)}
        names = {" ".join(phrase.stems[slice(*span)]) for span in spans}
        exact, by_prefix = find_entries_by_name(names, {*chain(*meant_names.values()), *joined.values()})
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


def find_entries_by_name(names, exact_names):
    """Return the entries of each name, as {model: [primary key]}, and those of which it begins a name.

    The first hold all names, and none for a name without any; the second only those of `names` that have more than one
    word and begin few names.
    """
    exact_forms = {f"\n{name}\n": name for name in names | exact_names}
    prefix_forms = {f"\n{name} ": name for name in names if " " in name}
    by_name, by_prefix = {name: {} for name in names | exact_names}, {name: {} for name in names}
    is_exact, is_prefix = match_any(exact_forms), match_any(prefix_forms)
    for model in concrete_models(Entry) if names else []:
        entries = model.objects.public().filter(is_exact | is_prefix)
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


def search_entries(model, phrase, named):
    """Yield the entries of a model that are named, and those with all the words, as `select_candidates` does."""
    keys = {pk for group in named.entry_groups for pk in group.get(model, [])}
    meant, ambiguous = (
        {pk for group in named.groups if group.certainty == certainty for pk in group.entries.get(model, [])}
        for certainty in (Rank.IMPLIED_IN_PHRASE, Rank.AMBIGUOUS_IN_PHRASE)
    )
    entries = model.objects.public().filter(Q(pk__in=keys) | match_all_terms(model, phrase.terms))
    # Ranks of `order_by_relevance`: 0 and 1 are whole names, 2 and 3 are words of names.
    why = [(Q(rank__lt=2), Rank.NAME), (Q(rank__lt=4), Rank.IN_NAME)]
    why += [(Q(pk__in=keys - meant - ambiguous), Rank.NAME_IN_PHRASE), (Q(pk__in=meant), Rank.IMPLIED_IN_PHRASE)]
    why += [(Q(pk__in=ambiguous), Rank.AMBIGUOUS_IN_PHRASE)]
    far = build_case(
        *((Q(rank__gte=4, pk__in=group.get(model, [])), index) for index, group in enumerate(named.entry_groups)),
        default=0,
    )
    return select_candidates(
        order_by_relevance(entries, phrase).annotate(why=build_case(*why, default=Rank.IN_SUMMARY), far=far)
    )


def search_statements(model, phrase, named, is_wanted):
    """Yield the statements of a model about all named entries, and those with all the words, as `select_candidates`.

    `is_wanted` says whether the phrase asks for statements of this kind.
    """
    about_by_distance = [
        match_statements_about(model, named.ids_within(steps, both_directions=model.vital))
        for steps in [*range(MAX_TREE_STEPS), MAX_CANDIDATES]
    ]
    has_rest = match_all_terms(model, named.unmatched_terms)
    # With two names or more, the other words only affect the ranking.
    is_about = about_by_distance[-1] & (has_rest if len(named.entry_groups) < 2 else Q())
    statements = model.objects.public().filter(is_about | match_all_terms(model, phrase.terms))
    why = build_case((is_about, Rank.ABOUT_ENTRIES), default=Rank.IN_TEXT)
    distance = build_case(*((about, steps) for steps, about in enumerate(about_by_distance)), default=MAX_CANDIDATES)
    far = Case(When(has_rest, then=distance), default=Value(MAX_CANDIDATES)) if named.unmatched_terms else distance
    return select_candidates(order_by_relevance(statements, phrase).annotate(why=why, far=far), is_wanted)


def match_statements_about(model, groups):
    """Return a condition for statements that name an entry of every group; without groups, it matches none."""
    names_all = Q() if groups else MATCH_NONE
    for group in groups:
        names_one = MATCH_NONE
        for relation in model.entry_fields():
            if keys := group.get(relation.related_model):
                statements = model.objects.filter(**{f"{relation.name}__in": keys}).order_by().values("pk")
                names_one |= Q(pk__in=statements)
        names_all &= names_one
    return names_all


def search_partially(phrase, named):
    """Return the records that hold some of the words as hits, those with most and with the rarest words first.

    The words of a name count as one: a statement holds them if it is about the entry, or a class of it. With the hits
    come the words that none of them holds.
    """
    units = [(group.words, group) for group in named.groups]
    units += [(find_typed_word(phrase, term), term) for term in named.unmatched_terms]
    rows = []
    for model in [*concrete_models(Entry), *concrete_models(Statement)]:
        conditions = [match_unit(model, unit, named) for words, unit in units]
        rows += [(model, *row) for row in select_partial_candidates(model, conditions)]
    counts = Counter(index for *_, held in rows for index in held)
    weights = [math.log1p(len(rows) / counts[index]) if counts[index] else 0.0 for index in range(len(units))]
    ranked = []
    for model, pk, slug, length, held in rows:
        missing = tuple(words for index, (words, unit) in enumerate(units) if index not in held)
        order = (-sum(weights[index] for index in held), not getattr(model, "vital", False), length, slug)
        ranked.append((*order, model._meta.label, Hit(model, pk, slug, Rank.PARTIAL, missing)))
    hits = [hit for *_, hit in sorted(ranked, key=itemgetter(slice(5)))]
    return hits, tuple(words for index, (words, unit) in enumerate(units) if not counts[index])


def find_typed_word(phrase, term):
    """Return the word of a phrase that a term stands for."""
    return phrase.words[phrase.stems.index(term.stem)]


def match_unit(model, unit, named):
    """Return the condition for records of a model that hold a word, or that are or are about what a name names."""
    if isinstance(unit, Term):
        return match_all_terms(model, [unit])
    if issubclass(model, Entry):
        return Q(pk__in=unit.entries.get(model, []))
    ids = named.ids_within(MAX_CANDIDATES, both_directions=model.vital)[named.groups.index(unit)]
    return match_statements_about(model, [ids])


def select_partial_candidates(model, conditions):
    """Return the records of a model that meet most of some conditions: key, slug, length, and which they meet."""
    base = 2 ** len(conditions)  # The sum of base + 2 ** index tells how many are met, and which.
    met = sum(build_case((condition, base + 2**index), default=0) for index, condition in enumerate(conditions))
    text_field = "text" if issubclass(model, Statement) else "name"
    rows = model.objects.public().annotate(met=met, length=Length(text_field))
    rows = rows.order_by("-met", "length", "slug").values_list("pk", "slug", "length", "met")[:MAX_CANDIDATES]
    return [
        (pk, slug, length, frozenset(index for index in range(len(conditions)) if met % base >> index & 1))
        for pk, slug, length, met in rows
        if met
    ]


def build_case(*cases, default):
    """Return an integer expression: the value of the first of the (condition, value) pairs that holds."""
    whens = [When(condition, then=Value(value)) for condition, value in cases]
    return Case(*whens, default=Value(default), output_field=IntegerField())


def select_candidates(queryset, is_wanted=False):
    """Yield the best records of one model as hits, each with a key that orders the hits of all models.

    Red flags come first among equals, the most urgent first, then the kinds for which the phrase asks.

    The relevance that a database computes is not in the key, since it compares
    neither across tables nor across databases; the length of the text, which is most of it, stands in for it.
    """
    model = queryset.model
    text_field = "text" if issubclass(model, Statement) else "name"
    label, vital = model._meta.label, getattr(model, "vital", False)
    urgency = getattr(model, "urgency_order", Value(0))
    order = ("why", "urgency_rank", "far", "rank", "length", "slug")
    rows = queryset.annotate(length=Length(text_field), urgency_rank=urgency).order_by(*order)
    for why, urgency_rank, *rest, slug, pk in rows.values_list(*order, "pk")[:MAX_CANDIDATES]:
        yield (why, not vital, urgency_rank, not is_wanted, *rest, slug, label), Hit(model, pk, slug, Rank(why))
