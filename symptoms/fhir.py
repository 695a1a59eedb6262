"""What is said about symptoms, in FHIR."""

from kb.choices import Frequency
from kb.renderers.fhir_clinical_use import ClinicalUseMapping, build_codeable_concept
from symptoms.choices import SideEffectEffect
from treatments.fhir import build_subject, build_warning


def build_side_effect(statement, known):
    """The words for how often it is met are the source's: they are no class of frequency of any system."""
    frequency = Frequency(statement["frequency"])
    often = {} if frequency == Frequency.UNSTATED else {"frequencyOfOccurrence": {"text": frequency.label}}
    effect = {"symptomConditionEffect": {"concept": build_codeable_concept(statement["symptom"], known)}, **often}
    return {"type": "undesirable-effect", **build_subject(statement["treatment"], known), "undesirableEffect": effect}


def build_red_flag(statement, known):
    """A warning about no treatment: FHIR has no place for its signs but words."""
    return {"type": "warning", "warning": build_warning(statement, statement["action"])}


SIDE_EFFECT = ClinicalUseMapping(build_side_effect, required_values={"effect": [SideEffectEffect.CAUSES]})
RED_FLAG = ClinicalUseMapping(build_red_flag)
