"""Views of treatments and of the statements about them: a list and a detail of each."""

from kb.views import RecordViewSet
from treatments.filters import CautionFilter, IndicationFilter, TreatmentFilter
from treatments.models import Caution, Indication, Treatment
from treatments.serializers import (
    CautionDetailSerializer,
    CautionSerializer,
    IndicationDetailSerializer,
    IndicationSerializer,
    TreatmentDetailSerializer,
    TreatmentSerializer,
)


class TreatmentViewSet(RecordViewSet):
    queryset = Treatment.objects.all()
    serializer_class = TreatmentSerializer
    detail_serializer_class = TreatmentDetailSerializer
    filterset_class = TreatmentFilter


class IndicationViewSet(RecordViewSet):
    queryset = Indication.objects.all()
    serializer_class = IndicationSerializer
    detail_serializer_class = IndicationDetailSerializer
    filterset_class = IndicationFilter


class CautionViewSet(RecordViewSet):
    queryset = Caution.objects.all()
    serializer_class = CautionSerializer
    detail_serializer_class = CautionDetailSerializer
    filterset_class = CautionFilter
