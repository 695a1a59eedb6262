"""How treatments, and what is said about them, look on the wire."""

from kb.serializers import EntrySerializer, StatementSerializer
from treatments.fhir import CAUTION, INDICATION
from treatments.models import Caution, Indication, Treatment


class TreatmentSerializer(EntrySerializer):
    class Meta:
        model = Treatment


class IndicationSerializer(StatementSerializer):
    clinical_use = INDICATION

    class Meta:
        model = Indication


class CautionSerializer(StatementSerializer):
    clinical_use = CAUTION

    class Meta:
        model = Caution
