"""How symptoms, and what is said about them, look on the wire."""

from kb.serializers import EntrySerializer, Reference, StatementSerializer
from symptoms import models


class SymptomSerializer(EntrySerializer):
    class Meta:
        model = models.Symptom


class InvestigationSerializer(EntrySerializer):
    class Meta:
        model = models.Investigation


class SideEffectSerializer(StatementSerializer):
    class Meta:
        model = models.SideEffect


class ManagementOptionSerializer(StatementSerializer):
    class Meta:
        model = models.ManagementOption


class ManifestationSerializer(StatementSerializer):
    class Meta:
        model = models.Manifestation


class RedFlagSerializer(StatementSerializer):
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
    needs = {"topic": ["cancer", "treatment", "symptom", "investigation"]}

    topic = Reference(read_only=True, help_text="The entry that it is about.")

    class Meta:
        model = models.Guidance
