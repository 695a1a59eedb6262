"""Models of symptoms and investigations."""

from kb.fields import ChoiceField
from kb.models import Entry
from kb.schema_org import SchemaOrgType
from symptoms.choices import SymptomKind


class Symptom(Entry):
    """A symptom, a side effect, a condition or a finding, such as bone pain or bone loss."""

    schema_org = SchemaOrgType(
        "MedicalCondition", types_by_kind={SymptomKind.SYMPTOM: "MedicalSymptom", SymptomKind.FINDING: "MedicalSign"}
    )

    kind = ChoiceField(SymptomKind, help_text="Whether a person feels it, has it, or a clinician finds it.")


class Investigation(Entry):
    """A scan, a test or another way to find a cause, such as a bone scan."""

    schema_org = SchemaOrgType("DiagnosticProcedure")  # No MedicalTest: taking a history is not one.
