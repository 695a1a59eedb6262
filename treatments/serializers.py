"""How treatments, and what is said about them, look on the wire."""

from kb.serializers import EntrySerializer, StatementSerializer
from treatments.models import Caution, Indication, Treatment


class TreatmentSerializer(EntrySerializer):
    class Meta:
        model = Treatment


class IndicationSerializer(StatementSerializer):
    class Meta:
        model = Indication


class CautionSerializer(StatementSerializer):
    class Meta:
        model = Caution
