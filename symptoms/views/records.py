"""How symptoms, and what is said about them, are read."""

from kb.views import RecordViewSet
from symptoms import filters, models, serializers


class SymptomViewSet(RecordViewSet):
    queryset = models.Symptom.objects.all()
    serializer_class = serializers.SymptomSerializer
    filterset_class = filters.SymptomFilter


class InvestigationViewSet(RecordViewSet):
    queryset = models.Investigation.objects.all()
    serializer_class = serializers.InvestigationSerializer
    filterset_class = filters.InvestigationFilter


class SideEffectViewSet(RecordViewSet):
    queryset = models.SideEffect.objects.all()
    serializer_class = serializers.SideEffectSerializer
    filterset_class = filters.SideEffectFilter


class ManagementOptionViewSet(RecordViewSet):
    queryset = models.ManagementOption.objects.all()
    serializer_class = serializers.ManagementOptionSerializer
    filterset_class = filters.ManagementOptionFilter


class ManifestationViewSet(RecordViewSet):
    queryset = models.Manifestation.objects.all()
    serializer_class = serializers.ManifestationSerializer
    filterset_class = filters.ManifestationFilter


class RedFlagViewSet(RecordViewSet):
    queryset = models.RedFlag.objects.all()
    serializer_class = serializers.RedFlagSerializer
    filterset_class = filters.RedFlagFilter


class ComparisonViewSet(RecordViewSet):
    queryset = models.Comparison.objects.all()
    serializer_class = serializers.ComparisonSerializer
    filterset_class = filters.ComparisonFilter


class SwitchViewSet(RecordViewSet):
    queryset = models.Switch.objects.all()
    serializer_class = serializers.SwitchSerializer
    filterset_class = filters.SwitchFilter


class DiagnosticViewSet(RecordViewSet):
    queryset = models.Diagnostic.objects.all()
    serializer_class = serializers.DiagnosticSerializer
    filterset_class = filters.DiagnosticFilter


class RiskFactorViewSet(RecordViewSet):
    queryset = models.RiskFactor.objects.all()
    serializer_class = serializers.RiskFactorSerializer
    filterset_class = filters.RiskFactorFilter


class DistinguishingFeatureViewSet(RecordViewSet):
    queryset = models.DistinguishingFeature.objects.all()
    serializer_class = serializers.DistinguishingFeatureSerializer
    filterset_class = filters.DistinguishingFeatureFilter


class GuidanceViewSet(RecordViewSet):
    queryset = models.Guidance.objects.all()
    serializer_class = serializers.GuidanceSerializer
    filterset_class = filters.GuidanceFilter
