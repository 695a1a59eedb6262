"""Filters for the parameters of lists: by choice, by record, and up and down the hierarchies of entries."""

import json

from django import forms
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

from kb.filters.form_fields import (
    NAME_HINT,
    CodeField,
    EntryNameField,
    EnumField,
    MultiValueField,
    RecordSlugField,
    StoredTextField,
    StrictBooleanField,
)
from kb.filters.time_fields import StrictDateTimeField
from kb.models import Entry
from kb.reasoning.inheritance import Lineage, build_lineage
from kb.reasoning.named_entries import find_entries_nearby
from kb.reasoning.red_flags import find_flag_triggers, rank_flags

MAX_KEYS = 5_000  # Of entries in one query.


class MultiValueFilter(filters.MultipleChoiceFilter):
    """A repeatable parameter: in OpenAPI an array of strings, described by its help text."""

    field_class = MultiValueField
    keeps_all = False  # Whether it leaves no record out.

    def __init__(self, field_name=None, *, help_text, enum=None, **kwargs):
        super().__init__(field_name, help_text=help_text, **kwargs)
        schema = {"enum": enum, "type": "string"} if enum else {"type": "string", "minLength": 1}
        set_override(self, "field", schema | {"description": help_text})

    def filter(self, queryset, values):
        return self.filter_values(queryset, values) if values else queryset

    def build_lineages(self, values):
        """Return what is asked about that decides on what basis statements answer."""
        return ()

    def filter_values(self, queryset, values):
        """Return the records that match any of these values, of which there is at least one."""
        return queryset.filter(**{f"{self.field_name}__in": values})


class ChoiceFilter(MultiValueFilter):
    """Values of an enumeration."""

    field_class = EnumField

    def __init__(self, field_name, choices, **kwargs):
        super().__init__(field_name, enum=[value for value, label in choices], choices=choices, **kwargs)


class CitationStateFilter(ChoiceFilter):
    """States of passages; a statement stands once, however many of its passages are in one of them."""

    def filter_values(self, queryset, values):
        citing = queryset.model.objects.filter(**{f"{self.field_name}__in": values})
        return queryset.filter(pk__in=citing.order_by().values("pk"))


class ListChoiceFilter(ChoiceFilter):
    """Values of an enumeration in a list column; `unstated` matches empty lists."""

    def __init__(self, field_name, choices, **kwargs):
        super().__init__(field_name, [*choices, ("unstated", "Not stated")], **kwargs)

    def filter_values(self, queryset, values):
        empty = Q(**{self.field_name: []}) if "unstated" in values else Q()
        return queryset.filter(build_list_contains_q(queryset, self.field_name, values) | empty)


class RecordSlugFilter(MultiValueFilter):
    """Records, named in one of several fields: entries by slug, name or code, others by their slugs."""

    field_class = EntryNameField

    def __init__(self, *fields, model, **kwargs):
        super().__init__(fields[0], model=model, **kwargs)
        self.fields = fields
        if not isinstance(model, str) and not issubclass(model, Entry):
            self.field_class = RecordSlugField

    def filter_values(self, queryset, values):
        return self.filter_by_any_field(queryset, {record.pk for record in values})

    @property
    def takes_any(self):
        """Whether `*` means something here: that a record names any at all."""
        return "pk" not in self.fields

    def filter_any(self, queryset):
        """Return the records that name anything in one of the fields."""
        return self.filter_by_any_field(queryset, None)

    def filter_by_entry(self, queryset, entry):
        """Return the records that name exactly this entry."""
        return self.filter_by_any_field(queryset, {entry.pk})

    def filter_by_any_field(self, queryset, keys):
        """Return the records that name one of these keys, or anything if they are None, in one of the fields."""
        matches, columns = Q(), {field.name for field in queryset.model._meta.fields}
        for field in self.fields:
            matches |= Q(**{f"{field}__isnull": False} if keys is None else {f"{field}__in": keys})
        if columns.issuperset(self.fields):
            return queryset.filter(matches)
        return queryset.filter(pk__in=queryset.model.objects.filter(matches).order_by().values("pk"))


