"""How records look on the wire: all their own fields, in the words of their models."""

from itertools import chain

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.choices import Certainty, Population, Scope
from kb.fields import ListField, iso_duration
from kb.models import Cancer, MetastaticSite, Passage, Source, resource
from kb.reasoning.disagreements import Explainer, Verdict, contests
from kb.reasoning.inheritance import Basis, contested_by, reason
from kb.utils.urls import address_of


def address(record, context):
    """Where a record is found."""
    return address_of(f"{record._meta.model_name}-detail", record.slug, request=context.get("request"))


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
    always = frozenset()  # The fields that are shown whatever is asked for.
    told = {}  # What each kind of record tells of itself: the fields in which it may be wrong.
    shown_as = {}  # For each kind of record, the fields under which columns of other names are shown.

    url = serializers.SerializerMethodField(help_text="The record's address.")

    def __init_subclass__(cls):
        if model := getattr(getattr(cls, "Meta", None), "model", None):
            cls.__doc__ = model.__doc__
            hidden = {"id", "status", "replaced_by", *model.derived, *model.internal, *chain(*cls.needs.values())}
            every = [field.name for field in [*model._meta.fields, *model._meta.many_to_many]]
            own = [name for name in every if name not in {*cls.first, *cls.last, *hidden}]
            cls.Meta.fields = [*cls.first, *own, *cls.needs, *cls.last]
            told = [name for name in cls.Meta.fields if name in every or cls.needs.get(name)]
            RecordSerializer.told.setdefault(model, told)
            RecordSerializer.shown_as.setdefault(model, {c: name for name, behind in cls.needs.items() for c in behind})

    def __init__(self, *args, shown=None, **kwargs):
        self.shown = shown
        super().__init__(*args, **kwargs)

    def get_fields(self):
        found = super().get_fields()
        for field in found.values():
            field.read_only = True  # Nothing is taken, all is shown: so OpenAPI says that each of them always comes.
        return {name: found[name] for name in found if self.shown is None or name in {*self.shown, *self.always}}

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


class StatementList(serializers.ListSerializer):
    """Statements of one kind, shown together: what each needs to be told is looked up once for all of them."""

    def to_representation(self, data):
        statements = list(data)
        self.child.prepare(statements)
        return super().to_representation(statements)


class DisagreementNote(serializers.Serializer):
    """Another statement that contradicts this one on a point, and what explains it, if the sources do."""

    slug = serializers.SlugField(source="other.slug", help_text="The slug of the other statement, of the same kind.")
    point = serializers.CharField(help_text="The field in which they contradict each other.")
    verdict = serializers.ChoiceField(Verdict.choices, help_text="Whether the sources themselves resolve it.")
    explained_by = serializers.ChoiceField(
        Explainer.choices, allow_null=True, help_text="What resolves it; null while it is open."
    )


class Reasoned(serializers.Serializer):
    """Tells on what a statement answers, and what contradicts it."""

    contests = None  # The disagreements of the statements that are shown together, by kind.

    basis = serializers.SerializerMethodField(
        help_text="On what it answers: null unless a treatment or a cancer was asked about."
    )
    via = serializers.SerializerMethodField(
        help_text="The slugs from the entry that was asked about to the one that this is said of; null as for basis."
    )
    contested_by = serializers.SerializerMethodField(
        help_text="The slugs of statements nearer to the entry that say the opposite; null as for basis."
    )
    disagreements = serializers.SerializerMethodField(
        help_text="The statements that contradict it on a point; /disagreements/ sets them side by side."
    )

    def prepare(self, statements):
        """Look up, once for all of them, what these statements are shown with."""
        self.contests = dict(self.context.get("contests", {}))  # Looked up already, where there are several lists.
        for kind in {type(statement) for statement in statements}.difference(self.contests):
            self.contests[kind] = contests(kind, [statement for statement in statements if type(statement) is kind])

    def to_representation(self, statement):
        if self.contests is None:
            self.prepare([statement])
        return super().to_representation(statement)

    def lineages(self, statement):
        """What was asked about: by the whole list, or where one statement answers in its own way."""
        return getattr(statement, "lineages", None) or self.context.get("lineages", [])

    @extend_schema_field(serializers.ChoiceField(Basis.choices, allow_null=True))
    def get_basis(self, statement):
        return reason(statement, self.lineages(statement))[0]

    def get_via(self, statement) -> list[str] | None:
        return reason(statement, self.lineages(statement))[1]

    def get_contested_by(self, statement) -> list[str] | None:
        rivals = [found.other for found in self.contests[type(statement)][statement.pk]]
        return contested_by(statement, self.lineages(statement), rivals)

    @extend_schema_field(DisagreementNote(many=True))
    def get_disagreements(self, statement):
        found = [found for found in self.contests[type(statement)][statement.pk] if not found.of_some]
        return DisagreementNote(found, many=True).data


class StatedSerializer(Reasoned):
    """A statement of any kind: what it says, for whom, how firmly, and on whose word."""

    kind = serializers.SerializerMethodField(help_text="What kind of statement it is, as in addresses.")
    slug = serializers.SlugField(help_text="Its permanent public identifier.")
    url = serializers.SerializerMethodField(help_text="Its address.")
    text = serializers.CharField(help_text="What is asserted, in one plain sentence of our own.")
    population = serializers.ChoiceField(Population.choices, help_text="For whom it holds, as far as the source says.")
    scope = serializers.ChoiceField(Scope.choices, help_text="Said of a class: whether it holds of all its members.")
    certainty = serializers.ChoiceField(Certainty.choices, help_text="How firmly the source says it.")
    citations = PassageSerializer(many=True, help_text="The passages of the sources that say so.")

    class Meta:
        list_serializer_class = StatementList

    def get_kind(self, statement) -> str:
        return resource(type(statement))

    def get_url(self, statement) -> str:
        return address(statement, self.context)


class StatementSerializer(Reasoned, RecordSerializer):
    last = [
        "text",
        "population",
        "scope",
        "certainty",
        "citations",
        "basis",
        "via",
        "contested_by",
        "disagreements",
        *RecordSerializer.last,
    ]
    kinds = []  # The serializer of every kind of statement.
    clinical_use = None  # How it is said as a ClinicalUseDefinition of FHIR, where it can be.

    citations = PassageSerializer(many=True, read_only=True, help_text="The passages of the sources that say so.")

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls.Meta.list_serializer_class = StatementList
        if cls.Meta.model not in [kind.Meta.model for kind in StatementSerializer.kinds]:
            StatementSerializer.kinds.append(cls)

    def prepare(self, statements):
        contested = self.shown is None or not {"contested_by", "disagreements"}.isdisjoint(self.shown)
        super().prepare(statements if contested else [])


class CancerSerializer(EntrySerializer):
    class Meta:
        model = Cancer


class SourceSerializer(RecordSerializer):
    class Meta:
        model = Source


class MetastaticSiteSerializer(StatementSerializer):
    class Meta:
        model = MetastaticSite
