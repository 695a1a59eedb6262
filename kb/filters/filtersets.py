"""What each kind of list can be narrowed by."""

from django_filters import rest_framework as filters

from kb.fields import ChoiceField, IsoDurationField, ListField
from kb.filters.fields import (
    ChoiceFilter,
    CodeFilter,
    ListChoiceFilter,
    MaxDurationFilter,
    MultiValueFilter,
    RecordSlugFilter,
    StableOrderingFilter,
    StrictBooleanFilter,
    StrictDateTimeFilter,
    SubtreeFilter,
    build_list_contains_q,
    build_relation_filter,
)
from kb.models import Cancer, MetastaticSite, Source
from kb.search.fulltext import search_full_text


class RecordFilter(filters.FilterSet):
    """What every list can be narrowed by; the filters for relations and enumerations come from the model."""

    search = filters.CharFilter(
        method="filter_by_text",
        max_length=200,
        help_text="Words to look for in names, synonyms, brand names and text; best match first.",
    )
    exact = StrictBooleanFilter(
        method="keep_queryset", help_text="true: no tree, only what is said of exactly the slugs given."
    )
    updated_since = StrictDateTimeFilter(
        "updated_at", "gte", help_text="Only what was changed at or after this moment (ISO 8601; UTC unless said)."
    )
    ordering = StableOrderingFilter(
        fields=["slug", "updated_at"], help_text="How to order the list: by slug (as it is) or by date of change."
    )

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.exact = (data or {}).get("exact") == "true"
        self.filter_context = {"lineages": [], "named": []}  # What the answer must know of the question.

    @classmethod
    def get_fields(cls):
        return {}  # None by name: get_filters looks at the model.

    @classmethod
    def get_filters(cls):
        """The declared filters, and one for each relation and enumeration of the model."""
        declared = super().get_filters()
        model = cls._meta.model
        if model is None:
            return declared
        own = {
            name: RecordSlugFilter("pk", model=model, help_text=f"{words}.")
            for name, words in {"slug": "Those records, by their slugs, in one call", "id": "The same as slug"}.items()
        }
        for field in model._meta.fields:
            if isinstance(field, ListField) and field.enum:
                own[field.name] = ListChoiceFilter(field.name, field.enum.choices, help_text=field.help_text)
            elif isinstance(field, ChoiceField) and field.name != "status":
                own[field.name] = ChoiceFilter(field.name, field.enum.choices, help_text=field.help_text)
            elif isinstance(field, IsoDurationField):
                words = (
                    f"{field.help_text.rstrip('.')}. Those that are at most this long; unstated: no figure is given."
                )
                own[field.name] = MaxDurationFilter(field.name, help_text=words)
            elif field in model.relation_fields() and field.name != "parent":
                own[field.name] = build_relation_filter(field)
        return {**own, **declared}

    def keep_queryset(self, queryset, name, value):
        """Read when the filters are made, since it changes what the others mean."""
        return queryset

    def filter_by_text(self, queryset, name, value):
        """Records in which each word is found, the best match first."""
        return search_full_text(queryset, value)


class EntryFilter(RecordFilter):
    """Entries by any of their names, by code, and by the entry that they belong to."""

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
        found = super().get_filters()
        if model := cls._meta.model:
            found["within"] = SubtreeFilter(
                "pk", model=model, help_text="The slug of an entry: that entry and everything under it."
            )
        return found

    def filter_by_name(self, queryset, name, values):
        return queryset.with_any_name(*values) if values else queryset

    def filter_by_code(self, queryset, name, values):
        return queryset.filter(build_list_contains_q(queryset, "codes", values)) if values else queryset


class StatementFilter(RecordFilter):
    """Statements by the source that they cite and the entries that they speak of."""

    source = RecordSlugFilter("citations__source", model=Source, help_text="The slug of a source that it cites.")


class CancerFilter(EntryFilter):
    class Meta:
        model = Cancer


class SourceFilter(RecordFilter):
    class Meta:
        model = Source


class MetastaticSiteFilter(StatementFilter):
    class Meta:
        model = MetastaticSite
