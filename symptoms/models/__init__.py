"""Models of symptoms, investigations, and the statements about them."""

from symptoms.models.advice import DistinguishingFeature, Guidance, RedFlag
from symptoms.models.causes import Manifestation, SideEffect
from symptoms.models.entries import Investigation, InvestigationAncestry, Symptom, SymptomAncestry
from symptoms.models.findings import Diagnostic
from symptoms.models.relief import Comparison, ManagementOption, Switch
from symptoms.models.risks import RiskFactor

__all__ = [
    "Comparison",
    "Diagnostic",
    "DistinguishingFeature",
    "Guidance",
    "Investigation",
    "InvestigationAncestry",
    "ManagementOption",
    "Manifestation",
    "RedFlag",
    "RiskFactor",
    "SideEffect",
    "Switch",
    "Symptom",
    "SymptomAncestry",
]
