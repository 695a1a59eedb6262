"""Serializers of one symptom, investigation or statement alone, with its red flags."""

from kb.serializers import STATEMENTS_HELP_TEXT, EntryDetailMixin, EntryStatementsSerializer, RecordDetailMixin
from symptoms import models
from symptoms.serializers import records


class SymptomStatementsSerializer(EntryStatementsSerializer):
    model = models.Symptom


class SymptomDetailSerializer(EntryDetailMixin, records.SymptomSerializer):
    statements = SymptomStatementsSerializer(source="*", read_only=True, help_text=STATEMENTS_HELP_TEXT)


class InvestigationStatementsSerializer(EntryStatementsSerializer):
    model = models.Investigation


class InvestigationDetailSerializer(EntryDetailMixin, records.InvestigationSerializer):
    statements = InvestigationStatementsSerializer(source="*", read_only=True, help_text=STATEMENTS_HELP_TEXT)


class SideEffectDetailSerializer(RecordDetailMixin, records.SideEffectSerializer):
    pass


class ManagementOptionDetailSerializer(RecordDetailMixin, records.ManagementOptionSerializer):
    pass


class ManifestationDetailSerializer(RecordDetailMixin, records.ManifestationSerializer):
    pass


class RedFlagDetailSerializer(RecordDetailMixin, records.RedFlagSerializer):
    pass


class ComparisonDetailSerializer(RecordDetailMixin, records.ComparisonSerializer):
    pass


class SwitchDetailSerializer(RecordDetailMixin, records.SwitchSerializer):
    pass


class DiagnosticDetailSerializer(RecordDetailMixin, records.DiagnosticSerializer):
    pass


class RiskFactorDetailSerializer(RecordDetailMixin, records.RiskFactorSerializer):
    pass


class DistinguishingFeatureDetailSerializer(RecordDetailMixin, records.DistinguishingFeatureSerializer):
    pass


class GuidanceDetailSerializer(RecordDetailMixin, records.GuidanceSerializer):
    pass
