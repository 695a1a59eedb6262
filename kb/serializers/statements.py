"""Serializers of statements: with what limits each, the basis on which it answers, and what contradicts it."""

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from kb.choices import Certainty, Population, Scope
from kb.models import MetastaticSite, resource_name
from kb.reasoning.citation_notices import describe_citation_notices
from kb.reasoning.claims import Explainer, Verdict, get_key
from kb.reasoning.disagreement_index import find_disagreements_of_each
from kb.reasoning.inheritance import Basis, find_contesting_statements, infer_basis_and_path
from kb.reasoning.limits import describe_limits
from kb.serializers.context import get_answer_context
from kb.serializers.records import RecordSerializer
from kb.serializers.references import PassageSerializer, build_record_url
from kb.serializers.row_cache import RowCacheMixin
from kb.serializers.support import CITED_FIELDS, SUPPORT_FIELDS, SupportFieldsMixin

MAX_NOTES = 20  # Of disagreements on one statement.


class StatementListSerializer(serializers.ListSerializer):
    """A list of statements: looks up what they need once for all of them."""

    def to_representation(self, data):
        statements = list(data)
        if statements:
            self.child.preload_shared_data(statements)
        return super().to_representation(statements)


class StatementKeySerializer(serializers.Serializer):
    """Which statement it is, of any kind."""

    kind = serializers.SerializerMethodField(help_text="What kind of statement it is, as in addresses.")
    slug = serializers.SlugField(help_text="Its permanent public identifier.")

    def get_kind(self, statement) -> str:
        return resource_name(type(statement))


class StatementNameSerializer(StatementKeySerializer):
    """Which statement it is, of any kind, and what it says within which limits."""

    text = serializers.CharField(help_text="What it says, in one plain sentence of our own.")
    limits = serializers.SerializerMethodField(help_text="What limits it, in a sentence each.")

    def get_limits(self, statement) -> list[str]:
        return describe_limits(statement)


class DisagreementNoteSerializer(serializers.Serializer):
    """Another statement that contradicts this one on a point, and what explains it, if the sources do."""

    kind = serializers.SerializerMethodField(help_text="What kind of statement the other is, as in addresses.")
    slug = serializers.SlugField(source="right.slug", help_text="The slug of the other statement.")
    text = serializers.CharField(source="right.text", help_text="What the other says, in one plain sentence.")
    limits = serializers.SerializerMethodField(help_text="What limits the other, in a sentence each.")
    point = serializers.CharField(help_text="On what they contradict each other, such as movement.")
    verdict = serializers.ChoiceField(Verdict.choices, help_text="Whether the sources themselves resolve it.")
    explained_by = serializers.ChoiceField(
        Explainer.choices, allow_null=True, help_text="What resolves it; null while it is open."
    )

    def get_kind(self, disagreement) -> str:
        return resource_name(type(disagreement.right))

    def get_limits(self, disagreement) -> list[str]:
        return describe_limits(disagreement.right)


class InferenceFieldsMixin(serializers.Serializer):
    """The fields that say on what basis and within what limits a statement answers, and what contradicts it."""

    question_fields = frozenset({"basis", "via", "contested_by"})
    disagreements_by_key = None  # Of the statements that are serialized together, by their keys.

    basis = serializers.SerializerMethodField(
        help_text="On what it answers: null unless a treatment or a cancer was asked about."
    )
    via = serializers.SerializerMethodField(
        help_text="The slugs from the entry that was asked about to the one that this is said of; null as for basis."
    )
    limits = serializers.SerializerMethodField(
        help_text="What limits it, in a sentence each: to which people, use or cause; empty if nothing is said to."
    )
    notices = serializers.SerializerMethodField(
        help_text="What to know of its sources, in a sentence each: withdrawn, or with other words in a newer edition."
    )
    contested_by = serializers.SerializerMethodField(
        help_text="The statements nearer to the entry that say the opposite, of any kind; null as for basis."
    )
    disagreements = serializers.SerializerMethodField(
        help_text="The statements that contradict it on a point, 20 at most; /disagreements/ sets all side by side."
    )

    class Meta:
        list_serializer_class = StatementListSerializer

    def preload_shared_data(self, statements):
        """Look up the disagreements of these statements."""
        self.disagreements_by_key = find_disagreements_of_each(statements, get_answer_context(self.context).hierarchies)

    def to_representation(self, statement):
        if self.disagreements_by_key is None:
            self.preload_shared_data([statement])
        return super().to_representation(statement)

    def get_lineages(self, statement):
        """Return what was asked about: by the request, or for this copy of the statement alone."""
        return getattr(statement, "lineages", None) or get_answer_context(self.context).lineages

    @extend_schema_field(serializers.ChoiceField(Basis.choices, allow_null=True))
    def get_basis(self, statement):
        return infer_basis_and_path(statement, self.get_lineages(statement))[0]

    def get_via(self, statement) -> list[str] | None:
        return infer_basis_and_path(statement, self.get_lineages(statement))[1]

    def get_limits(self, statement) -> list[str]:
        return describe_limits(statement)

    def get_notices(self, statement) -> list[str]:
        return describe_citation_notices(statement)

    @extend_schema_field(StatementNameSerializer(many=True, allow_null=True))
    def get_contested_by(self, statement):
        pairs = self.disagreements_by_key[get_key(statement)]
        contesting = find_contesting_statements(statement, self.get_lineages(statement), pairs)
        return contesting and StatementNameSerializer(contesting, many=True).data

    @extend_schema_field(DisagreementNoteSerializer(many=True))
    def get_disagreements(self, statement):
        pairs = [pair for pair in self.disagreements_by_key[get_key(statement)] if not pair.is_partial]
        return DisagreementNoteSerializer(pairs[:MAX_NOTES], many=True).data if pairs else []


