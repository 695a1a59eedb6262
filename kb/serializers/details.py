"""How one record looks: its fields, what must not be missed about it and, for an entry, all that is said about it."""

from functools import cache, partial

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.schema_refs import RED_FLAGS_SCHEMA
from kb.models import Entry, Source, resource_name
from kb.reasoning.inheritance import EntryTree, Lineage
from kb.reasoning.red_flags import entry_ids_named_by, find_red_flags
from kb.serializers.records import (
    GenericStatementSerializer,
    ReferenceSerializer,
    SourceSerializer,
    StatementSerializer,
)


def get_statement_serializer(kind):
    """The serializer of a kind of statement, wherever it is defined."""
    return next(serializer for serializer in StatementSerializer.statement_serializers if serializer.Meta.model is kind)


def serialize_red_flags(keys, context):
    """The red flags that touch these entries, as they are shown; nothing that was asked can leave them out."""
    context = {"request": context.get("request")}
    return [get_statement_serializer(type(flag))(flag, context=context).data for flag in find_red_flags(keys)]


class EntryStatementsSerializer(serializers.Serializer):
    """Everything that is said about an entry, by kind; what is said of a class it belongs to is marked inherited."""

    def __init__(self, *args, model, **kwargs):
        self.model = model
        super().__init__(*args, **kwargs)

    def get_fields(self):
        return {
            resource_name(kind.Meta.model).replace("-", "_"): kind(many=True, read_only=True, help_text=kind.__doc__)
            for kind in StatementSerializer.statement_serializers
            if kind.Meta.model.entry_field_names(self.model)
        }

    def to_representation(self, entry):
        tree = EntryTree(self.model)
        return {name: self.serialize_statements(field.child, entry, tree) for name, field in self.fields.items()}

    def serialize_statements(self, serializer, entry, tree):
        kind = serializer.Meta.model
        named, keys, matches = (
            kind.entry_field_names(self.model),
            tree.get_answering_entries({entry.pk}, kind.vital),
            models.Q(),
        )
        for field in named:
            matches |= models.Q(**{f"{field}__in": keys})
        found = list(
            kind.objects.public().with_related().filter(pk__in=kind.objects.filter(matches).order_by().values("pk"))
        )
        self.context.setdefault("collected_statements", []).extend(found)
        lineages = [Lineage(named, tree.get_ancestor_paths([entry.pk]))] if self.model.inherits else []
        return type(serializer)(found, many=True, context=self.context | {"lineages": lineages}).data


class CitedSourceSerializer(SourceSerializer):
    field_dependencies = {"cited_by": []}

    cited_by = serializers.SerializerMethodField(
        help_text="Every statement that cites it, in the order of the lines that they cite."
    )

    class Meta:
        model = Source

    @extend_schema_field(GenericStatementSerializer(many=True))
    def get_cited_by(self, source):
        found = []
        for kind in (serializer.Meta.model for serializer in StatementSerializer.statement_serializers):
            citing = kind.objects.filter(citations__source=source).order_by().values("pk")
            found += kind.objects.public().with_related({"citations"}).filter(pk__in=citing)
        self.context.setdefault("collected_statements", []).extend(found)
        return GenericStatementSerializer(
            sorted(found, key=partial(citation_sort_key, source)), many=True, context=self.context
        ).data


def citation_sort_key(source, statement):
    """Where a statement first cites a source."""
    lines = [cited.first_line for cited in statement.citations.all() if cited.source_id == source.pk]
    return min(lines), statement.slug


def get_detail_serializer(serializer):
    """The serializer of one record alone."""
    if issubclass(serializer.Meta.model, Entry):
        return build_entry_detail_serializer(serializer)
    return build_record_detail_serializer(
        serializer, CitedSourceSerializer if serializer.Meta.model is Source else None
    )


@cache
def build_record_detail_serializer(serializer, base=None):
    """The serializer of one record: its fields, and the red flags of every symptom that it names."""
    model = serializer.Meta.model

    class DetailSerializer(base or serializer):
        field_dependencies = (base or serializer).field_dependencies | {"red_flags": []}
        always_shown = frozenset({"red_flags"})
        Meta = type("Meta", (), {"model": model})

        red_flags = serializers.SerializerMethodField(
            help_text="The red flags of every symptom that this answer names; nothing leaves them out."
        )

        @extend_schema_field(RED_FLAGS_SCHEMA)
        def get_red_flags(self, record):
            return serialize_red_flags(
                entry_ids_named_by([record, *self.context.get("collected_statements", [])]), self.context
            )

    DetailSerializer.__name__ = DetailSerializer.__qualname__ = f"{model._meta.object_name}DetailSerializer"
    return DetailSerializer


@cache
def build_entry_detail_serializer(serializer):
    """The serializer of one entry: its fields, its place in the tree, and all that is said about it."""
    model = serializer.Meta.model
    name = model._meta.object_name

    class EntryDetailBase(serializer):
        field_dependencies = {"breadcrumb": [], "members": [], "statements": []}
        Meta = type("Meta", (), {"model": model})

        breadcrumb = serializers.SerializerMethodField(help_text="The entries that it belongs to, the broadest first.")
        members = serializers.SerializerMethodField(help_text="The entries that belong to it.")
        statements = type(
            f"{name}Statements", (EntryStatementsSerializer,), {"__doc__": EntryStatementsSerializer.__doc__}
        )(model=model, source="*", read_only=True, help_text="Everything that is said about it, by kind.")

        @extend_schema_field(ReferenceSerializer(many=True))
        def get_breadcrumb(self, entry):
            return self.serialize_references(entry.ancestors())

        @extend_schema_field(ReferenceSerializer(many=True))
        def get_members(self, entry):
            return self.serialize_references(entry.members.public())

        def serialize_references(self, entries):
            return ReferenceSerializer(entries, many=True, context=self.context).data

    return build_record_detail_serializer(serializer, EntryDetailBase)
