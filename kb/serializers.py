"""How records look on the wire, in the words of their models."""

from functools import cache
from itertools import chain

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from kb.fields import ListField, iso_duration
from kb.inheritance import Basis, Lineage, contested_by, paths, reason, rivals, subtree
from kb.models import Cancer, MetastaticSite, Passage, Source


def resource(model):
    """The name of a kind of record in addresses: its plural, such as side-effects."""
    return str(model._meta.verbose_name_plural).replace(" ", "-")


def address(record, context):
    """Where a record is found."""
    return reverse(f"{record._meta.model_name}-detail", [record.slug], request=context.get("request"))


class Reference(serializers.Serializer):
    """How a record appears inside another: enough to name it and to follow it."""

    slug = serializers.SlugField(help_text="Its permanent public identifier.")
    name = serializers.CharField(source="__str__", help_text="Its name.")
    url = serializers.SerializerMethodField(help_text="Its address.")

    def get_url(self, record) -> str:
        return address(record, self.context)


class PassageSerializer(serializers.ModelSerializer):
    """The place in a source that supports a statement: where to look, never a copy of its words."""

    source = Reference(read_only=True, help_text="The document in which it stands.")

    class Meta:
        model = Passage
        fields = ["source", "section", "first_line", "last_line"]


class ResourceSerializer(serializers.Serializer):
    """One kind of record that the knowledge base offers."""

    name = serializers.CharField(help_text="Its name in addresses.")
    description = serializers.CharField(help_text="What one record of it means.")
    count = serializers.IntegerField(help_text="How many are published.", min_value=0)
    url = serializers.URLField(help_text="The address of its list.")


class CodeSystemSerializer(serializers.Serializer):
    """A public vocabulary whose codes the entries carry."""

    prefix = serializers.CharField(help_text="What stands before the colon in a code.")
    name = serializers.CharField(help_text="Its name.")
    licence = serializers.CharField(help_text="On what terms its codes may be used.")


class ContentsSerializer(serializers.Serializer):
    """What the knowledge base is, and everything that it offers."""

    name = serializers.CharField(help_text="The name of the knowledge base.")
    about = serializers.CharField(help_text="What it is.")
    disclaimer = serializers.CharField(help_text="What it is not.")
    review = serializers.CharField(help_text="Whether a clinician has reviewed it.")
    version = serializers.CharField(help_text="The version of the software.")
    data_version = serializers.CharField(help_text="The version of the data: another one whenever the data differ.")
    licence = serializers.CharField(help_text="On what terms it may be used.")
    how_to_cite = serializers.CharField(help_text="How to name it in a publication.")
    code_systems = CodeSystemSerializer(many=True, help_text="The vocabularies of the codes, with their licences.")
    code_resolver = serializers.CharField(help_text="Where a code is explained; put the code in place of {curie}.")
    docs = serializers.URLField(help_text="Swagger UI, to read about the API and try it out.")
    schema = serializers.URLField(help_text="The OpenAPI description.")
    resources = ResourceSerializer(many=True, help_text="Every kind of record.")


class IsoDuration(serializers.DurationField):
    """A length of time in ISO 8601, such as P21D."""

    def to_representation(self, value):
        return iso_duration(value)


class RecordSerializer(serializers.ModelSerializer):
    """Shows a record in its model's words: all its own fields, related records as references, or only what is asked."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DurationField: IsoDuration
    }
    first, last = ["slug", "url"], ["reviewed_on", "updated_at"]
    needs = {}  # The model's fields behind a field of another name.

    url = serializers.SerializerMethodField(help_text="The record's address.")

    def __init_subclass__(cls):
        if model := getattr(getattr(cls, "Meta", None), "model", None):
            cls.__doc__ = model.__doc__
            hidden = {"id", "status", "replaced_by", "name_index", *chain(*cls.needs.values())}
            every = [field.name for field in [*model._meta.fields, *model._meta.many_to_many]]
            own = [name for name in every if name not in {*cls.first, *cls.last, *hidden}]
            cls.Meta.fields = [*cls.first, *own, *cls.needs, *cls.last]

    def __init__(self, *args, shown=None, **kwargs):
        self.shown = shown
        super().__init__(*args, **kwargs)

    def get_fields(self):
        return {name: field for name, field in super().get_fields().items() if self.shown is None or name in self.shown}

    def get_url(self, record) -> str:
        return address(record, self.context)

    def build_relational_field(self, field_name, relation):
        return Reference, {
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
    first = [*RecordSerializer.first, "name", "synonyms", "codes", "summary", "parent"]


class StatementSerializer(RecordSerializer):
    last = [
        "text",
        "population",
        "scope",
        "certainty",
        "citations",
        "basis",
        "via",
        "contested_by",
        *RecordSerializer.last,
    ]
    kinds = []  # The serializer of every kind of statement.

    citations = PassageSerializer(many=True, read_only=True, help_text="The passages of the sources that say so.")
    basis = serializers.SerializerMethodField(
        help_text="On what it answers: null unless a treatment or a cancer was asked about."
    )
    via = serializers.SerializerMethodField(
        help_text="The slugs from the entry that was asked about to the one that this is said of; null as for basis."
    )

    contested_by = serializers.SerializerMethodField(
        help_text="The slugs of statements nearer to the entry that say the opposite; null as for basis."
    )

    def __init_subclass__(cls):
        super().__init_subclass__()
        StatementSerializer.kinds.append(cls)

    @property
    def lineages(self):
        return self.context.get("lineages", [])

    def reason(self, statement):
        return reason(statement, self.lineages)

    @extend_schema_field(serializers.ChoiceField(Basis.choices, allow_null=True))
    def get_basis(self, statement):
        return self.reason(statement)[0]

    def get_via(self, statement) -> list[str] | None:
        return self.reason(statement)[1]

    def get_contested_by(self, statement) -> list[str] | None:
        if "rivals" not in self.context:  # Once for a list; the context is the list's.
            self.context["rivals"] = rivals(type(statement), self.lineages)
        return contested_by(statement, self.lineages, self.context["rivals"])


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


class CancerSerializer(EntrySerializer):
    class Meta:
        model = Cancer


class SourceSerializer(RecordSerializer):
    class Meta:
        model = Source


class MetastaticSiteSerializer(StatementSerializer):
    class Meta:
        model = MetastaticSite
