"""Serializers of records and entries: all their public fields, described by the help texts of their models."""

from itertools import chain

from django.db import models
from rest_framework import serializers

from kb.fields import ListField, format_iso_duration
from kb.models import Cancer, Source
from kb.serializers.references import ReferenceSerializer, build_record_url
from kb.serializers.row_cache import RowCacheMixin


class IsoDurationField(serializers.DurationField):
    """A length of time in ISO 8601, such as P21D."""

    def to_representation(self, value):
        return format_iso_duration(value)


class RecordSerializer(RowCacheMixin, serializers.ModelSerializer):
    """Shows the public fields of a record, related records as references; or only the selected fields."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DurationField: IsoDurationField,
        models.URLField: serializers.CharField,  # An empty text is no address, and stands where none is known.
    }
    leading_fields, trailing_fields = ["slug", "url"], ["reviewed_on", "updated_at"]
    field_dependencies = {}  # For fields of this class that the model lacks: the columns that each is made of.
    detail_fields = []  # Further fields of this class, where one record is shown alone.

    url = serializers.SerializerMethodField(help_text="The record's address.")

    def __init_subclass__(cls):
        """Take the docstring of the model: OpenAPI describes a component with that of its serializer."""
        if model := getattr(getattr(cls, "Meta", None), "model", None):
            cls.__doc__ = model.__doc__

    def __init__(self, *args, selected_fields=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.selected_fields = selected_fields

    @classmethod
    def column_names(cls):
        """Return the names of all fields of the model, public or not."""
        return [field.name for field in [*cls.Meta.model._meta.fields, *cls.Meta.model._meta.many_to_many]]

    @classmethod
    def public_field_names(cls):
        """Return the names of all fields that are shown, in their order."""
        model = cls.Meta.model
        hidden = {"id", "status", "replaced_by", *model.derived, *model.internal, *cls.public_names_by_column()}
        placed = {*cls.leading_fields, *cls.trailing_fields}
        own = [name for name in cls.column_names() if name not in hidden | placed]
        return [*cls.leading_fields, *own, *cls.field_dependencies, *cls.detail_fields, *cls.trailing_fields]

    @classmethod
    def public_names_by_column(cls):
        """Map the columns that are shown under another name to that name."""
        return {column: name for name, columns in cls.field_dependencies.items() for column in columns}

    @classmethod
    def suggestable_field_names(cls):
        """Return the names of the fields in which a record may be wrong: those that are made of its columns."""
        columns = {*cls.column_names(), *cls.public_names_by_column().values()}
        return [name for name in cls.public_field_names() if name in columns]

    @classmethod
    def needed_columns(cls, field_names):
        """Return the names of these fields and of the columns that they are made of."""
        return {*field_names, *chain(*(cls.field_dependencies.get(name, []) for name in field_names))}

    def get_field_names(self, declared_fields, info):
        return self.public_field_names()

    def get_fields(self):
        fields = super().get_fields()
        for field in fields.values():
            field.read_only = True  # So that OpenAPI says that each of them is in every response.
        return {
            name: field
            for name, field in fields.items()
            if self.selected_fields is None or name in {*self.selected_fields, *self.always_shown}
        }

    def get_url(self, record) -> str:
        return build_record_url(record, self.context)

    def get_question_fields(self, record):
        return {*super().get_question_fields(record), *self.detail_fields}

    def build_relational_field(self, field_name, relation):
        return ReferenceSerializer, {
            "read_only": True,
            "help_text": relation.model_field.help_text,
            **({"many": True} if relation.to_many else {"allow_null": relation.model_field.null}),
        }

    def build_standard_field(self, field_name, model_field):
        if not isinstance(model_field, ListField):
            return super().build_standard_field(field_name, model_field)
        child = serializers.ChoiceField(model_field.enum.choices) if model_field.enum else serializers.CharField()
        return serializers.ListField, {"child": child, "read_only": True, "help_text": model_field.help_text}


class EntrySerializer(RecordSerializer):
    leading_fields = [*RecordSerializer.leading_fields, "name", "synonyms", "codes", "summary", "parents"]


class CancerSerializer(EntrySerializer):
    class Meta:
        model = Cancer


class SourceSerializer(RecordSerializer):
    field_dependencies = {"edition": ["earlier_editions"]}

    edition = serializers.IntegerField(
        read_only=True, min_value=1, help_text="Which edition of it is read now, counted from 1; see its editions."
    )

    class Meta:
        model = Source
