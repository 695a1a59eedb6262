"""How well the knowledge base is founded, and where it is thin: numbers, and the bars that show them."""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

from django.db.models import Count, Value
from django.urls import reverse

from kb.dashboard.work_queues import (
    DRAFT,
    PUBLISHED,
    Measure,
    address,
    several_sources,
    single_source,
    tally,
    undated,
    unspoken,
)
from kb.models import Entry, Statement, kinds_of

WIDTH = 1000  # Of the longest bar, in the units of the picture.
NAMED = 24  # Of so many entries of which nothing is said the names are told.


@dataclass(frozen=True)
class Piece:
    """A part of every bar of a chart: what it means, and the class that colours it."""

    name: str
    title: str


FOUNDED = [
    Piece("several", "several sources"),
    Piece("dated", "one dated source"),
    Piece("undated", "one undated source"),
    Piece("drafts", "drafts"),
]
SPOKEN_OF = [
    Piece("many", "5 statements or more"),
    Piece("some", "2 to 4"),
    Piece("one", "only 1"),
    Piece("none", "none"),
]
MEASURES = [
    Measure("published", lambda model, user: PUBLISHED),
    Measure("drafts", lambda model, user: DRAFT),
    Measure("several", lambda model, user: PUBLISHED & several_sources(model), (Statement,)),
    Measure("single", lambda model, user: PUBLISHED & single_source(model), (Statement,)),
    Measure("undated", lambda model, user: PUBLISHED & single_source(model) & undated(model), (Statement,)),
    Measure("none", unspoken, (Entry,)),
]


class Bar:
    """One bar: a kind of record, cut into pieces."""

    def __init__(self, model, pieces, counts, links):
        self.title, self.url = str(model._meta.verbose_name_plural), address(model)
        self.pieces, self.counts, self.links = pieces, counts, links

    @property
    def total(self):
        return sum(self.counts)

    @property
    def says(self):
        """The bar in words."""
        told = zip(self.counts, self.pieces, strict=True)
        return ", ".join(f"{count}: {piece.title}" for count, piece in told if count)

    @property
    def cells(self):
        return list(zip(self.pieces, self.counts, self.links, strict=True))

    def drawn(self, scale):
        """Each piece with where it begins and how wide it is."""
        widths = [count * scale for count in self.counts]
        starts = [0, *accumulate(widths)]
        return [
            (piece, round(x, 1), round(width, 1))
            for piece, x, width in zip(self.pieces, starts, widths, strict=False)
            if width
        ]


class Chart:
    """Bars one below the other, to one scale."""

    def __init__(self, pieces, bars):
        self.pieces, self.bars = pieces, bars

    @property
    def rows(self):
        scale = WIDTH / max([1, *(bar.total for bar in self.bars)])
        return [(bar, bar.drawn(scale)) for bar in self.bars]

    @property
    def totals(self):
        return [sum(counts) for counts in zip(*(bar.counts for bar in self.bars), strict=True)]


def founded(counts):
    """For each kind of statement: on how many sources its published statements rest, and what is still a draft."""
    bars = []
    for model in kinds_of(Statement):
        of = counts[model]
        numbers = [of["several"], of["single"] - of["undated"], of["undated"], of["drafts"]]
        bars.append(Bar(model, FOUNDED, numbers, ["", "", "", address(model, status__exact="draft")]))
    return Chart(FOUNDED, sorted(bars, key=lambda bar: -bar.total))


def spoken_of(counts):
    """For each kind of entry: how many published ones are named by how many published statements."""
    named = statements_by_entry()
    bars = []
    for model in kinds_of(Entry):
        many, some = (sum(low <= n < high for n in named[model]) for low, high in [(5, float("inf")), (2, 5)])
        none = counts[model]["none"]
        one = counts[model]["published"] - many - some - none
        bars.append(Bar(model, SPOKEN_OF, [many, some, one, none], ["", "", "", address(model, work="unspoken")]))
    return Chart(SPOKEN_OF, bars)


def statements_by_entry():
    """For each kind of entry: by how many published statements each entry is named, of those that are; one query."""
    models, found = kinds_of(Entry), Counter()
    arms = [
        kind.objects.public()
        .filter(**{f"{field.name}__status": "published"})
        .order_by()
        .values_list(Value(models.index(field.related_model)), field.name)
        .annotate(Count("pk", distinct=True))
        for kind in kinds_of(Statement)
        for field in kind.entry_fields()
    ]
    for place, key, count in arms[0].union(*arms[1:], all=True):
        found[place, key] += count
    return {
        model: [count for (place, _), count in found.items() if place == number] for number, model in enumerate(models)
    }


def silent():
    """The names of some entries of which nothing is said, each with its address in the admin; one query."""
    models = kinds_of(Entry)
    arms = [
        model.objects.filter(unspoken(model)).order_by().values_list(Value(place), "pk", "name")
        for place, model in enumerate(models)
    ]
    return [
        (name, reverse(f"admin:{models[place]._meta.app_label}_{models[place]._meta.model_name}_change", args=[key]))
        for place, key, name in arms[0].union(*arms[1:], all=True).order_by("name")[:NAMED]
    ]


def charts():
    """All that is drawn on the first page, and how many records of each kind there are."""
    counts = tally(MEASURES)
    nothing = sum(numbers["none"] for numbers in counts.values())
    names = silent() if nothing else []
    return {
        "founded": founded(counts),
        "spoken_of": spoken_of(counts),
        "silent": names,
        "silent_more": nothing - len(names),
        "width": WIDTH,
        "counts": {model: numbers["all"] for model, numbers in counts.items()},
    }
