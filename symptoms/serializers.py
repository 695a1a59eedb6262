"""How symptoms, and what is said about them, look on the wire."""

from kb.serializers import EntrySerializer, Reference, StatementSerializer
from symptoms.models import (
    Comparison,
    Diagnostic,
    DistinguishingFeature,
    Guidance,
    Investigation,
    ManagementOption,
    Manifestation,
    RedFlag,
    RiskFactor,
    SideEffect,
    Switch,
    Symptom,
)


class SymptomSerializer(EntrySerializer):
    class Meta:
        model = Symptom


class InvestigationSerializer(EntrySerializer):
    class Meta:
        model = Investigation


class SideEffectSerializer(StatementSerializer):
    class Meta:
        model = SideEffect


class ManagementOptionSerializer(StatementSerializer):
    class Meta:
        model = ManagementOption


class ManifestationSerializer(StatementSerializer):
    class Meta:
        model = Manifestation


class RedFlagSerializer(StatementSerializer):
    class Meta:
        model = RedFlag


class ComparisonSerializer(StatementSerializer):
    class Meta:
        model = Comparison


class SwitchSerializer(StatementSerializer):
    class Meta:
        model = Switch


class DiagnosticSerializer(StatementSerializer):
    class Meta:
        model = Diagnostic


class RiskFactorSerializer(StatementSerializer):
    class Meta:
        model = RiskFactor


class DistinguishingFeatureSerializer(StatementSerializer):
    class Meta:
        model = DistinguishingFeature


class GuidanceSerializer(StatementSerializer):
    needs = {"topic": ["cancer", "treatment", "symptom", "investigation"]}

    topic = Reference(read_only=True, help_text="The entry that it is about.")

    class Meta:
        model = Guidance
