"""One question to everything: which entries a phrase names, and what is said of them."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from django.db import connection, models
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length
from rapidfuzz.distance import DamerauLevenshtein

from kb.models import Entry, Statement, kinds_of
from kb.reasoning.inheritance import paths, subtree
from kb.search.fulltext import Phrase, having, holds, ranked
from kb.utils.text_analysis import root, split

MOST = 200  # Candidates of each kind; nobody reads further.
MOST_WORDS = 12  # Of a phrase; those after them are not looked for.
STEPS = 4  # In a tree; what is further away is all equally far.
FEW = 8  # More entries than these are not what one beginning of a name means.
NOTHING = Q(pk__in=[])
SHORT = 5  # Letters: so short a word has one error at most.
MOST_DOUBTFUL = 5  # Words of a phrase that may be typing errors; looking them up is dear.


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
class Answer:
    """The hits, best first, and the words that were taken for typing errors, with what they were read as."""

    hits: list[Hit]
    corrections: dict[str, str]


def search(phrase):
    """The published entries and statements that answer a phrase."""
    asked = first_words(phrase)
    named = Named(asked)
    corrections = misspelt(asked, named)
    if corrections:
        asked = Phrase(" ".join(corrections.get(word, word) for word in asked.words))
        named = Named(asked)
    if not asked.terms:
        return Answer([], {})
    if asked.roots[-1] not in {term.root for term in named.rest}:
        asked.close()  # The last word is the end of a name: nobody is still typing it.
    found = [hit for model in kinds_of(Entry) for hit in entries(model, asked, named)]
    found += [hit for model in kinds_of(Statement) for hit in statements(model, asked, named)]
    return Answer([hit for order, hit in sorted(found, key=itemgetter(0))], corrections)


def load(hits):
    """The records of some hits, such as those of one page, in their order and with all that the API shows of them."""
    found = {}
    for model in {hit.model for hit in hits}:
        keys = [hit.pk for hit in hits if hit.model is model]
        found[model] = model.objects.public().with_related().in_bulk(keys)
    return [found[hit.model][hit.pk] for hit in hits if hit.pk in found[hit.model]]


def first_words(phrase):
    asked = Phrase(phrase)
    return asked if len(asked.words) <= MOST_WORDS else Phrase(" ".join(asked.words[:MOST_WORDS]))


class Named:
    """The entries that a phrase names: the longest names first, each word in one name only."""

    def __init__(self, phrase):
        size, taken, places = len(phrase.roots), set(), []
        runs = sorted(((a, b) for a in range(size) for b in range(a + 1, size + 1)), key=lambda run: run[0] - run[1])
        called = entries_called({" ".join(phrase.roots[a:b]) for a, b in runs})
        for a, b in runs:
            group = called.get(" ".join(phrase.roots[a:b]))
            if group and taken.isdisjoint(range(a, b)):
                places.append((a, group))
                taken |= set(range(a, b))
        # For each name, in the order of the phrase, the keys of the entries that go by it, by model.
        self.groups = [group for place, group in sorted(places, key=itemgetter(0))]
        left = {phrase.roots[place] for place in range(size) if place not in taken}
        self.rest = [term for term in phrase.terms if term.root in left]  # The words in none of these names.

    @cached_property
    def around(self):
        return [{model: around(model, keys) for model, keys in group.items()} for group in self.groups]

    def within(self, steps, alarm):
        """What speaks for each of these entries and is so near to it in the tree; an alarm rings for more."""
        return [
            {model: {pk for pk, away in near[alarm].items() if away <= steps} for model, near in group.items()}
            for group in self.around
        ]


def entries_called(names):
    """The entries of each name: by exactly it, else by what it begins, if it is more than a word and begins few."""
    forms = {f"\n{name}\n": name for name in names}, {f"\n{name} ": name for name in names if " " in name}
    exact, begun = ({name: {} for name in names} for form in forms)
    for model in kinds_of(Entry) if names else []:
        whole, start = (any_of(form) for form in forms)
        found = model.objects.public().filter(whole | start).order_by(first_of((whole, 0), default=1), "slug")
        for pk, index in found.values_list("pk", "search_index")[:MOST]:
            for called, form in zip((exact, begun), forms, strict=True):
                for name in {name for words, name in form.items() if words in index}:
                    called[name].setdefault(model, []).append(pk)
    few = {name: group for name, group in begun.items() if sum(map(len, group.values())) <= FEW}
    return {name: exact[name] or few.get(name) for name in names}


def any_of(forms):
    """Records with one of these forms of a name."""
    match = NOTHING
    for form in forms:
        match |= Q(search_index__contains=form)
    return match


def around(model, keys):
    """How near is what speaks for entries: their classes where members inherit, else their kinds; for alarms, both."""
    named = list(model.objects.filter(pk__in=keys))
    above = {pk: len(path) - 1 for pk, path in (paths(named) if named else {}).items()}
    below = {pk: int(pk not in keys) for pk in subtree(named)}
    return {False: above if model.inherits else below, True: above | below}


def misspelt(phrase, named):
    """The words that are in no name and in no text, each with the words of names that were probably meant."""
    left = {term.root: term for term in named.rest}
    doubtful = {word: left.get(root(word)) for word in phrase.words if len(word) > 3 and not word.isdigit()}
    doubtful = dict([(word, term) for word, term in doubtful.items() if term][:MOST_DOUBTFUL])
    known = found_anywhere({*doubtful.values()}) if doubtful else set()
    unknown = [word for word, term in doubtful.items() if term not in known]
    words = names_words() if unknown else {}
    near = {word: meant(word, words) for word in unknown}
    return {word: found for word, found in near.items() if found}


def meant(word, words):
    """The nearest word, letters that changed places being one error; or two words that were written as one."""
    for place in range(3, len(word) - 2):
        if {word[:place], word[place:]} <= words.keys():
            return f"{word[:place]} {word[place:]}"
    most = 1 if len(word) <= SHORT else 2
    away = {other: DamerauLevenshtein.distance(word, other, score_cutoff=most) for other in words}
    near = [other for other, errors in away.items() if errors <= most]
    return min(near, key=lambda other: (away[other], other[0] != word[0], -words[other], other), default=None)


def found_anywhere(terms):
    """Those of the words that some published record holds, in one query."""
    terms, columns, parameters = list(terms), [], []
    for term in terms:
        rows = [
            kind.objects.public().filter(pk__in=having(kind, [term]))
            for kind in [*kinds_of(Entry), *kinds_of(Statement)]
        ]
        queries = [found.order_by().values("pk").query.sql_with_params() for found in rows]
        columns.append(" OR ".join(f"EXISTS ({sql})" for sql, values in queries))
        parameters += [value for sql, values in queries for value in values]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", parameters)
        return {term for term, there in zip(terms, cursor.fetchone(), strict=True) if there}


def names_words():
    """Every word of a name, as it is written, and in how many it stands."""
    indexes = (
        index for model in kinds_of(Entry) for index in model.objects.public().values_list("name_index", flat=True)
    )
    return Counter(word for index in indexes for word in split(index) if len(word) > 2)


def entries(model, phrase, named):
    """The entries of one kind: those that are named, and those with all the words."""
    keys = {pk for group in named.groups for pk in group.get(model, [])}
    found = model.objects.public().filter(Q(pk__in=keys) | holds(model, phrase.terms))
    # What `ranked` calls a rank: 0 and 1 are whole names, 2 and 3 are words of names.
    why = [(Q(rank__lt=2), Rank.NAME), (Q(rank__lt=4), Rank.IN_NAME), (Q(pk__in=keys), Rank.NAMED)]
    place = first_of(
        *((Q(rank__gte=4, pk__in=group.get(model, [])), n) for n, group in enumerate(named.groups)), default=0
    )
    return candidates(ranked(found, phrase).annotate(why=first_of(*why, default=Rank.IN_SUMMARY), far=place))


def statements(model, phrase, named):
    """The statements of one kind: those that speak of all that is named, and those with all the words."""
    nearer = [speaks_of(model, named.within(steps, model.vital)) for steps in [*range(STEPS), MOST]]
    left = holds(model, named.rest)
    said = nearer[-1] & (left if len(named.groups) < 2 else Q())  # Two names say enough; other words only rank.
    found = model.objects.public().filter(said | holds(model, phrase.terms))
    why = first_of((said, Rank.SAID_OF_ALL), default=Rank.IN_TEXT)
    far = first_of(*((near & left, steps) for steps, near in enumerate(nearer)), default=MOST)
    return candidates(ranked(found, phrase).annotate(why=why, far=far))


def speaks_of(model, groups):
    """Whether a statement names an entry of each of these groups; none does, where there are no groups."""
    all_of_them = Q() if groups else NOTHING
    for group in groups:
        one_of_them = NOTHING
        for relation in model.entry_fields():
            if keys := group.get(relation.related_model):
                named = model.objects.filter(**{f"{relation.name}__in": keys}).order_by().values("pk")
                one_of_them |= Q(pk__in=named)
        all_of_them &= one_of_them
    return all_of_them


def first_of(*reasons, default):
    """The value of the first condition that holds."""
    whens = [When(condition, then=Value(value)) for condition, value in reasons]
    return Case(*whens, default=Value(default), output_field=IntegerField())


def candidates(found):
    """The best of one kind, each with what it is ordered by among all kinds: what may not be missed comes first.

    What a database finds relevant compares neither with another table nor with another database; shortness does, and is
    most of it.
    """
    shown = "text" if issubclass(found.model, Statement) else "name"
    label, vital = found.model._meta.label, getattr(found.model, "vital", False)
    rows = found.annotate(length=Length(shown)).order_by("why", "far", "rank", "length", "slug")[:MOST]
    for why, far, rank, length, slug, pk in rows.values_list("why", "far", "rank", "length", "slug", "pk"):
        yield (why, not vital, far, rank, length, slug, label), Hit(found.model, pk, slug, Rank(why))
