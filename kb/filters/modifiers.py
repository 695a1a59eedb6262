"""What a parameter may say besides its values: `name!` turns a filter round, and `*` stands for any value at all."""

from copy import deepcopy

from django_filters import rest_framework as filters

from kb.filters.fields import ChoiceFilter, MultiValueFilter
from kb.filters.form_fields import MultiValueField
from kb.filters.support import SourceNumberFilter

EXCLUSION_MARK, ANY_VALUE = "!", "*"
EXCLUSION_HELP_TEXT = (
    "With `!` after its name a filter leaves out what it would keep: `frequency!=common`. For an entry, `*` means any."
)


class WrappedFilter(filters.Filter):
    """A filter that does something else with what another one, its own copy, reads."""

    def __init__(self, inner):
        super().__init__(inner.field_name)
        self.inner = deepcopy(inner)

    @property
    def field(self):
        return self.inner.field

    @property
    def parent(self):
        return self.inner.parent

    @parent.setter
    def parent(self, filterset):
        self.inner.parent = filterset


class ExclusionFilter(WrappedFilter):
    """Leaves out exactly the records that a filter would keep."""

    def filter(self, queryset, value):
        if not value:
            return queryset
        if type(self.inner) is ChoiceFilter:
            return queryset.exclude(**{f"{self.inner.field_name}__in": value})
        excluded = self.inner.filter(queryset.model.objects.public(), value)
        return queryset.exclude(pk__in=excluded.order_by().values("pk"))


class AnyValueFilter(WrappedFilter):
    """Keeps the records that have any value at all."""

    @property
    def field(self):
        return MultiValueField(required=False)

    def filter(self, queryset, value):
        return self.inner.filter_any(queryset) if value else queryset


def can_exclude(param):
    """Return whether a filter can be turned round: it must keep the records that match a value."""
    is_by_value = isinstance(param, MultiValueFilter | SourceNumberFilter | filters.CharFilter)
    return is_by_value and not getattr(param, "keeps_all", False)


def list_exclusions(params):
    """Return the names under which filters are turned round."""
    return {f"{name}{EXCLUSION_MARK}" for name, param in params.items() if can_exclude(param)}


def build_requested_filter(params, name, values):
    """Return the filter for a parameter of a request; None if there is none of this name."""
    base_name = name.removesuffix(EXCLUSION_MARK)
    is_exclusion, requested = base_name != name, params.get(base_name)
    if requested is None or (is_exclusion and not can_exclude(requested)):
        return None
    if ANY_VALUE in values and getattr(requested, "takes_any", False):
        requested = AnyValueFilter(requested)
    return ExclusionFilter(requested) if is_exclusion else requested
