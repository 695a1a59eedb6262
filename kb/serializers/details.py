"""How one entry looks: its place in the tree, and all that is said about it."""

from functools import cache

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.inheritance import Lineage, paths, subtree
from kb.serializers.records import Reference, StatementSerializer, resource


class StatementsAbout(serializers.Serializer):
    """Everything that is said about an entry, by kind; what is said of a class it belongs to is marked inherited."""

    def __init__(self, *args, model, vital=False, **kwargs):
        self.model, self.vital = model, vital
        super().__init__(*args, **kwargs)

    def get_fields(self):
        return {
            resource(kind.Meta.model).replace("-", "_"): kind(many=True, read_only=True, help_text=kind.__doc__)
            for kind in StatementSerializer.kinds
            if self.naming(kind.Meta.model) and kind.Meta.model.vital >= self.vital
        }

    def naming(self, statement):
        """The fields in which a kind of statement names entries of this model."""
        return tuple(field.name for field in statement.entry_fields() if field.related_model is self.model)

    def to_representation(self, entry):
        above = paths([entry])
        keys = set(above) if self.model.inherits else subtree([entry])
        return {
            name: self.of_kind(field.child, keys | set(above) if field.child.Meta.model.vital else keys, above)
            for name, field in self.fields.items()
        }

    def of_kind(self, serializer, keys, above):
        kind = serializer.Meta.model
        named, matches = self.naming(kind), models.Q()
        for field in named:
            matches |= models.Q(**{f"{field}__in": keys})
        found = kind.objects.public().with_related().filter(pk__in=kind.objects.filter(matches).order_by().values("pk"))
        lineages = [Lineage(named, above)] if self.model.inherits else []
        return type(serializer)(found, many=True, context=self.context | {"lineages": lineages}).data


@cache
def detail_of(serializer):
    """The serializer of one entry: its fields, its place in the tree, and all that is said about it."""
    model = serializer.Meta.model
    name = model._meta.object_name

    class Detail(serializer):
        needs = {"breadcrumb": [], "members": [], "statements": []}
        Meta = type("Meta", (), {"model": model})

        breadcrumb = serializers.SerializerMethodField(help_text="The entries that it belongs to, the broadest first.")
        members = serializers.SerializerMethodField(help_text="The entries that belong to it.")
        statements = type(f"{name}Statements", (StatementsAbout,), {"__doc__": StatementsAbout.__doc__})(
            model=model, source="*", read_only=True, help_text="Everything that is said about it, by kind."
        )

        def get_fields(self):
            """Whatever is asked, what may not be missed stays in the answer: the red flags of a symptom."""
            found = super().get_fields()
            if "statements" not in found:
                vital = StatementsAbout(model=model, vital=True, source="*", read_only=True)
                found |= {"statements": vital} if vital.get_fields() else {}
            return found

        @extend_schema_field(Reference(many=True))
        def get_breadcrumb(self, entry):
            return self.references(entry.ancestors())

        @extend_schema_field(Reference(many=True))
        def get_members(self, entry):
            return self.references(entry.members.public())

        def references(self, entries):
            return Reference(entries, many=True, context=self.context).data

    Detail.__name__ = Detail.__qualname__ = f"{name}DetailSerializer"
    return Detail
