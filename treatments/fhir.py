"""What is said about treatments, in FHIR."""

from kb.choices import Certainty
from kb.code_systems import split_curie
from kb.renderers.fhir_clinical_use import ClinicalUseMapping, build_codeable_concept
from treatments.choices import Goal, TreatmentKind

MEDICINE_CODE_SYSTEMS = {"atc", "rxnorm", "unii", "chembl.compound"}  # Systems that have codes for medicines alone.


def build_subject(treatment, known):
    """What a definition is about: a medication, where it is certainly one or a class of them, else an activity."""
    entry, code = known[treatment["url"]], build_codeable_concept(treatment, known)
    if entry.kind == TreatmentKind.DRUG or any(split_curie(curie)[0] in MEDICINE_CODE_SYSTEMS for curie in entry.codes):
        contained = {"resourceType": "Medication", "id": "treatment", "code": code}
    else:
        contained = {"resourceType": "ActivityDefinition", "id": "treatment", "status": "active", "code": code}
    reference = {"reference": "#treatment", "type": contained["resourceType"], "display": treatment["name"]}
    return {"contained": [contained], "subject": [reference]}


def build_indication(statement, known):
    goal = Goal(statement["goal"])
    intended = {} if goal == Goal.UNSTATED else {"intendedEffect": {"concept": {"text": goal.label}}}
    return {
        "type": "indication",
        **build_subject(statement["treatment"], known),
        "indication": {
            "diseaseSymptomProcedure": {"concept": build_codeable_concept(statement["cancer"], known)},
            **intended,
        },
    }


def build_caution(statement, known):
    """With another treatment, it is an interaction; else a warning."""
    about = build_subject(statement["treatment"], known)
    if other := statement["with_treatment"]:
        interaction = {
            "interactant": [{"itemCodeableConcept": build_codeable_concept(other, known)}],
            "effect": {"concept": {"text": statement["effect"]}},
        }
        return {"type": "interaction", **about, "interaction": interaction}
    return {"type": "warning", **about, "warning": build_warning(statement, statement["effect"])}


def build_warning(statement, short):
    """A statement as a warning: its sentence, and what is to be done or heeded, in short."""
    return {"description": statement["text"], "code": {"text": short}}


# A benefit that is only possible must not be taken for a sure one. A possible harm must not be passed over.
INDICATION = ClinicalUseMapping(build_indication, limiting_values={"certainty": [Certainty.POSSIBLE]})
CAUTION = ClinicalUseMapping(build_caution)
