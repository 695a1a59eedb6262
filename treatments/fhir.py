"""The FHIR mappings of statements about treatments: indications and cautions."""

from django.db.models import Q

from kb.choices import Certainty
from kb.code_systems import split_curie
from kb.renderers.fhir_clinical_use import ClinicalUseMapping, build_codeable_concept
from treatments.choices import Goal, TreatmentKind

MEDICINE_CODE_SYSTEMS = {"atc", "rxnorm", "unii", "chembl.compound"}  # Systems whose codes are for medicines only.


def build_subject(treatment, records_by_url):
    """Return the subject: a Medication if the treatment is a drug or has a code of one, else an ActivityDefinition."""
    entry, code = records_by_url[treatment["url"]], build_codeable_concept(treatment, records_by_url)
    if entry.kind == TreatmentKind.DRUG or any(split_curie(curie)[0] in MEDICINE_CODE_SYSTEMS for curie in entry.codes):
        contained = {"resourceType": "Medication", "id": "treatment", "code": code}
    else:
        contained = {"resourceType": "ActivityDefinition", "id": "treatment", "status": "active", "code": code}
    reference = {"reference": "#treatment", "type": contained["resourceType"], "display": treatment["name"]}
    return {"contained": [contained], "subject": [reference]}


def build_indication(statement, records_by_url):
    """Return the elements of an indication."""
    goal = Goal(statement["goal"])
    intended = {} if goal == Goal.UNSTATED else {"intendedEffect": {"concept": {"text": goal.label}}}
    return {
        "type": "indication",
        **build_subject(statement["treatment"], records_by_url),
        "indication": {
            "diseaseSymptomProcedure": {"concept": build_codeable_concept(statement["cancer"], records_by_url)},
            **intended,
        },
    }


def build_caution(statement, records_by_url):
    """Return the elements of a caution: an interaction if it names a second treatment, else a warning."""
    subject = build_subject(statement["treatment"], records_by_url)
    if other := statement["with_treatment"]:
        interaction = {
            "interactant": [{"itemCodeableConcept": build_codeable_concept(other, records_by_url)}],
            "effect": {"concept": {"text": statement["effect"]}},
        }
        return {"type": "interaction", **subject, "interaction": interaction}
    return {"type": "warning", **subject, "warning": build_warning(statement, statement["effect"])}


def build_warning(statement, short):
    """Return the warning of a statement: its sentence, and in short what to do or heed."""
    return {"description": statement["text"], "code": {"text": short}}


# Safety: a possible benefit must not be read as a certain one, a possible harm must not be ignored for its doubt.
INDICATION = ClinicalUseMapping(
    build_indication,
    types={"indication": Q()},
    limiting_values={"certainty": [Certainty.POSSIBLE, Certainty.AIM]},
)
CAUTION = ClinicalUseMapping(
    build_caution,
    types={"interaction": Q(with_treatment__isnull=False), "warning": Q(with_treatment__isnull=True)},
)
