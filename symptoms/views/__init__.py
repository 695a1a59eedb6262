"""How symptoms, and what is said about them, are read, and what is asked about them."""

from symptoms.views.pages import Ask
from symptoms.views.questions import Differential, Explain
from symptoms.views.records import (
    ComparisonViewSet,
    DiagnosticViewSet,
    DistinguishingFeatureViewSet,
    GuidanceViewSet,
    InvestigationViewSet,
    ManagementOptionViewSet,
    ManifestationViewSet,
    RedFlagViewSet,
    RiskFactorViewSet,
    SideEffectViewSet,
    SwitchViewSet,
    SymptomViewSet,
)

__all__ = [
    "Ask",
    "ComparisonViewSet",
    "DiagnosticViewSet",
    "Differential",
    "DistinguishingFeatureViewSet",
    "Explain",
    "GuidanceViewSet",
    "InvestigationViewSet",
    "ManagementOptionViewSet",
    "ManifestationViewSet",
    "RedFlagViewSet",
    "RiskFactorViewSet",
    "SideEffectViewSet",
    "SwitchViewSet",
    "SymptomViewSet",
]
