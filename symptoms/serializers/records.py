"""How symptoms, and what is said about them, look on the wire."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.serializers import EntrySerializer, ReferenceSerializer, StatementSerializer
from symptoms import models
from symptoms.choices import Fit
from symptoms.fhir import RED_FLAG, SIDE_EFFECT
from treatments.serializers import CautionSerializer


class SymptomSerializer(EntrySerializer):
    class Meta:
        model = models.Symptom


class InvestigationSerializer(EntrySerializer):
    class Meta:
        model = models.Investigation


class SideEffectSerializer(StatementSerializer):
    clinical_use = SIDE_EFFECT

    class Meta:
        model = models.SideEffect


class ManagementOptionSerializer(StatementSerializer):
    field_dependencies = {"fit": [], "cautions": [], "own_cautions": []}
    cautions_by_treatment = None

    fit = serializers.SerializerMethodField(
        help_text="Whether it is stated for a symptom brought on by what is taken; null unless `taking` was asked."
    )
    cautions = serializers.SerializerMethodField(
        help_text="The cautions about it together with what is taken, through classes; null unless `taking` was asked. "
        "An empty list means that these sources state none, never that it is safe."
    )
    own_cautions = serializers.SerializerMethodField(
        help_text="The cautions about it, whatever else is taken; null unless `taking` was asked."
    )

    class Meta:
        model = models.ManagementOption

    @property
    def always_shown(self):
        """What needs care with what is taken is not left out, whatever is asked for."""
        return {"cautions"} if self.context.get("taking") else set()

    def preload_shared_data(self, options):
        super().preload_shared_data(options)
        taking = self.context.get("taking")
        self.cautions_by_treatment = taking.cautions_by_treatment(options) if taking else None

    @extend_schema_field(serializers.ChoiceField(Fit.choices, allow_null=True))
    def get_fit(self, option):
        return getattr(option, "fit", None)

    @extend_schema_field(CautionSerializer(many=True, allow_null=True))
    def get_cautions(self, option):
        return (
            None
            if self.cautions_by_treatment is None
            else self.serialize_cautions(self.cautions_by_treatment[option.treatment_id].with_current)
        )

    @extend_schema_field(CautionSerializer(many=True, allow_null=True))
    def get_own_cautions(self, option):
        return (
            None
            if self.cautions_by_treatment is None
            else self.serialize_cautions(self.cautions_by_treatment[option.treatment_id].unconditional)
        )

    def serialize_cautions(self, cautions):
        return CautionSerializer(cautions, many=True, context={"request": self.context.get("request")}).data


class ManifestationSerializer(StatementSerializer):
    class Meta:
        model = models.Manifestation


class RedFlagSerializer(StatementSerializer):
    clinical_use = RED_FLAG

    class Meta:
        model = models.RedFlag


class ComparisonSerializer(StatementSerializer):
    class Meta:
        model = models.Comparison


class SwitchSerializer(StatementSerializer):
    class Meta:
        model = models.Switch


class DiagnosticSerializer(StatementSerializer):
    class Meta:
        model = models.Diagnostic


class RiskFactorSerializer(StatementSerializer):
    class Meta:
        model = models.RiskFactor


class DistinguishingFeatureSerializer(StatementSerializer):
    class Meta:
        model = models.DistinguishingFeature


class GuidanceSerializer(StatementSerializer):
    field_dependencies = {"topic": ["cancer", "treatment", "symptom", "investigation"]}

    topic = ReferenceSerializer(read_only=True, help_text="The entry that it is about.")

    class Meta:
        model = models.Guidance
