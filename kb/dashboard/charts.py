"""How well the knowledge base is founded, and where it is thin: numbers, and the bars that show them."""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

from django.db.models import Count, Value
from django.urls import reverse

from kb.dashboard.work_queues import (
    DRAFT,
    PUBLISHED,
    RecordMetric,
    changelist_url,
    count_records_by_model,
    has_only_undated_sources,
    has_several_sources,
    has_single_source,
    without_published_statements,
)
from kb.models import Entry, Statement, concrete_models

CHART_WIDTH = 1000  # Of the longest bar, in the units of the picture.
MAX_NAMED_ENTRIES = 24  # Of so many entries of which nothing is said the names are told.


@dataclass(frozen=True)
class Segment:
    """A part of every bar of a chart: what it means, and the class that colours it."""

    name: str
    title: str


SOURCE_SEGMENTS = [
    Segment("several", "several sources"),
    Segment("dated", "one dated source"),
    Segment("undated", "one undated source"),
    Segment("drafts", "drafts"),
]
STATEMENT_COUNT_SEGMENTS = [
    Segment("many", "5 statements or more"),
    Segment("some", "2 to 4"),
    Segment("one", "only 1"),
    Segment("none", "none"),
]
CHART_METRICS = [
    RecordMetric("published", lambda model, user: PUBLISHED),
    RecordMetric("drafts", lambda model, user: DRAFT),
    RecordMetric("several", lambda model, user: PUBLISHED & has_several_sources(model), (Statement,)),
    RecordMetric("single", lambda model, user: PUBLISHED & has_single_source(model), (Statement,)),
    RecordMetric(
        "undated",
        lambda model, user: PUBLISHED & has_single_source(model) & has_only_undated_sources(model),
        (Statement,),
    ),
    RecordMetric("none", without_published_statements, (Entry,)),
]


class Bar:
    """One bar: a kind of record, cut into pieces."""

    def __init__(self, model, pieces, counts, links):
        self.title, self.url = str(model._meta.verbose_name_plural), changelist_url(model)
        self.segments, self.counts, self.links = pieces, counts, links

    @property
    def total(self):
        return sum(self.counts)

    @property
    def description(self):
        """The bar in words."""
        told = zip(self.counts, self.segments, strict=True)
        return ", ".join(f"{count}: {piece.title}" for count, piece in told if count)

    @property
    def cells(self):
        return list(zip(self.segments, self.counts, self.links, strict=True))

    def layout_segments(self, scale):
        """Each piece with where it begins and how wide it is."""
        widths = [count * scale for count in self.counts]
        starts = [0, *accumulate(widths)]
        return [
            (piece, round(x, 1), round(width, 1))
            for piece, x, width in zip(self.segments, starts, widths, strict=False)
            if width
        ]


class Chart:
    """Bars one below the other, to one scale."""

    def __init__(self, pieces, bars):
        self.segments, self.bars = pieces, bars

    @property
    def rows(self):
        scale = CHART_WIDTH / max([1, *(bar.total for bar in self.bars)])
        return [(bar, bar.layout_segments(scale)) for bar in self.bars]

    @property
    def totals(self):
        return [sum(counts) for counts in zip(*(bar.counts for bar in self.bars), strict=True)]


def build_source_chart(counts):
    """For each kind of statement: on how many sources its published statements rest, and what is still a draft."""
    bars = []
    for model in concrete_models(Statement):
        of = counts[model]
        numbers = [of["several"], of["single"] - of["undated"], of["undated"], of["drafts"]]
        bars.append(Bar(model, SOURCE_SEGMENTS, numbers, ["", "", "", changelist_url(model, status__exact="draft")]))
    return Chart(SOURCE_SEGMENTS, sorted(bars, key=lambda bar: -bar.total))


def build_statement_count_chart(counts):
    """For each kind of entry: how many published ones are named by how many published statements."""
    named = count_statements_by_entry()
    bars = []
    for model in concrete_models(Entry):
        many, some = (sum(low <= n < high for n in named[model]) for low, high in [(5, float("inf")), (2, 5)])
        none = counts[model]["none"]
        one = counts[model]["published"] - many - some - none
        bars.append(
            Bar(
                model,
                STATEMENT_COUNT_SEGMENTS,
                [many, some, one, none],
                ["", "", "", changelist_url(model, work="unspoken")],
            )
        )
    return Chart(STATEMENT_COUNT_SEGMENTS, bars)


def count_statements_by_entry():
    """For each kind of entry: by how many published statements each entry is named, of those that are; one query."""
    models, found = concrete_models(Entry), Counter()
    arms = [
        kind.objects.public()
        .filter(**{f"{field.name}__status": "published"})
        .order_by()
        .values_list(Value(models.index(field.related_model)), field.name)
        .annotate(Count("pk", distinct=True))
        for kind in concrete_models(Statement)
        for field in kind.entry_fields()
    ]
    for place, key, count in arms[0].union(*arms[1:], all=True):
        found[place, key] += count
    return {
        model: [count for (place, _), count in found.items() if place == number] for number, model in enumerate(models)
    }


def entries_without_statements():
    """The names of some entries of which nothing is said, each with its address in the admin; one query."""
    models = concrete_models(Entry)
    arms = [
        model.objects.filter(without_published_statements(model)).order_by().values_list(Value(place), "pk", "name")
        for place, model in enumerate(models)
    ]
    return [
        (name, reverse(f"admin:{models[place]._meta.app_label}_{models[place]._meta.model_name}_change", args=[key]))
        for place, key, name in arms[0].union(*arms[1:], all=True).order_by("name")[:MAX_NAMED_ENTRIES]
    ]


def build_charts():
    """All that is drawn on the first page, and how many records of each kind there are."""
    counts = count_records_by_model(CHART_METRICS)
    nothing = sum(numbers["none"] for numbers in counts.values())
    names = entries_without_statements() if nothing else []
    return {
        "founded": build_source_chart(counts),
        "spoken_of": build_statement_count_chart(counts),
        "silent": names,
        "silent_more": nothing - len(names),
        "width": CHART_WIDTH,
        "counts": {model: numbers["all"] for model, numbers in counts.items()},
    }
