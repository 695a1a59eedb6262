"""How one record looks: its fields, what must not be missed about it and, for an entry, all that is said about it."""

from functools import cache, partial

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.schema_refs import RED_FLAGS
from kb.models import Entry, Source
from kb.reasoning.inheritance import Lineage, Tree
from kb.reasoning.red_flags import named_by, red_flags
from kb.serializers.records import Reference, SourceSerializer, StatedSerializer, StatementSerializer, resource


def serializer_of(kind):
    """The serializer of a kind of statement, wherever it is defined."""
    return next(serializer for serializer in StatementSerializer.kinds if serializer.Meta.model is kind)


def shown_red_flags(keys, context):
    """The red flags that touch these entries, as they are shown; nothing that was asked can leave them out."""
    context = {"request": context.get("request")}
    return [serializer_of(type(flag))(flag, context=context).data for flag in red_flags(keys)]


class StatementsAbout(serializers.Serializer):
    """Everything that is said about an entry, by kind; what is said of a class it belongs to is marked inherited."""

    def __init__(self, *args, model, **kwargs):
        self.model = model
        super().__init__(*args, **kwargs)

    def get_fields(self):
        return {
            resource(kind.Meta.model).replace("-", "_"): kind(many=True, read_only=True, help_text=kind.__doc__)
            for kind in StatementSerializer.kinds
            if kind.Meta.model.naming(self.model)
        }

    def to_representation(self, entry):
        tree = Tree(self.model)
        return {name: self.of_kind(field.child, entry, tree) for name, field in self.fields.items()}

    def of_kind(self, serializer, entry, tree):
        kind = serializer.Meta.model
        named, keys, matches = kind.naming(self.model), tree.named_for({entry.pk}, kind.vital), models.Q()
        for field in named:
            matches |= models.Q(**{f"{field}__in": keys})
        found = list(
            kind.objects.public().with_related().filter(pk__in=kind.objects.filter(matches).order_by().values("pk"))
        )
        self.context.setdefault("spoken_of", []).extend(found)
        lineages = [Lineage(named, tree.paths([entry.pk]))] if self.model.inherits else []
        return type(serializer)(found, many=True, context=self.context | {"lineages": lineages}).data


class CitedSource(SourceSerializer):
    needs = {"cited_by": []}

    cited_by = serializers.SerializerMethodField(
        help_text="Every statement that cites it, in the order of the lines that they cite."
    )

    class Meta:
        model = Source

    @extend_schema_field(StatedSerializer(many=True))
    def get_cited_by(self, source):
        found = []
        for kind in (serializer.Meta.model for serializer in StatementSerializer.kinds):
            citing = kind.objects.filter(citations__source=source).order_by().values("pk")
            found += kind.objects.public().with_related({"citations"}).filter(pk__in=citing)
        self.context.setdefault("spoken_of", []).extend(found)
        return StatedSerializer(sorted(found, key=partial(place_in, source)), many=True, context=self.context).data


def place_in(source, statement):
    """Where a statement first cites a source."""
    lines = [cited.first_line for cited in statement.citations.all() if cited.source_id == source.pk]
    return min(lines), statement.slug


def detail_of(serializer):
    """The serializer of one record alone."""
    if issubclass(serializer.Meta.model, Entry):
        return entry_detail(serializer)
    return record_detail(serializer, CitedSource if serializer.Meta.model is Source else None)


@cache
def record_detail(serializer, base=None):
    """The serializer of one record: its fields, and the red flags of every symptom that it names."""
    model = serializer.Meta.model

    class Detail(base or serializer):
        needs = (base or serializer).needs | {"red_flags": []}
        always = frozenset({"red_flags"})
        Meta = type("Meta", (), {"model": model})

        red_flags = serializers.SerializerMethodField(
            help_text="The red flags of every symptom that this answer names; nothing leaves them out."
        )

        @extend_schema_field(RED_FLAGS)
        def get_red_flags(self, record):
            return shown_red_flags(named_by([record, *self.context.get("spoken_of", [])]), self.context)

    Detail.__name__ = Detail.__qualname__ = f"{model._meta.object_name}DetailSerializer"
    return Detail


@cache
def entry_detail(serializer):
    """The serializer of one entry: its fields, its place in the tree, and all that is said about it."""
    model = serializer.Meta.model
    name = model._meta.object_name

    class Placed(serializer):
        needs = {"breadcrumb": [], "members": [], "statements": []}
        Meta = type("Meta", (), {"model": model})

        breadcrumb = serializers.SerializerMethodField(help_text="The entries that it belongs to, the broadest first.")
        members = serializers.SerializerMethodField(help_text="The entries that belong to it.")
        statements = type(f"{name}Statements", (StatementsAbout,), {"__doc__": StatementsAbout.__doc__})(
            model=model, source="*", read_only=True, help_text="Everything that is said about it, by kind."
        )

        @extend_schema_field(Reference(many=True))
        def get_breadcrumb(self, entry):
            return self.references(entry.ancestors())

        @extend_schema_field(Reference(many=True))
        def get_members(self, entry):
            return self.references(entry.members.public())

        def references(self, entries):
            return Reference(entries, many=True, context=self.context).data

    return record_detail(serializer, Placed)
