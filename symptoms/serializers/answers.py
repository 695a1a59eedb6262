"""Serializers of the answers to questions about a symptom: ask, explain and differential."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.reasoning.inheritance import Basis
from kb.reasoning.links import LinkStrength
from kb.serializers import (
    AnswerPagesSerializer,
    DisagreementSerializer,
    GenericStatementSerializer,
    InterpretedMixin,
    PathSerializer,
    ReferenceSerializer,
    UnknownMixin,
)
from symptoms.choices import Aspect, Explanation, Question
from symptoms.serializers.records import (
    ComparisonSerializer,
    DistinguishingFeatureSerializer,
    ManagementOptionSerializer,
    ManifestationSerializer,
    RedFlagSerializer,
    RiskFactorSerializer,
    SideEffectSerializer,
)
from treatments.serializers import CautionSerializer


class SuspectSerializer(serializers.Serializer):
    """One thing that is taken, and what is said of it, or of its class, about the symptom."""

    treatment = ReferenceSerializer(help_text="What is taken.")
    link = serializers.ChoiceField(LinkStrength.choices, help_text="By what it is linked to the symptom at most.")
    basis = serializers.ChoiceField(
        Basis.choices,
        allow_null=True,
        help_text="On what it rests that it could be the cause; null if nothing says so.",
    )
    says = serializers.CharField(help_text="The same in words. That nothing is stated never means that it cannot be.")
    causes = SideEffectSerializer(many=True, help_text="What is said to bring the symptom on, nearest first.")
    broader = SideEffectSerializer(many=True, help_text="What is said to bring a broader symptom on, nearest first.")
    risk_factors = RiskFactorSerializer(many=True, help_text="Where it is said to raise or lower the risk of it.")
    comparisons = ComparisonSerializer(many=True, help_text="How it is compared with other treatments as to it.")
    chains = PathSerializer(many=True, help_text="Chains of causes of several steps that lead from it to the symptom.")
    protects = SideEffectSerializer(
        many=True, help_text="What is said to protect from it, or from a broader symptom, nearest first."
    )
    helps = ManagementOptionSerializer(
        many=True, help_text="Where it is said to help with it, or with a broader symptom: what helps can harm."
    )
    mentioned_in = GenericStatementSerializer(
        many=True, help_text="What else speaks of the two together: advice, explanations, switches."
    )


class ExplainSerializer(UnknownMixin, InterpretedMixin):
    """Which of the things that are taken could bring a symptom on, what must not be missed, and what helps to tell."""

    symptom = ReferenceSerializer(help_text="The symptom that was asked about; its kinds are included.")
    taking = SuspectSerializer(many=True, help_text="Each thing that is taken, as it was asked.")
    shown_in = ManifestationSerializer(
        many=True, help_text="The cancers and conditions in which the symptom is said to show, whatever is taken."
    )
    cautions = CautionSerializer(many=True, help_text="What needs care between two of the things that are taken.")
    red_flags = RedFlagSerializer(many=True, help_text="The signs that call for action; nothing leaves them out.")
    serious_harms = SideEffectSerializer(
        many=True, help_text="The serious harms of what is taken that are this symptom or show as it; always told."
    )
    features = DistinguishingFeatureSerializer(
        many=True, help_text="The features of such a pain that tell a treatment from spread to the bone."
    )
    disagreements = DisagreementSerializer(
        many=True,
        help_text="Where the sources disagree on what such a pain is like, as `features` and `shown_in` of this page "
        "say it: 50 at most, the open ones first; /disagreements/ has them all.",
    )
    pages = AnswerPagesSerializer()
    note = serializers.CharField(help_text="What the answer is, and what it is not.")


class AskSerializer(ExplainSerializer):
    """What is asked of a symptom in one answer: what could bring it on, what must not be missed, and what helps."""

    having = ReferenceSerializer(many=True, help_text="What else there is, as the question says.")
    options = serializers.SerializerMethodField(
        help_text="What helps, and with what care: the answer of `/management-options/` to the same question."
    )

    def get_fields(self):
        """Return the fields with what must not be missed before all that is answered."""
        fields = super().get_fields()
        first = ["unknown", "interpreted", "symptom", "having", "red_flags", "serious_harms", "taking", "options"]
        return {name: fields[name] for name in dict.fromkeys([*first, *fields])}

    @extend_schema_field({"$ref": "#/components/schemas/PaginatedManagementOptionList"})
    def get_options(self, answer):
        return answer["options"]


class FeatureSerializer(DistinguishingFeatureSerializer):
    field_dependencies = {"given": []}
    question_fields = DistinguishingFeatureSerializer.question_fields | {"given"}

    given = serializers.BooleanField(read_only=True, help_text="Whether it is one of those that were given.")


class SideSerializer(serializers.Serializer):
    """The features that speak for one explanation."""

    points_to = serializers.ChoiceField(Explanation.choices, help_text="The explanation.")
    label = serializers.CharField(help_text="The same in words.")
    features = FeatureSerializer(
        many=True, help_text="The features that speak for it; those that were given are marked."
    )


class SideBySideSerializer(serializers.Serializer):
    """One aspect of a pain, with the features of either explanation side by side."""

    aspect = serializers.ChoiceField(Aspect.choices, help_text="What the features are about.")
    label = serializers.CharField(help_text="The same in words.")
    sides = SideSerializer(many=True, help_text="Either explanation, always in the same order.")


class DifferentialSerializer(serializers.Serializer):
    """Two explanations of a pain set side by side, aspect by aspect; no score, no diagnosis."""

    question = serializers.ChoiceField(Question.choices, help_text="The question.")
    label = serializers.CharField(help_text="The same in words.")
    aspects = SideBySideSerializer(many=True, help_text="The features of either side, aspect by aspect.")
    disagreements = DisagreementSerializer(
        many=True, help_text="Where the sources disagree on what such a pain is like in cancer or another condition."
    )
    red_flags = RedFlagSerializer(many=True, help_text="The signs that call for action; nothing leaves them out.")
    pages = AnswerPagesSerializer()
    note = serializers.CharField(help_text="What the answer is, and what it is not.")
