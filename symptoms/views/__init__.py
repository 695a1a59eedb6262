"""Views of symptoms: records about them, and questions about them."""

from symptoms.views.ask import AskView
from symptoms.views.options import ManagementOptionViewSet
from symptoms.views.questions import DifferentialView, ExplainView
from symptoms.views.records import (
    ComparisonViewSet,
    DiagnosticViewSet,
    DistinguishingFeatureViewSet,
    GuidanceViewSet,
    InvestigationViewSet,
    ManifestationViewSet,
    RedFlagViewSet,
    RiskFactorViewSet,
    SideEffectViewSet,
    SwitchViewSet,
    SymptomViewSet,
)

__all__ = [
    "AskView",
    "ComparisonViewSet",
    "DiagnosticViewSet",
    "DifferentialView",
    "DistinguishingFeatureViewSet",
    "ExplainView",
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
