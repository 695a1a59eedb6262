"""How records look on the wire: all their own fields, in the words of their models."""

from itertools import chain

from django.db import models
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from kb.choices import Certainty, Population, Scope
from kb.fields import ListField, format_iso_duration
from kb.models import Cancer, MetastaticSite, Source, resource_name
from kb.reasoning.disagreements import Explainer, Verdict, group_disagreements_by_statement
from kb.reasoning.inheritance import Basis, find_contesting_slugs, infer_basis_and_path
from kb.serializers.references import PassageSerializer, ReferenceSerializer, build_record_url


class IsoDurationField(serializers.DurationField):
    """A length of time in ISO 8601, such as P21D."""

    def to_representation(self, value):
        return format_iso_duration(value)


class RecordSerializer(serializers.ModelSerializer):
    """Shows a record in its model's words: all its own fields, related records as references, or only what is asked."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DurationField: IsoDurationField
    }
    leading_fields, trailing_fields = ["slug", "url"], ["reviewed_on", "updated_at"]
    field_dependencies = {}  # The model's fields behind a field of another name.
    always_shown = frozenset()  # The fields that are shown whatever is asked for.
    suggestable_fields = {}  # What each kind of record tells of itself: the fields in which it may be wrong.
    public_names_by_column = {}  # For each kind of record, the fields under which columns of other names are shown.

    url = serializers.SerializerMethodField(help_text="The record's address.")

    def __init_subclass__(cls):
        if model := getattr(getattr(cls, "Meta", None), "model", None):
            cls.__doc__ = model.__doc__
            hidden = {
                "id",
                "status",
                "replaced_by",
                *model.derived,
                *model.internal,
                *chain(*cls.field_dependencies.values()),
            }
            every = [field.name for field in [*model._meta.fields, *model._meta.many_to_many]]
            own = [name for name in every if name not in {*cls.leading_fields, *cls.trailing_fields, *hidden}]
            cls.Meta.fields = [*cls.leading_fields, *own, *cls.field_dependencies, *cls.trailing_fields]
            suggestable = [name for name in cls.Meta.fields if name in every or cls.field_dependencies.get(name)]
            RecordSerializer.suggestable_fields.setdefault(model, suggestable)
            RecordSerializer.public_names_by_column.setdefault(
                model, {c: name for name, behind in cls.field_dependencies.items() for c in behind}
            )

    def __init__(self, *args, selected_fields=None, **kwargs):
        self.selected_fields = selected_fields
        super().__init__(*args, **kwargs)

    def get_fields(self):
        found = super().get_fields()
        for field in found.values():
            field.read_only = True  # Nothing is taken, all is shown: so OpenAPI says that each of them always comes.
        return {
            name: found[name]
            for name in found
            if self.selected_fields is None or name in {*self.selected_fields, *self.always_shown}
        }

    def get_url(self, record) -> str:
        return build_record_url(record, self.context)

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
    leading_fields = [*RecordSerializer.leading_fields, "name", "synonyms", "codes", "summary", "parent"]


class StatementListSerializer(serializers.ListSerializer):
    """Statements of one kind, shown together: what each needs to be told is looked up once for all of them."""

    def to_representation(self, data):
        statements = list(data)
        self.child.preload_shared_data(statements)
        return super().to_representation(statements)


class DisagreementNoteSerializer(serializers.Serializer):
    """Another statement that contradicts this one on a point, and what explains it, if the sources do."""

    slug = serializers.SlugField(source="right.slug", help_text="The slug of the other statement, of the same kind.")
    point = serializers.CharField(help_text="The field in which they contradict each other.")
    verdict = serializers.ChoiceField(Verdict.choices, help_text="Whether the sources themselves resolve it.")
    explained_by = serializers.ChoiceField(
        Explainer.choices, allow_null=True, help_text="What resolves it; null while it is open."
    )


class InferenceFieldsMixin(serializers.Serializer):
    """Tells on what a statement answers, and what contradicts it."""

    disagreements_by_model = None  # The disagreements of the statements that are shown together, by kind.

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

    def preload_shared_data(self, statements):
        """Look up, once for all of them, what these statements are shown with."""
        self.disagreements_by_model = dict(
            self.context.get("disagreements_by_model", {})
        )  # Looked up already, where there are several lists.
        for kind in {type(statement) for statement in statements}.difference(self.disagreements_by_model):
            self.disagreements_by_model[kind] = group_disagreements_by_statement(
                kind, [statement for statement in statements if type(statement) is kind]
            )

    def to_representation(self, statement):
        if self.disagreements_by_model is None:
            self.preload_shared_data([statement])
        return super().to_representation(statement)

    def get_lineages(self, statement):
        """What was asked about: by the whole list, or where one statement answers in its own way."""
        return getattr(statement, "lineages", None) or self.context.get("lineages", [])

    @extend_schema_field(serializers.ChoiceField(Basis.choices, allow_null=True))
    def get_basis(self, statement):
        return infer_basis_and_path(statement, self.get_lineages(statement))[0]

    def get_via(self, statement) -> list[str] | None:
        return infer_basis_and_path(statement, self.get_lineages(statement))[1]

    def get_contested_by(self, statement) -> list[str] | None:
        rivals = [found.right for found in self.disagreements_by_model[type(statement)][statement.pk]]
        return find_contesting_slugs(statement, self.get_lineages(statement), rivals)

    @extend_schema_field(DisagreementNoteSerializer(many=True))
    def get_disagreements(self, statement):
        found = [found for found in self.disagreements_by_model[type(statement)][statement.pk] if not found.is_partial]
        return DisagreementNoteSerializer(found, many=True).data


@extend_schema_serializer(component_name="Stated")
class GenericStatementSerializer(InferenceFieldsMixin):
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
        list_serializer_class = StatementListSerializer

    def get_kind(self, statement) -> str:
        return resource_name(type(statement))

    def get_url(self, statement) -> str:
        return build_record_url(statement, self.context)


class StatementSerializer(InferenceFieldsMixin, RecordSerializer):
    trailing_fields = [
        "text",
        "population",
        "scope",
        "certainty",
        "citations",
        "basis",
        "via",
        "contested_by",
        "disagreements",
        *RecordSerializer.trailing_fields,
    ]
    statement_serializers = []  # The serializer of every kind of statement.
    clinical_use = None  # How it is said as a ClinicalUseDefinition of FHIR, where it can be.

    citations = PassageSerializer(many=True, read_only=True, help_text="The passages of the sources that say so.")

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls.Meta.list_serializer_class = StatementListSerializer
        if cls.Meta.model not in [kind.Meta.model for kind in StatementSerializer.statement_serializers]:
            StatementSerializer.statement_serializers.append(cls)

    def preload_shared_data(self, statements):
        contested = self.selected_fields is None or not {"contested_by", "disagreements"}.isdisjoint(
            self.selected_fields
        )
        super().preload_shared_data(statements if contested else [])


class CancerSerializer(EntrySerializer):
    class Meta:
        model = Cancer


class SourceSerializer(RecordSerializer):
    class Meta:
        model = Source


class MetastaticSiteSerializer(StatementSerializer):
    class Meta:
        model = MetastaticSite
