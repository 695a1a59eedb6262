"""One question to everything: which entries a phrase names, and what is said of them."""

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length

from kb.models import Entry, Statement, concrete_models
from kb.reasoning.trees import EntryTrees
from kb.search.fulltext import Phrase, match_all_terms, order_by_relevance
from kb.search.spelling import find_corrections

MAX_CANDIDATES = 200  # Candidates of each kind; nobody reads further.
MAX_PHRASE_WORDS = 12  # Of a phrase; those after them are not looked for.
MAX_TREE_STEPS = 4  # In a tree; what is further away is all equally far.
MAX_PREFIX_MATCHES = 8  # More entries than these are not what one beginning of a name means.
MATCH_NONE = Q(pk__in=[])


class Rank(models.IntegerChoices):
    """Why a record answers, from the best reason to the weakest."""

    NAME = 0, "It has exactly this name."
    IN_NAME = 1, "All the words are in its names."
    NAMED = 2, "A part of the words is its name."
    SAID_OF_ALL = 3, "It is said of what the words name, or of its class."
    IN_SUMMARY = 4, "The words are in what is said of it."
    IN_TEXT = 5, "The words are in its text."


@dataclass(frozen=True)
class Hit:
    """A record that answers, not fetched yet."""

    model: type
    pk: int
    slug: str
    rank: Rank


@dataclass(frozen=True)
class SearchResult:
    """The hits, best first, and the words that were taken for typing errors, with what they were read as."""

    hits: list[Hit]
    corrections: dict[str, str]


def search(phrase, trees=None):
    """Return the published entries and statements that answer a phrase; `trees` are those of the request."""
    trees = trees or EntryTrees()
    asked = truncate_phrase(phrase)
    named = NamedEntries(asked, trees)
    corrections = find_corrections(asked, named)
    if corrections:
        asked = Phrase(" ".join(corrections.get(word, word) for word in asked.words))
        named = NamedEntries(asked, trees)
    if not asked.terms:
        return SearchResult([], {})
    if asked.stems[-1] not in {term.stem for term in named.unmatched_terms}:
        asked.require_whole_words()  # The last word is the end of a name: nobody is still typing it.
    found = [hit for model in concrete_models(Entry) for hit in search_entries(model, asked, named)]
    found += [hit for model in concrete_models(Statement) for hit in search_statements(model, asked, named)]
    return SearchResult([hit for order, hit in sorted(found, key=itemgetter(0))], corrections)


def load_records(hits):
    """The records of some hits, such as those of one page, in their order and with all that the API shows of them."""
    found = {}
    for model in {hit.model for hit in hits}:
        keys = [hit.pk for hit in hits if hit.model is model]
        found[model] = model.objects.public().with_related().in_bulk(keys)
    return [found[hit.model][hit.pk] for hit in hits if hit.pk in found[hit.model]]


def truncate_phrase(phrase):
    asked = Phrase(phrase)
    return asked if len(asked.words) <= MAX_PHRASE_WORDS else Phrase(" ".join(asked.words[:MAX_PHRASE_WORDS]))


class NamedEntries:
    """The entries that a phrase names: the longest names first, each word in one name only."""

    def __init__(self, phrase, trees):
        self.trees = trees
        size, taken, places = len(phrase.stems), set(), []
        runs = sorted(((a, b) for a in range(size) for b in range(a + 1, size + 1)), key=lambda run: run[0] - run[1])
        called = find_entries_by_name({" ".join(phrase.stems[a:b]) for a, b in runs})
        for a, b in runs:
            group = called.get(" ".join(phrase.stems[a:b]))
            if group and taken.isdisjoint(range(a, b)):
                places.append((a, group))
                taken |= set(range(a, b))
        # For each name, in the order of the phrase, the keys of the entries that go by it, by model.
        self.entry_groups = [group for place, group in sorted(places, key=itemgetter(0))]
        left = {phrase.stems[place] for place in range(size) if place not in taken}
        self.unmatched_terms = [term for term in phrase.terms if term.stem in left]  # The words in none of these names.

    @cached_property
    def distances(self):
        return [
            {model: compute_tree_distances(model, keys, self.trees[model]) for model, keys in group.items()}
            for group in self.entry_groups
        ]

    def ids_within(self, steps, alarm):
        """What speaks for each of these entries and is so near to it in the tree; an alarm rings for more."""
        return [
            {model: {pk for pk, away in near[alarm].items() if away <= steps} for model, near in group.items()}
            for group in self.distances
        ]


