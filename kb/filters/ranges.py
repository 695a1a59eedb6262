"""Filters by ranges: of durations, and of the dates that sources carry."""

from django.db.models import Exists, Q
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

from kb.filters.fields import MultiValueFilter
from kb.filters.time_fields import DaysField, DurationField, StrictDateField
from kb.models import Source
from kb.reasoning.support import select_cited_passages

DATE_BOUNDS = {"dated_after": "gte", "dated_before": "lte"}


class DurationFilter(MultiValueFilter):
    """Durations of at most or at least this length (`lte`, `gte`), or, for the value None, without a figure."""

    field_class = DurationField

    def __init__(self, field_name, *, bound, **kwargs):
        super().__init__(field_name, **kwargs)
        self.bound = bound

    def filter_values(self, queryset, values):
        matches = Q()
        for value in values:
            no_figure = {f"{self.field_name}__isnull": True}
            matches |= Q(**no_figure if value is None else {f"{self.field_name}__{self.bound}": value})
        return queryset.filter(matches)


def build_duration_filters(field):
    """Return the filters of a column with the longest duration that a source gives, by the names of parameters."""
    help_text = f"{field.help_text.rstrip('.')}. At most this long; unstated: no figure is given."
    at_least = f"{field.name.removesuffix('_max')}_min"
    return {
        field.name: DurationFilter(field.name, bound="lte", help_text=help_text),
        at_least: DurationFilter(field.name, bound="gte", help_text="At least this long; or unstated."),
    }


class DayFilter(MultiValueFilter):
    """Days that a column holds, or, for the value None, that it holds none."""

    field_class = DaysField

    def filter_values(self, queryset, values):
        days = Q(**{f"{self.field_name}__in": [day for day in values if day]})
        return queryset.filter(days | Q(**{f"{self.field_name}__isnull": True}) if None in values else days)


class SourceDateFilter(filters.Filter):
    """One bound of the date that a source carries; of a statement, that of a source that it cites.

    Both bounds together are of one and the same source.
    """

    field_class = StrictDateField

    def __init__(self, bound, help_text):
        super().__init__("dated", bound, help_text=help_text)
        set_override(self, "field", {"type": "string", "format": "date", "description": help_text})

    def filter(self, queryset, value):
        if value is None:
            return queryset
        cleaned_data = self.parent.form.cleaned_data
        days = {bound: day for name, bound in DATE_BOUNDS.items() if (day := cleaned_data.get(name))}
        if issubclass(queryset.model, Source):
            return queryset.filter(**{f"dated__{bound}": day for bound, day in days.items()})
        in_range = {f"source__dated__{bound}": day for bound, day in days.items()}
        return queryset.filter(Exists(select_cited_passages(queryset.model).filter(**in_range)))


def build_source_date_filters():
    """Return the filters of both bounds, by the names of their parameters."""
    help_text = "The source, or one that is cited, carries this date or a {} one (ISO 8601)."
    return {
        name: SourceDateFilter(bound, help_text.format("later" if bound == "gte" else "earlier"))
        for name, bound in DATE_BOUNDS.items()
    }
