"""The FHIR mappings of statements about symptoms: side effects and red flags."""

from django.db.models import Q

from kb.choices import Frequency
from kb.renderers.fhir_clinical_use import ClinicalUseMapping, build_codeable_concept
from symptoms.choices import Seriousness, SideEffectEffect
from treatments.fhir import build_subject, build_warning


def build_side_effect(statement, records_by_url):
    """Return the elements of a side effect; frequencies are the words of the source, which no code system defines."""
    effect = {"symptomConditionEffect": {"concept": build_codeable_concept(statement["symptom"], records_by_url)}}
    frequency = Frequency(statement["frequency"])
    if frequency != Frequency.UNSTATED:
        effect["frequencyOfOccurrence"] = {"text": frequency.label}
    seriousness = Seriousness(statement["seriousness"])
    if seriousness != Seriousness.UNSTATED:
        effect["classification"] = {"text": seriousness.label}
    subject = build_subject(statement["treatment"], records_by_url)
    return {"type": "undesirable-effect", **subject, "undesirableEffect": effect}


def build_red_flag(statement, records_by_url):
    """Return the elements of a red flag: a warning without a subject; FHIR has no element for its signs."""
    return {"type": "warning", "warning": build_warning(statement, statement["action"])}


SIDE_EFFECT = ClinicalUseMapping(
    build_side_effect,
    types={"undesirable-effect": Q()},
    required_values={"effect": [SideEffectEffect.CAUSES, SideEffectEffect.RAISES_RISK]},
    noted_values={"effect": [SideEffectEffect.RAISES_RISK]},
)
RED_FLAG = ClinicalUseMapping(build_red_flag, types={"warning": Q()})