class DescendantFilter(RecordSlugFilter):
    """Records about these entries, or about anything below them."""

    def filter_values(self, queryset, values):
        if self.parent.exact:
            return super().filter_values(queryset, values)
        return self.filter_by_any_field(queryset, find_descendants(values, self.parent.hierarchies))


class LineageFilter(DescendantFilter):
    """Statements about these entries or about a class of them; the answer says on what basis each one answers."""

    def filter_values(self, queryset, values):
        return self.filter_by_any_field(queryset, self.build_lineage(values).ancestor_paths)

    def build_lineages(self, values):
        return (self.build_lineage(values),)

    def build_lineage(self, entries):
        """Return what is asked about: these entries with the classes above them, or alone if `exact` is asked for."""
        if self.parent.exact:
            return Lineage(self.fields, {entry.pk: [entry.slug] for entry in entries})
        keys = [entry.pk for entry in entries]
        return build_lineage(self.parent.hierarchies, type(entries[0]), keys, self.fields)


class RedFlagEntryFilter(DescendantFilter):
    """Red flags that ring for one of these entries, as they do in every answer about it."""

    def filter_values(self, queryset, values):
        if self.parent.exact:
            return super().filter_values(queryset, values)
        hierarchies = self.parent.hierarchies
        asked = find_entries_nearby({type(values[0]): {entry.pk for entry in values}}, hierarchies)
        triggers = hierarchies.derive(find_flag_triggers)
        return queryset.filter(
            pk__in=[pk for model, pk in rank_flags([(asked, True)], triggers) if model is queryset.model]
        )


class MemberKindFilter(ChoiceFilter):
    """Entries of these kinds, or what names such an entry; a class counts for what is in it, too.

    `field_name` is `pk`, or the field that names the entry.
    """

    def __init__(self, field_name, entry_model, **kwargs):
        super().__init__(field_name, entry_model._meta.get_field("kind").enum.choices, **kwargs)
        self.entry_model = entry_model

    def filter_values(self, queryset, values):
        entries = self.entry_model.objects.public().filter(kind__in=values).order_by().values("pk")
        if not self.parent.exact:
            entries = self.entry_model.ancestries().filter(descendant__in=entries).values("ancestor")
        return queryset.filter(**{f"{self.field_name}__in": entries})


class StoredTextFilter(MultiValueFilter):
    """Texts that some record has in a column, such as the names of publishers."""

    field_class = StoredTextField

    def __init__(self, field_name, *, model, **kwargs):
        super().__init__(field_name, model=model, column=field_name, **kwargs)


class CodeFilter(MultiValueFilter):
    """Codes of code systems, such as atc:L02BG04."""

    field_class = CodeField


def find_descendants(entries, hierarchies):
    """Return the keys of these entries of one model and of everything that belongs to them.

    Of very many, return a queryset: a database takes only so many parameters.
    """
    model, keys = type(entries[0]), [entry.pk for entry in entries]
    found = hierarchies[model].get_self_and_descendants(keys)
    return found if len(found) <= MAX_KEYS else model.objects.descendants_of(keys)


def build_relation_filter(field):
    """Return the filter for a field that names an entry: up the hierarchy where members inherit, else down it."""
    model, help_text = field.related_model, field.help_text.rstrip(".")
    if model.inherits:
        return LineageFilter(
            field.name,
            model=model,
            help_text=f"{help_text}, {NAME_HINT}. What is said of a class holds of its members.",
        )
    return DescendantFilter(field.name, model=model, help_text=f"{help_text}, {NAME_HINT}. Kinds of it are included.")


def build_list_contains_q(queryset, field_name, values):
    """Return the condition that a list column holds one of these texts, in a form that works on every database."""
    column = f"{field_name}_text"
    matches = Q()
    for value in values:
        matches |= Q(**{f"{column}__icontains": json.dumps(value)})
    return Q(
        pk__in=queryset.model.objects.annotate(**{column: Cast(field_name, TextField())}).filter(matches).values("pk")
    )


class StrictDateTimeFilter(filters.IsoDateTimeFilter):
    field_class = StrictDateTimeField


class StrictBooleanFilter(filters.BooleanFilter):
    field_class = StrictBooleanField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, widget=forms.TextInput, **kwargs)