class StatementReferenceSerializer(StatementKeySerializer):
    """A statement of any kind in short: which it is, and what it says."""

    url = serializers.SerializerMethodField(help_text="Its address.")
    text = serializers.CharField(help_text="What is asserted, in one plain sentence of our own.")

    def get_url(self, statement) -> str:
        return build_record_url(statement, self.context)


@extend_schema_serializer(component_name="Stated")
class GenericStatementSerializer(InferenceFieldsMixin, RowCacheMixin, StatementReferenceSerializer):
    """A statement of any kind: what it says, for whom, how firmly, and on whose word."""

    population = serializers.ChoiceField(Population.choices, help_text="For whom it holds, as far as the source says.")
    scope = serializers.ChoiceField(Scope.choices, help_text="Said of a class: whether it holds of all its members.")
    certainty = serializers.ChoiceField(Certainty.choices, help_text="How firmly the source says it.")
    citations = PassageSerializer(many=True, help_text="The passages of the sources that say so.")


class StatementSerializer(InferenceFieldsMixin, SupportFieldsMixin, RecordSerializer):
    """The base of the serializers of statements; their `Meta` inherits from its own, as in models."""

    trailing_fields = [
        "text",
        "population",
        "scope",
        "certainty",
        "citations",
        *SUPPORT_FIELDS,
        "basis",
        "via",
        "limits",
        "notices",
        "contested_by",
        "disagreements",
        *RecordSerializer.trailing_fields,
    ]
    clinical_use = None  # How it is said as a ClinicalUseDefinition of FHIR, where it can be.

    citations = PassageSerializer(many=True, read_only=True, help_text="The passages of the sources that say so.")

    @classmethod
    def public_field_names(cls):
        """Return the names of all fields that are shown: those that limit the statement after those of its subjects."""
        names, limiting = super().public_field_names(), cls.get_own_limit_field_names()
        names = [name for name in names if name not in limiting]
        first = names.index(cls.trailing_fields[0])
        return [*names[:first], *limiting, *names[first:]]

    @classmethod
    def get_own_limit_field_names(cls):
        """Return the names of the limiting fields that not every statement has."""
        return [name for name in cls.Meta.model.limit_field_names() if name not in cls.trailing_fields]

    @classmethod
    def needed_columns(cls, field_names):
        """Return the names of these fields and of the columns that they are made of."""
        limiting = cls.Meta.model.limit_field_names() if "limits" in field_names else ()
        cited = () if (CITED_FIELDS | {"notices"}).isdisjoint(field_names) else ("citations",)
        return {*super().needed_columns(field_names), *limiting, *cited}

    def preload_shared_data(self, statements):
        """Look up the disagreements, and what supports the statements, unless no selected field shows them."""
        super().preload_shared_data(statements if self.shows_any_of({"contested_by", "disagreements"}) else [])
        if self.shows_any_of(SUPPORT_FIELDS):
            self.find_support(statements)

    def shows_any_of(self, names):
        """Return whether one of these fields is shown."""
        return self.selected_fields is None or not set(names).isdisjoint(self.selected_fields)


class MetastaticSiteSerializer(StatementSerializer):
    class Meta(StatementSerializer.Meta):
        model = MetastaticSite
