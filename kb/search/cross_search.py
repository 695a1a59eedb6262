"""Search over all entries and statements: finds the entries that a phrase names, and the statements about them."""

from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter

from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length

from kb.models import Entry, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.search.fulltext import Phrase, match_all_terms, order_by_relevance
from kb.search.spelling import find_corrections

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
    ABOUT_ENTRIES = 3, "It is said of what the words name, or of its class."
    IN_SUMMARY = 4, "The words are in what is said of it."
    IN_TEXT = 5, "The words are in its text."


@dataclass(frozen=True)
class Hit:
    """A record that matches, not loaded yet."""

    model: type
    pk: int
    slug: str
    rank: Rank


@dataclass(frozen=True)
class SearchResult:
    """The hits, best first, the words that were corrected, with their corrections, and the entries that are named."""

    hits: list[Hit]
    corrections: dict[str, str]
    named_ids: dict[type[Entry], set[int]] = field(default_factory=dict)


def search(phrase, hierarchies=None):
    """Return the published entries and statements that match a phrase, after a correction of its spelling.

    `hierarchies` are those that the request has read already.
    """
    hierarchies = hierarchies or EntryHierarchies()
    query = truncate_phrase(phrase)
    named = NamedEntries(query, hierarchies)
    corrections = find_corrections(query, named)
    if corrections:
        query = Phrase(" ".join(corrections.get(word, word) for word in query.words))
        named = NamedEntries(query, hierarchies)
    if not query.terms:
        return SearchResult([], {})
    if query.stems[-1] not in {term.stem for term in named.unmatched_terms}:
        query.require_whole_words()  # The last word completes a name: it is no longer being typed.
    ranked_hits = [hit for model in concrete_models(Entry) for hit in search_entries(model, query, named)]
    ranked_hits += [hit for model in concrete_models(Statement) for hit in search_statements(model, query, named)]
    hits = [hit for order, hit in sorted(ranked_hits, key=itemgetter(0))]
    return SearchResult(hits, corrections, named.entry_ids)


def load_records(hits):
    """Return the records of some hits, such as those of one page, in their order, ready for serialisation."""
    records = {}
    for model in {hit.model for hit in hits}:
        keys = [hit.pk for hit in hits if hit.model is model]
        records[model] = model.objects.public().with_related().in_bulk(keys)
    return [records[hit.model][hit.pk] for hit in hits if hit.pk in records[hit.model]]


def truncate_phrase(text):
    phrase = Phrase(text)
    return phrase if len(phrase.words) <= MAX_PHRASE_WORDS else Phrase(" ".join(phrase.words[:MAX_PHRASE_WORDS]))


@dataclass(frozen=True)
class TreeDistances:
    """Distances in steps from some entries to those that also answer for them, by primary key."""

    inherited: dict[int, int]  # To the classes, if members inherit from them, else to the members.
    both_directions: dict[int, int]

    def ids_within(self, steps, both_directions):
        distances = self.both_directions if both_directions else self.inherited
        return {pk for pk, distance in distances.items() if distance <= steps}


class NamedEntries:
    """The entries that a phrase names: the longest names first, each word in one name only."""

    def __init__(self, phrase, hierarchies):
        self.hierarchies = hierarchies
        size, used, matches = len(phrase.stems), set(), []
        spans = sorted(
            ((start, end) for start in range(size) for end in range(start + 1, size + 1)),
            key=lambda span: span[0] - span[1],
        )
        entries_by_name = find_entries_by_name({" ".join(phrase.stems[start:end]) for start, end in spans})
        for start, end in spans:
            group = entries_by_name.get(" ".join(phrase.stems[start:end]))
            if group and used.isdisjoint(range(start, end)):
                matches.append((start, group))
                used |= set(range(start, end))
        # For each name, in the order of the phrase, the primary keys of the entries that have it, by model.
        self.entry_groups = [group for start, group in sorted(matches, key=itemgetter(0))]
        unmatched = {phrase.stems[index] for index in range(size) if index not in used}
        self.unmatched_terms = [term for term in phrase.terms if term.stem in unmatched]

    @property
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


