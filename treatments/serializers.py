"""Serializers of treatments and of the statements about them."""

from kb.serializers import (
    STATEMENTS_HELP_TEXT,
    EntryDetailMixin,
    EntrySerializer,
    EntryStatementsSerializer,
    RecordDetailMixin,
    StatementSerializer,
)
from treatments.fhir import CAUTION, INDICATION
from treatments.models import Caution, Indication, Treatment


class TreatmentSerializer(EntrySerializer):
    class Meta:
        model = Treatment


class TreatmentStatementsSerializer(EntryStatementsSerializer):
    model = Treatment


class TreatmentDetailSerializer(EntryDetailMixin, TreatmentSerializer):
    statements = TreatmentStatementsSerializer(source="*", read_only=True, help_text=STATEMENTS_HELP_TEXT)


class IndicationSerializer(StatementSerializer):
    clinical_use = INDICATION

    class Meta(StatementSerializer.Meta):
        model = Indication


class IndicationDetailSerializer(RecordDetailMixin, IndicationSerializer):
    pass


class CautionSerializer(StatementSerializer):
    clinical_use = CAUTION

    class Meta(StatementSerializer.Meta):
        model = Caution


class CautionDetailSerializer(RecordDetailMixin, CautionSerializer):
    pass
