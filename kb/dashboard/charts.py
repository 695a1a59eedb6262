"""Bar charts of the index page: statements by number of sources, entries by number of statements."""

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

CHART_WIDTH = 1000  # Of the longest bar, in units of the SVG viewBox.
MAX_NAMED_ENTRIES = 24  # At most so many entries without statements are listed by name.


@dataclass(frozen=True)
class Segment:
    """A part of every bar of a chart: the CSS class that colours it, and what it counts."""

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
    """One bar: the records of one model, counted by segment."""

    def __init__(self, model, segments, counts, links):
        self.title, self.url = str(model._meta.verbose_name_plural), changelist_url(model)
        self.segments, self.counts, self.links = segments, counts, links

    @property
    def total(self):
        return sum(self.counts)

    @property
    def description(self):
        """The bar as text, without empty segments."""
        pairs = zip(self.counts, self.segments, strict=True)
        return ", ".join(f"{count}: {segment.title}" for count, segment in pairs if count)

    @property
    def cells(self):
        return list(zip(self.segments, self.counts, self.links, strict=True))

    def layout_segments(self, scale):
        """Return each segment that is not empty with its x and its width, `scale` units of the SVG per record."""
        widths = [count * scale for count in self.counts]
        starts = [0, *accumulate(widths)]
        return [
            (segment, round(x, 1), round(width, 1))
            for segment, x, width in zip(self.segments, starts, widths, strict=False)
            if width
        ]


class Chart:
    """Bars of the same segments, drawn to one scale."""

    def __init__(self, segments, bars):
        self.segments, self.bars = segments, bars

    @property
    def rows(self):
        scale = CHART_WIDTH / max([1, *(bar.total for bar in self.bars)])
        return [(bar, bar.layout_segments(scale)) for bar in self.bars]

    @property
    def totals(self):
        return [sum(counts) for counts in zip(*(bar.counts for bar in self.bars), strict=True)]


def build_source_chart(counts):
    """Return the chart that counts the published statements of each model by their sources, and its drafts."""
    bars = []
    for model in concrete_models(Statement):
        by_metric = counts[model]
        numbers = [
            by_metric["several"],
            by_metric["single"] - by_metric["undated"],
            by_metric["undated"],
            by_metric["drafts"],
        ]
        bars.append(Bar(model, SOURCE_SEGMENTS, numbers, ["", "", "", changelist_url(model, status__exact="draft")]))
    return Chart(SOURCE_SEGMENTS, sorted(bars, key=lambda bar: -bar.total))


def build_statement_count_chart(counts):
    """Return the chart that counts the published entries of each model by the published statements about them."""
    statement_counts = count_statements_by_entry()
    bars = []
    for model in concrete_models(Entry):
        many, some = (
            sum(low <= n < high for n in statement_counts[model]) for low, high in [(5, float("inf")), (2, 5)]
        )
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
    """Return, by entry model, the number of published statements about each published entry that has any; one query."""
    models, totals = concrete_models(Entry), Counter()
    subqueries = [
        model.objects.public()
        .filter(**{f"{field.name}__status": "published"})
        .order_by()
        .values_list(Value(models.index(field.related_model)), field.name)
        .annotate(Count("pk", distinct=True))
        for model in concrete_models(Statement)
        for field in model.entry_fields()
    ]
    for model_index, key, count in subqueries[0].union(*subqueries[1:], all=True):
        totals[models[model_index], key] += count
    return {model: [count for (other, _), count in totals.items() if other is model] for model in models}


def entries_without_statements():
    """Return the first entries without published statements, as pairs of name and admin URL; one query."""
    models = concrete_models(Entry)
    subqueries = [
        model.objects.filter(without_published_statements(model)).order_by().values_list(Value(index), "pk", "name")
        for index, model in enumerate(models)
    ]
    rows = subqueries[0].union(*subqueries[1:], all=True).order_by("name")[:MAX_NAMED_ENTRIES]
    entries = []
    for index, key, name in rows:
        meta = models[index]._meta
        entries.append((name, reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[key])))
    return entries


def build_charts():
    """Return the template context of the charts, with the number of records of each model under `counts`."""
    counts = count_records_by_model(CHART_METRICS)
    unnamed_count = sum(numbers["none"] for numbers in counts.values())
    names = entries_without_statements() if unnamed_count else []
    return {
        "founded": build_source_chart(counts),
        "spoken_of": build_statement_count_chart(counts),
        "silent": names,
        "silent_more": unnamed_count - len(names),
        "width": CHART_WIDTH,
        "counts": {model: numbers["all"] for model, numbers in counts.items()},
    }
