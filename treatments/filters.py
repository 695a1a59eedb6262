"""How lists of treatments, and of what is said about them, narrow."""

from kb.filters import EntryFilter, HasStatement, StatementFilter, SubtreeFilter
from treatments.models import Caution, Indication, Treatment


class TreatmentFilter(EntryFilter):
    causes = HasStatement(
        "symptoms.SideEffect",
        "symptoms.Symptom",
        effect="causes",
        help_text="The slug of a symptom: treatments that are said to cause it, or a kind of it.",
    )
    manages = HasStatement(
        "symptoms.ManagementOption",
        "symptoms.Symptom",
        help_text="The slug of a symptom: treatments that are said to help with it, or with a kind of it.",
    )

    class Meta:
        model = Treatment


class TreatmentStatementFilter(StatementFilter):
    """Statements about a treatment, and about everything in a class of treatments."""

    treatment_class = SubtreeFilter(
        "treatment", model=Treatment, help_text="The slug of a class: what is said of it or of anything in it."
    )


class IndicationFilter(TreatmentStatementFilter):
    class Meta:
        model = Indication


class CautionFilter(TreatmentStatementFilter):
    class Meta:
        model = Caution
