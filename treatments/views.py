"""How treatments, and what is said about them, are read."""

from kb.views import RecordViewSet
from treatments.filters import CautionFilter, IndicationFilter, TreatmentFilter
from treatments.models import Caution, Indication, Treatment
from treatments.serializers import CautionSerializer, IndicationSerializer, TreatmentSerializer


class TreatmentViewSet(RecordViewSet):
    queryset = Treatment.objects.all()
    serializer_class = TreatmentSerializer
    filterset_class = TreatmentFilter


class IndicationViewSet(RecordViewSet):
    queryset = Indication.objects.all()
    serializer_class = IndicationSerializer
    filterset_class = IndicationFilter


class CautionViewSet(RecordViewSet):
    queryset = Caution.objects.all()
    serializer_class = CautionSerializer
    filterset_class = CautionFilter
