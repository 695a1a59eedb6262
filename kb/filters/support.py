"""Filters of statements by what they rest on: checks of the words, decisions on support, sources and their dates."""

from django import forms
from django.db.models import Q, Value
from django.db.models.lookups import GreaterThanOrEqual, IsNull
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

from kb.filters.fields import ChoiceFilter, MultiValueFilter
from kb.filters.time_fields import DaysField
from kb.reasoning.support import build_newest_date, build_source_count
from kb.search.slug_lookup import build_value_error

MAX_SOURCES = 1000


class ConditionFilter(ChoiceFilter):
    """Values of an enumeration that no column holds; `build_condition` takes the model and the values."""

    def __init__(self, enum, *, build_condition, **kwargs):
        super().__init__(None, enum.choices, **kwargs)
        self.build_condition = build_condition

    def filter_values(self, queryset, values):
        return queryset.filter(self.build_condition(queryset.model, values))


class SourceNumberField(forms.Field):
    """A number of sources, 1 or more."""

    def to_python(self, value):
        if not value:
            return None
        if not (value.isascii() and value.isdecimal() and len(value) < 5 and 1 <= int(value) <= MAX_SOURCES):
            raise build_value_error(f"“{value[:40]}” is no whole number from 1 to {MAX_SOURCES}.")
        return int(value)


class SourceNumberFilter(filters.Filter):
    """Statements that rest on at least so many independent sources."""

    field_class = SourceNumberField

    def __init__(self, *args, help_text, **kwargs):
        super().__init__(*args, help_text=help_text, **kwargs)
        number = {"type": "integer", "minimum": 1, "maximum": MAX_SOURCES}
        set_override(self, "field", number | {"description": help_text})

    def filter(self, queryset, value):
        if value is None:
            return queryset
        return queryset.filter(GreaterThanOrEqual(build_source_count(queryset.model), Value(value)))


class SourcesSinceFilter(MultiValueFilter):
    """Statements with a source of this date or a later one, or, for the value None, with none that carries a date."""

    field_class = DaysField

    def filter_values(self, queryset, values):
        newest, matches = build_newest_date(queryset.model), Q()
        for value in values:
            matches |= Q(IsNull(newest, True)) if value is None else Q(GreaterThanOrEqual(newest, Value(value)))
        return queryset.filter(matches)