def find_entries_by_name(names):
    """The entries of each name: by exactly it, else by what it begins, if it is more than a word and begins few."""
    forms = {f"\n{name}\n": name for name in names}, {f"\n{name} ": name for name in names if " " in name}
    exact, begun = ({name: {} for name in names} for form in forms)
    for model in concrete_models(Entry) if names else []:
        whole, start = (match_any(form) for form in forms)
        found = model.objects.public().filter(whole | start).order_by(build_case((whole, 0), default=1), "slug")
        for pk, index in found.values_list("pk", "search_index")[:MAX_CANDIDATES]:
            for called, form in zip((exact, begun), forms, strict=True):
                for name in {name for words, name in form.items() if words in index}:
                    called[name].setdefault(model, []).append(pk)
    few = {name: group for name, group in begun.items() if sum(map(len, group.values())) <= MAX_PREFIX_MATCHES}
    return {name: exact[name] or few.get(name) for name in names}


def match_any(forms):
    """Records with one of these forms of a name."""
    match = MATCH_NONE
    for form in forms:
        match |= Q(search_index__contains=form)
    return match


def compute_tree_distances(model, keys, tree):
    """How near is what speaks for entries: their classes where members inherit, else their kinds; for alarms, both."""
    above = {pk: len(path) - 1 for pk, path in tree.get_ancestor_paths(keys).items()}
    below = {pk: int(pk not in keys) for pk in tree.get_self_and_descendants(keys)}
    return {False: above if model.inherits else below, True: above | below}


def search_entries(model, phrase, named):
    """The entries of one kind: those that are named, and those with all the words."""
    keys = {pk for group in named.entry_groups for pk in group.get(model, [])}
    found = model.objects.public().filter(Q(pk__in=keys) | match_all_terms(model, phrase.terms))
    # What `ranked` calls a rank: 0 and 1 are whole names, 2 and 3 are words of names.
    why = [(Q(rank__lt=2), Rank.NAME), (Q(rank__lt=4), Rank.IN_NAME), (Q(pk__in=keys), Rank.NAMED)]
    place = build_case(
        *((Q(rank__gte=4, pk__in=group.get(model, [])), n) for n, group in enumerate(named.entry_groups)), default=0
    )
    return select_candidates(
        order_by_relevance(found, phrase).annotate(why=build_case(*why, default=Rank.IN_SUMMARY), far=place)
    )


def search_statements(model, phrase, named):
    """The statements of one kind: those that speak of all that is named, and those with all the words."""
    nearer = [
        match_statements_about(model, named.ids_within(steps, model.vital))
        for steps in [*range(MAX_TREE_STEPS), MAX_CANDIDATES]
    ]
    left = match_all_terms(model, named.unmatched_terms)
    said = nearer[-1] & (left if len(named.entry_groups) < 2 else Q())  # Two names say enough; other words only rank.
    found = model.objects.public().filter(said | match_all_terms(model, phrase.terms))
    why = build_case((said, Rank.SAID_OF_ALL), default=Rank.IN_TEXT)
    far = build_case(*((near & left, steps) for steps, near in enumerate(nearer)), default=MAX_CANDIDATES)
    return select_candidates(order_by_relevance(found, phrase).annotate(why=why, far=far))


def match_statements_about(model, groups):
    """Whether a statement names an entry of each of these groups; none does, where there are no groups."""
    all_of_them = Q() if groups else MATCH_NONE
    for group in groups:
        one_of_them = MATCH_NONE
        for relation in model.entry_fields():
            if keys := group.get(relation.related_model):
                named = model.objects.filter(**{f"{relation.name}__in": keys}).order_by().values("pk")
                one_of_them |= Q(pk__in=named)
        all_of_them &= one_of_them
    return all_of_them


def build_case(*reasons, default):
    """The value of the first condition that holds."""
    whens = [When(condition, then=Value(value)) for condition, value in reasons]
    return Case(*whens, default=Value(default), output_field=IntegerField())


def select_candidates(found):
    """The best of one kind, each with what it is ordered by among all kinds: what may not be missed comes first.

    What a database finds relevant compares neither with another table nor with another database; shortness does, and is
    most of it.
    """
    shown = "text" if issubclass(found.model, Statement) else "name"
    label, vital = found.model._meta.label, getattr(found.model, "vital", False)
    rows = found.annotate(length=Length(shown)).order_by("why", "far", "rank", "length", "slug")[:MAX_CANDIDATES]
    for why, far, rank, length, slug, pk in rows.values_list("why", "far", "rank", "length", "slug", "pk"):
        yield (why, not vital, far, rank, length, slug, label), Hit(found.model, pk, slug, Rank(why))
