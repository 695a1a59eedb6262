"""Facets of values: how many records of a list have each value of an enumeration, each text, date or number."""

from collections import Counter, defaultdict

from django.db.models import Count

from kb.filters.tallies import FacetValue, Tally
from kb.reasoning.support import build_source_count

UNSTATED = "unstated"


class Facet:
    """The counts of one parameter of a list, given its filter."""

    says = "`count` and `narrowed`: how many {records} have the value."

    def __init__(self, name, param, filterset):
        self.name, self.param, self.filterset = name, param, filterset

    def tally(self, queryset):
        """Return the Tally of the records of a queryset."""
        tally = Tally()
        for value, count in self.group(queryset, self.param.field_name):
            tally.add(self.name_value(value), count)
        return tally

    def group(self, queryset, *columns):
        """Return how many records there are for each combination of values of these columns."""
        groups = queryset.order_by().values(*columns).annotate(records=Count("pk"))
        return groups.values_list(*columns, "records")

    def name_value(self, value):
        return UNSTATED if value in (None, "") else str(value)

    def describe_values(self, values):
        """Map values to what is shown of each: the value as the parameter takes it, and its name."""
        labels = dict(self.param.extra.get("choices", ()))
        return {value: FacetValue(value, str(labels.get(value, value))) for value in values}


class ListFacet(Facet):
    """Values of an enumeration in a list column."""

    says = "`count` and `narrowed`: how many {records} have the value; one with several counts for each."

    def tally(self, queryset):
        tally = Tally()
        for values, count in self.group(queryset, self.param.field_name):
            for value in values or [UNSTATED]:
                tally.add(value, count)
        return tally


class CitedFacet(Facet):
    """Values of what a record refers to several times: it counts once for each value."""

    says = ListFacet.says

    def tally(self, queryset):
        tally, path = Tally(), self.param.field_name
        groups = queryset.order_by().values(path).annotate(records=Count("pk", distinct=True))
        for value, count in groups.values_list(path, "records"):
            tally.add(value, count)
        return tally


class ConditionFacet(Facet):
    """Values that no column holds: each is counted by itself."""

    def tally(self, queryset):
        tally = Tally()
        for value, _label in self.param.extra["choices"]:
            if count := self.param.filter_values(queryset, [value]).count():
                tally.add(value, count)
        return tally


class NumberFacet(Facet):
    """Numbers of sources, of which the filter keeps those that are at least so many."""

    says = "`count`: how many {records} have exactly this number; `narrowed`: how many have it or more."

    def tally(self, queryset):
        tally = Tally()
        groups = queryset.order_by().annotate(sources=build_source_count(queryset.model)).values("sources")
        counts = dict(groups.annotate(records=Count("pk")).values_list("sources", "records"))
        for number in sorted(filter(None, counts)):
            tally.direct[str(number)] = counts[number]
            tally.narrowed[str(number)] = sum(counts[more] for more in counts if more and more >= number)
        return tally


class KindFacet(Facet):
    """Kinds of what a record names, or is."""

    says = (
        "`count`: how many {records} are of the kind, or name what is; `narrowed`: those of a class with one of that "
        "kind in it, too."
    )

    def tally(self, queryset):
        name, model, tally = self.param.field_name, self.param.entry_model, Tally()
        for kind, count in self.group(queryset, "kind" if name == "pk" else f"{name}__kind"):
            if kind is None:
                tally.missing += count
            else:
                tally.add(kind, count)
        if self.filterset.exact:
            return tally
        kinds = defaultdict(set)  # Of what an entry has in it, by its key.
        within = model.ancestries().filter(descendant__in=model.objects.public()).order_by()
        for key, kind in within.values_list("ancestor", "descendant__kind").distinct():
            kinds[key].add(kind)
        tally.narrowed = Counter()
        for key, count in self.group(queryset, name):
            tally.narrowed.update(dict.fromkeys(kinds[key], count))
        return tally