def find_entries_by_name(names):
    """Return the entries of each name, as {model: [primary key]}; None or empty for a name without any.

    They have exactly this name; else, if it has more than one word and few entries match, a name that begins with it.
    """
    exact_forms = {f"\n{name}\n": name for name in names}
    prefix_forms = {f"\n{name} ": name for name in names if " " in name}
    by_name, by_prefix = {name: {} for name in names}, {name: {} for name in names}
    is_exact, is_prefix = match_any(exact_forms), match_any(prefix_forms)
    for model in concrete_models(Entry) if names else []:
        entries = model.objects.public().filter(is_exact | is_prefix)
        entries = entries.order_by(build_case((is_exact, 0), default=1), "slug")
        for pk, index_text in entries.values_list("pk", "search_index")[:MAX_CANDIDATES]:
            for groups, forms in ((by_name, exact_forms), (by_prefix, prefix_forms)):
                for name in {name for form, name in forms.items() if form in index_text}:
                    groups[name].setdefault(model, []).append(pk)
    few = {name: group for name, group in by_prefix.items() if sum(map(len, group.values())) <= MAX_PREFIX_MATCHES}
    return {name: by_name[name] or few.get(name) for name in names}


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
    entries = model.objects.public().filter(Q(pk__in=keys) | match_all_terms(model, phrase.terms))
    # Ranks of `order_by_relevance`: 0 and 1 are whole names, 2 and 3 are words of names.
    why = [(Q(rank__lt=2), Rank.NAME), (Q(rank__lt=4), Rank.IN_NAME), (Q(pk__in=keys), Rank.NAME_IN_PHRASE)]
    far = build_case(
        *((Q(rank__gte=4, pk__in=group.get(model, [])), index) for index, group in enumerate(named.entry_groups)),
        default=0,
    )
    return select_candidates(
        order_by_relevance(entries, phrase).annotate(why=build_case(*why, default=Rank.IN_SUMMARY), far=far)
    )


def search_statements(model, phrase, named):
    """Yield the statements of a model about all named entries, and those with all the words, as `select_candidates`."""
    about_by_distance = [
        match_statements_about(model, named.ids_within(steps, both_directions=model.vital))
        for steps in [*range(MAX_TREE_STEPS), MAX_CANDIDATES]
    ]
    has_rest = match_all_terms(model, named.unmatched_terms)
    # With two names or more, the other words only affect the ranking.
    is_about = about_by_distance[-1] & (has_rest if len(named.entry_groups) < 2 else Q())
    statements = model.objects.public().filter(is_about | match_all_terms(model, phrase.terms))
    why = build_case((is_about, Rank.ABOUT_ENTRIES), default=Rank.IN_TEXT)
    far = build_case(
        *((about & has_rest, steps) for steps, about in enumerate(about_by_distance)), default=MAX_CANDIDATES
    )
    return select_candidates(order_by_relevance(statements, phrase).annotate(why=why, far=far))


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


def build_case(*cases, default):
    """Return an integer expression: the value of the first of the (condition, value) pairs that holds."""
    whens = [When(condition, then=Value(value)) for condition, value in cases]
    return Case(*whens, default=Value(default), output_field=IntegerField())


def select_candidates(queryset):
    """Yield the best records of one model as hits, each with a key that orders the hits of all models.

    Red flags come first among equals, the most urgent first. The relevance that a database computes is not in the key, since it compares
    neither across tables nor across databases; the length of the text, which is most of it, stands in for it.
    """
    model = queryset.model
    text_field = "text" if issubclass(model, Statement) else "name"
    label, vital = model._meta.label, getattr(model, "vital", False)
    urgency = getattr(model, "urgency_order", Value(0))
    order = ("why", "urgency_rank", "far", "rank", "length", "slug")
    rows = queryset.annotate(length=Length(text_field), urgency_rank=urgency).order_by(*order)
    for why, urgency_rank, *rest, pk in rows.values_list(*order, "pk")[:MAX_CANDIDATES]:
        *_, slug = rest
        yield (why, not vital, urgency_rank, *rest, label), Hit(model, pk, slug, Rank(why))
