"""Views of symptoms, investigations and the statements about them: a list and a detail of each."""

from kb.views import RecordViewSet
from symptoms import filters, models, serializers


class SymptomViewSet(RecordViewSet):
    queryset = models.Symptom.objects.all()
    serializer_class = serializers.SymptomSerializer
    detail_serializer_class = serializers.SymptomDetailSerializer
    filterset_class = filters.SymptomFilter


class InvestigationViewSet(RecordViewSet):
    queryset = models.Investigation.objects.all()
    serializer_class = serializers.InvestigationSerializer
    detail_serializer_class = serializers.InvestigationDetailSerializer
    filterset_class = filters.InvestigationFilter


class SideEffectViewSet(RecordViewSet):
    queryset = models.SideEffect.objects.all()
    serializer_class = serializers.SideEffectSerializer
    detail_serializer_class = serializers.SideEffectDetailSerializer
    filterset_class = filters.SideEffectFilter


class ManifestationViewSet(RecordViewSet):
    queryset = models.Manifestation.objects.all()
    serializer_class = serializers.ManifestationSerializer
    detail_serializer_class = serializers.ManifestationDetailSerializer
    filterset_class = filters.ManifestationFilter


class RedFlagViewSet(RecordViewSet):
    queryset = models.RedFlag.objects.all()
    serializer_class = serializers.RedFlagSerializer
    detail_serializer_class = serializers.RedFlagDetailSerializer
    filterset_class = filters.RedFlagFilter


class ComparisonViewSet(RecordViewSet):
    queryset = models.Comparison.objects.all()
    serializer_class = serializers.ComparisonSerializer
    detail_serializer_class = serializers.ComparisonDetailSerializer
    filterset_class = filters.ComparisonFilter


class SwitchViewSet(RecordViewSet):
    queryset = models.Switch.objects.all()
    serializer_class = serializers.SwitchSerializer
    detail_serializer_class = serializers.SwitchDetailSerializer
    filterset_class = filters.SwitchFilter


class DiagnosticViewSet(RecordViewSet):
    queryset = models.Diagnostic.objects.all()
    serializer_class = serializers.DiagnosticSerializer
    detail_serializer_class = serializers.DiagnosticDetailSerializer
    filterset_class = filters.DiagnosticFilter


class RiskFactorViewSet(RecordViewSet):
    queryset = models.RiskFactor.objects.all()
    serializer_class = serializers.RiskFactorSerializer
    detail_serializer_class = serializers.RiskFactorDetailSerializer
    filterset_class = filters.RiskFactorFilter


class DistinguishingFeatureViewSet(RecordViewSet):
    queryset = models.DistinguishingFeature.objects.all()
    serializer_class = serializers.DistinguishingFeatureSerializer
    detail_serializer_class = serializers.DistinguishingFeatureDetailSerializer
    filterset_class = filters.DistinguishingFeatureFilter


class GuidanceViewSet(RecordViewSet):
    queryset = models.Guidance.objects.all()
    serializer_class = serializers.GuidanceSerializer
    detail_serializer_class = serializers.GuidanceDetailSerializer
    filterset_class = filters.GuidanceFilter
