"""What is said about treatments, in FHIR."""

from kb.choices import Certainty
from kb.code_systems import split
from kb.renderers.fhir_clinical_use import ClinicalUse, concept
from treatments.choices import Goal, TreatmentKind

OF_MEDICINES = {"atc", "rxnorm", "unii", "chembl.compound"}  # Systems that have codes for medicines alone.


def subject(treatment, known):
    """What a definition is about: a medication, where it is certainly one or a class of them, else an activity."""
    entry, code = known[treatment["url"]], concept(treatment, known)
    if entry.kind == TreatmentKind.DRUG or any(split(curie)[0] in OF_MEDICINES for curie in entry.codes):
        contained = {"resourceType": "Medication", "id": "treatment", "code": code}
    else:
        contained = {"resourceType": "ActivityDefinition", "id": "treatment", "status": "active", "code": code}
    reference = {"reference": "#treatment", "type": contained["resourceType"], "display": treatment["name"]}
    return {"contained": [contained], "subject": [reference]}


def indication(statement, known):
    goal = Goal(statement["goal"])
    intended = {} if goal == Goal.UNSTATED else {"intendedEffect": {"concept": {"text": goal.label}}}
    return {
        "type": "indication",
        **subject(statement["treatment"], known),
        "indication": {"diseaseSymptomProcedure": {"concept": concept(statement["cancer"], known)}, **intended},
    }


def caution(statement, known):
    """With another treatment, it is an interaction; else a warning."""
    about = subject(statement["treatment"], known)
    if other := statement["with_treatment"]:
        interaction = {
            "interactant": [{"itemCodeableConcept": concept(other, known)}],
            "effect": {"concept": {"text": statement["effect"]}},
        }
        return {"type": "interaction", **about, "interaction": interaction}
    return {"type": "warning", **about, "warning": warning(statement, statement["effect"])}


def warning(statement, short):
    """A statement as a warning: its sentence, and what is to be done or heeded, in short."""
    return {"description": statement["text"], "code": {"text": short}}


# A benefit that is only possible must not be taken for a sure one. A possible harm must not be passed over.
INDICATION = ClinicalUse(indication, narrows={"certainty": [Certainty.POSSIBLE]})
CAUTION = ClinicalUse(caution)
