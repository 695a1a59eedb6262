"""How symptoms, what is said about them, and the answers to questions about them look on the wire."""

from symptoms.serializers.answers import DifferentialSerializer, ExplainSerializer
from symptoms.serializers.records import (
    ComparisonSerializer,
    DiagnosticSerializer,
    DistinguishingFeatureSerializer,
    GuidanceSerializer,
    InvestigationSerializer,
    ManagementOptionSerializer,
    ManifestationSerializer,
    RedFlagSerializer,
    RiskFactorSerializer,
    SideEffectSerializer,
    SwitchSerializer,
    SymptomSerializer,
)

__all__ = [
    "ComparisonSerializer",
    "DiagnosticSerializer",
    "DifferentialSerializer",
    "DistinguishingFeatureSerializer",
    "ExplainSerializer",
    "GuidanceSerializer",
    "InvestigationSerializer",
    "ManagementOptionSerializer",
    "ManifestationSerializer",
    "RedFlagSerializer",
    "RiskFactorSerializer",
    "SideEffectSerializer",
    "SwitchSerializer",
    "SymptomSerializer",
]
