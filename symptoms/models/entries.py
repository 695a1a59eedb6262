"""Models of symptoms and investigations."""

from django.db import models

from kb.fields import ChoiceField
from kb.models import Ancestry, Entry
from kb.schema_org import SchemaOrgType
from symptoms.choices import SymptomKind


class Symptom(Entry):
    """A symptom, a side effect, a condition or a finding, such as bone pain or bone loss."""

    is_symptom = True
    schema_org = SchemaOrgType(
        "MedicalCondition", types_by_kind={SymptomKind.SYMPTOM: "MedicalSymptom", SymptomKind.FINDING: "MedicalSign"}
    )

    kind = ChoiceField(SymptomKind, help_text="Whether a person feels it, has it, or a clinician finds it.")


class SymptomAncestry(Ancestry):
    """Which symptoms belong to which, directly or through others."""

    descendant = models.ForeignKey(Symptom, models.CASCADE, related_name="ancestor_rows", help_text="The symptom.")
    ancestor = models.ForeignKey(
        Symptom,
        models.CASCADE,
        related_name="descendant_rows",
        help_text="The symptom itself, or one that it belongs to.",
    )


class Investigation(Entry):
    """A scan, a test or another way to find a cause, such as a bone scan."""

    schema_org = SchemaOrgType("DiagnosticProcedure")  # No MedicalTest: taking a history is not one.


class InvestigationAncestry(Ancestry):
    """Which investigations belong to which, directly or through others."""

    descendant = models.ForeignKey(
        Investigation, models.CASCADE, related_name="ancestor_rows", help_text="The investigation."
    )
    ancestor = models.ForeignKey(
        Investigation,
        models.CASCADE,
        related_name="descendant_rows",
        help_text="The investigation itself, or one that it belongs to.",
    )
