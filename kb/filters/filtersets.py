"""Filter sets: the parameters that each list of records accepts, made from its model."""

from django.http import QueryDict
from django_filters import rest_framework as filters

from kb.fields import ChoiceField, IsoDurationField, ListField
from kb.filters.fields import (
    ChoiceFilter,
    CodeFilter,
    DescendantFilter,
    ListChoiceFilter,
    MultiValueFilter,
    RecordSlugFilter,
    StrictBooleanFilter,
    StrictDateTimeFilter,
    build_list_contains_q,
    build_relation_filter,
)
from kb.filters.form_fields import NAME_HINT, collect_resolutions
from kb.filters.modifiers import EXCLUSION_MARK, build_requested_filter, list_exclusions
from kb.filters.orderings import StableOrderingFilter
from kb.filters.ranges import build_duration_filters
from kb.models import Entry
from kb.reasoning.answer_context import AnswerContext
from kb.reasoning.hierarchies import get_current_hierarchies
from kb.search.fulltext import filter_by_phrase, order_by_relevance
from kb.search.literals import LITERAL_HELP_TEXT, filter_by_literals, split_literals, validate_quotation_marks
from kb.search.phrases import Phrase


class RecordFilter(filters.FilterSet):
    """The parameters of every list of records; those for relations and enumerations come from the model."""

    search = filters.CharFilter(
        method="filter_by_text",
        max_length=200,
        validators=[validate_quotation_marks],
        help_text=f"Words to look for in names, synonyms, brand names and text; best match first. {LITERAL_HELP_TEXT}",
    )
    exact = StrictBooleanFilter(
        method="keep_queryset", help_text="true: no classes and no kinds, only what is said of exactly the slugs given."
    )
    updated_since = StrictDateTimeFilter(
        "updated_at", "gte", help_text="Only what was changed at or after this moment (ISO 8601; UTC unless said)."
    )
    ordering = StableOrderingFilter(
        fields=["slug", "updated_at"], help_text="How to order the list: by slug (as it is) or by date of change."
    )

    matching = None  # The records that pass all filters, before they are ordered.

    def __init__(self, data=None, *args, hierarchies=None, **kwargs):
        """Make the filters of those parameters that the request has: the others would cost more than the answer."""
        self.params, data = self.base_filters, data or QueryDict()
        requested = {name: build_requested_filter(self.params, name, data.getlist(name)) for name in data}
        self.base_filters = {name: param for name, param in requested.items() if param}
        super().__init__(data, *args, **kwargs)
        self.exact = data.get("exact") == "true"
        self.hierarchies = hierarchies or get_current_hierarchies()

    @property
    def param_names(self):
        """The names of all parameters, those that turn a filter round included."""
        return {*self.params, *list_exclusions(self.params)}

    def get_form_class(self):
        """Return the class of the form, whose fields know their parameters and the state of the data."""
        form_class = super().get_form_class()
        for name, field in form_class.base_fields.items():
            field.parameter, field.hierarchies = name, self.hierarchies
        return form_class

    @classmethod
    def get_fields(cls):
        return {}  # No field is listed by name: get_filters goes through those of the model.

    @classmethod
    def get_filters(cls):
        """Return the declared filters and one for each relation and enumeration of the model."""
        declared = super().get_filters()
        model = cls._meta.model
        if model is None:
            return declared
        from_model = {
            name: RecordSlugFilter("pk", model=model, help_text=f"{help_text}.")
            for name, help_text in {
                "slug": "Those records",
                "id": "As slug",
            }.items()
        }
        for field in model._meta.fields:
            if isinstance(field, ListField) and field.enum:
                from_model[field.name] = ListChoiceFilter(field.name, field.enum.choices, help_text=field.help_text)
            elif isinstance(field, ChoiceField) and field.name != "status":
                from_model[field.name] = ChoiceFilter(field.name, field.enum.choices, help_text=field.help_text)
            elif isinstance(field, IsoDurationField):
                from_model |= build_duration_filters(field)
            elif field in model.relation_fields():
                from_model[field.name] = build_relation_filter(field)
        return {**from_model, **declared}

    def get_values(self, name):
        """Return the values of a parameter that the request has; none where it has it not."""
        return self.form.cleaned_data.get(name, ())

    def replace_params(self, changes):
        """Return a filter set with other values of these parameters (None: without them), and the same records.

        Parameters that are no filters, such as those of paging, are left out.
        """
        params = QueryDict(mutable=True)
        for name, values in (dict(self.data.lists()) | changes).items():
            if name.removesuffix(EXCLUSION_MARK) in self.params and values:
                params.setlist(name, values)
        return type(self)(params, self.queryset, hierarchies=self.hierarchies)

    def build_answer_context(self):
        """Return what the parameters ask about, for the serializers and renderers of the answer.

        The form must be valid: it is read after `reject_invalid_form`.
        """
        used = [(self.filters[name], values) for name, values in self.form.cleaned_data.items() if values]
        named = [value for used_filter, values in used if isinstance(used_filter, MultiValueFilter) for value in values]
        return AnswerContext(
            hierarchies=self.hierarchies,
            entries=tuple(value for value in named if isinstance(value, Entry)),
            lineages=tuple(
                lineage
                for used_filter, values in used
                if isinstance(used_filter, MultiValueFilter)
                for lineage in used_filter.build_lineages(values)
            ),
            resolutions=collect_resolutions(self.form),
        )

    def keep_queryset(self, queryset, name, value):
        """Leave the list as it is: `exact` is read in `__init__`, since it changes what the other filters do."""
        return queryset

    def filter_by_text(self, queryset, name, value):
        """Return the records in which each word is found, and word for word what stands in quotation marks."""
        rest, literals = split_literals(value)
        quoted = filter_by_literals(queryset, literals)
        return filter_by_phrase(quoted, Phrase(rest), self.hierarchies) if rest.strip() or not literals else quoted

    def filter_queryset(self, queryset):
        """Return the records that pass all filters, the best match of `search` first, unless another order is asked."""
        filtered = self.matching = super().filter_queryset(queryset)
        phrase, ordering = (self.form.cleaned_data.get(name) for name in ("search", "ordering"))
        return order_by_relevance(filtered, Phrase(phrase)) if phrase and not ordering else filtered


class EntryFilter(RecordFilter):
    """The parameters of every list of entries: names, codes and what they belong to."""

    name = MultiValueFilter(
        method="filter_by_name",
        help_text="The entry with that name, synonym or brand name, in any case or spelling listed.",
    )
    code = CodeFilter(method="filter_by_code", help_text="The entry with that code, such as atc:L02BG04.")
    ordering = StableOrderingFilter(
        fields=["slug", "name", "updated_at"],
        help_text="How to order the list: by slug (as it is), name or date of change.",
    )

    @classmethod
    def get_filters(cls):
        entry_filters = super().get_filters()
        if model := cls._meta.model:
            entry_filters["within"] = DescendantFilter(
                "pk", model=model, help_text=f"An entry, {NAME_HINT}: that entry and everything under it."
            )
        return entry_filters

    def filter_by_name(self, queryset, name, values):
        return queryset.with_any_name(*values) if values else queryset

    def filter_by_code(self, queryset, name, values):
        return queryset.filter(build_list_contains_q(queryset, "codes", values)) if values else queryset
