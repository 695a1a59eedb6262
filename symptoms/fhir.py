"""What is said about symptoms, in FHIR."""

from kb.choices import Frequency
from kb.renderers.fhir_clinical_use import ClinicalUse, concept
from symptoms.choices import SideEffectEffect
from treatments.fhir import subject, warning


def side_effect(statement, known):
    """The words for how often it is met are the source's: they are no class of frequency of any system."""
    frequency = Frequency(statement["frequency"])
    often = {} if frequency == Frequency.UNSTATED else {"frequencyOfOccurrence": {"text": frequency.label}}
    effect = {"symptomConditionEffect": {"concept": concept(statement["symptom"], known)}, **often}
    return {"type": "undesirable-effect", **subject(statement["treatment"], known), "undesirableEffect": effect}


def red_flag(statement, known):
    """A warning about no treatment: FHIR has no place for its signs but words."""
    return {"type": "warning", "warning": warning(statement, statement["action"])}


SIDE_EFFECT = ClinicalUse(side_effect, only={"effect": [SideEffectEffect.CAUSES]})
RED_FLAG = ClinicalUse(red_flag)
