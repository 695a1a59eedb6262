"""The kinds of filters: by word, by record, up and down the trees of entries."""

import json

from django import forms
from django.apps import apps
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override

from kb.filters.form_fields import (
    CodeField,
    EntryNameField,
    EnumField,
    MaxDurationField,
    MultiValueField,
    RecordSlugField,
    StrictBooleanField,
    StrictDateTimeField,
)
from kb.models import Entry
from kb.reasoning.inheritance import Lineage, filter_inheritable, find_ancestor_paths, find_subtree_ids


class MultiValueFilter(filters.MultipleChoiceFilter):
    """A repeatable parameter; its words are those of the model, its schema an array of strings."""

    field_class = MultiValueField

    def __init__(self, field_name=None, *, help_text, enum=None, **kwargs):
        super().__init__(field_name, help_text=help_text, **kwargs)
        meaning = {"enum": enum, "type": "string"} if enum else {"type": "string", "minLength": 1}
        set_override(self, "field", meaning | {"description": f"{help_text} Given twice, it means either."})

    def filter(self, queryset, values):
        if not values:
            return queryset
        self.parent.filter_context["named"] += [value for value in values if isinstance(value, Entry)]
        return self.filter_values(queryset, values)

    def filter_values(self, queryset, values):
        return queryset.filter(**{f"{self.field_name}__in": values})


class ChoiceFilter(MultiValueFilter):
    """Exactly these words of an enumeration."""

    field_class = EnumField

    def __init__(self, field_name, choices, **kwargs):
        super().__init__(field_name, enum=[word for word, label in choices], choices=choices, **kwargs)


class ListChoiceFilter(ChoiceFilter):
    """Lists that hold one of these words; `unstated` for those that hold none."""

    def __init__(self, field_name, choices, **kwargs):
        super().__init__(field_name, [*choices, ("unstated", "Not stated")], **kwargs)

    def filter_values(self, queryset, values):
        empty = Q(**{self.field_name: []}) if "unstated" in values else Q()
        return queryset.filter(build_list_contains_q(queryset, self.field_name, values) | empty)


class RecordSlugFilter(MultiValueFilter):
    """Exactly these records."""

    field_class = RecordSlugField

    def __init__(self, *fields, model, **kwargs):
        super().__init__(fields[0], model=model, **kwargs)
        self.fields = fields

    def filter_values(self, queryset, values):
        return self.filter_by_any_field(queryset, {record.pk for record in values})

    def filter_by_any_field(self, queryset, keys):
        """The records that name one of these in one of the fields, each once."""
        matches = Q()
        for field in self.fields:
            matches |= Q(**{f"{field}__in": keys})
        return queryset.filter(pk__in=queryset.model.objects.filter(matches).order_by().values("pk"))


class SubtreeFilter(RecordSlugFilter):
    """What is said of these entries, or of anything under them."""

    def filter_values(self, queryset, values):
        return (
            super().filter_values(queryset, values)
            if self.parent.exact
            else self.filter_by_any_field(queryset, find_subtree_ids(values))
        )


class LineageFilter(SubtreeFilter):
    """What is said of these entries, or of a class that they belong to; the answer tells on what basis."""

    def filter_values(self, queryset, values):
        found = {entry.pk: [entry.slug] for entry in values} if self.parent.exact else find_ancestor_paths(values)
        self.parent.filter_context["lineages"].append(Lineage(self.fields, found))
        return self.filter_by_any_field(queryset, found)


class RelatedInTreeFilter(SubtreeFilter):
    """Warnings that touch these entries: a sign, a kind of it or a broader one, since none may be missed."""

    def filter_values(self, queryset, values):
        if self.parent.exact:
            return super().filter_values(queryset, values)
        return self.filter_by_any_field(queryset, find_subtree_ids(values) | set(find_ancestor_paths(values)))


class CodeFilter(MultiValueFilter):
    """Codes, such as atc:L02BG04."""

    field_class = CodeField


class HasStatementFilter(RecordSlugFilter):
    """Treatments with such a statement about this symptom, of their own or of their class.

    What is said of some of a class, or of a class for some people only, does not pass to its members. The kind of
    statement belongs to an app above, so it is named as text.
    """

    def __init__(self, statement, symptom, *, effect=None, **kwargs):
        super().__init__("pk", model=symptom, **kwargs)
        self.statement, self.effect = statement, effect

    def filter_values(self, queryset, values):
        said = apps.get_model(self.statement).objects.public()
        if self.effect:
            said = said.filter(effect=self.effect)
        if self.parent.exact:
            return self.filter_by_any_field(queryset, said.filter(symptom__in=values).values("treatment"))
        said = said.filter(symptom__in=find_subtree_ids(values))
        classes = queryset.model.objects.filter(pk__in=filter_inheritable(said).values("treatment"))
        return self.filter_by_any_field(
            queryset, {*said.values_list("treatment", flat=True), *find_subtree_ids(list(classes))}
        )


class ExactEntryFilter(MultiValueFilter):
    """What is about exactly this entry, whatever its kind."""

    field_class = EntryNameField

    def filter_values(self, queryset, values):
        matches = Q()
        for field in queryset.model.entry_fields():
            matches |= Q(**{f"{field.name}__in": [v.pk for v in values if isinstance(v, field.related_model)]})
        return queryset.filter(matches)


class MaxDurationFilter(MultiValueFilter):
    """At most this long, as far as a figure is given; or given no figure."""

    field_class = MaxDurationField

    def filter_values(self, queryset, values):
        matches = Q()
        for value in values:
            matches |= Q(
                **{f"{self.field_name}__isnull": True} if value is None else {f"{self.field_name}__lte": value}
            )
        return queryset.filter(matches)


def build_relation_filter(field):
    """The filter for a field that names an entry: up the tree for what members inherit, else down it."""
    model, words = field.related_model, field.help_text.rstrip(".")
    if model.inherits:
        return LineageFilter(
            field.name, model=model, help_text=f"{words}: its slug. What is said of a class holds of its members."
        )
    return SubtreeFilter(field.name, model=model, help_text=f"{words}: its slug. Kinds of it are included.")


def build_list_contains_q(queryset, field_name, values):
    """Whether a list column holds one of these texts, on every database."""
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


class StableOrderingFilter(filters.OrderingFilter):
    """Orders a list by what is asked, then by slug, so that the order is fixed."""

    def __init__(self, *args, fields, **kwargs):
        right = ", ".join(f"{name}, -{name}" for name in fields)
        errors = {"invalid_choice": f"“%(value)s” is no ordering here; there are: {right}."}
        super().__init__(*args, fields=fields, error_messages=errors, **kwargs)
        words = f"{self.extra['help_text']} A minus before a name turns it round."
        set_override(self, "field", {"type": "string", "enum": right.split(", "), "description": words})

    def filter(self, queryset, value):
        return super().filter(queryset, dict.fromkeys([*value, "slug"])) if value else queryset
