"""Filter sets of treatments and of the statements about them."""

from kb.filters import (
    NAME_HINT,
    DescendantFilter,
    EntryFilter,
    HasStatementFilter,
    LineageFilter,
    MemberKindFilter,
    StatementFilter,
)
from treatments.models import Caution, Indication, Treatment

MEMBER_KIND_HELP_TEXT = "Of this kind, or a class with one of this kind in it."


class TreatmentFilter(EntryFilter):
    member_kind = MemberKindFilter("pk", Treatment, help_text=MEMBER_KIND_HELP_TEXT)
    causes = HasStatementFilter(
        "symptoms.SideEffect",
        "symptoms.Symptom",
        effect="causes",
        help_text=f"A symptom, {NAME_HINT}: treatments that are said to cause it, or a kind of it.",
    )
    manages = HasStatementFilter(
        "symptoms.ManagementOption",
        "symptoms.Symptom",
        help_text=f"A symptom, {NAME_HINT}: treatments that are said to help with it, or with a kind of it.",
    )

    class Meta:
        model = Treatment


def either_treatment_filters(*fields):
    """Return the filters `treatment` and `treatment_class` of a statement that names two treatments in these fields."""
    return (
        LineageFilter(
            *fields,
            model=Treatment,
            help_text=f"Either treatment, {NAME_HINT}. What is said of a class holds of its members.",
        ),
        DescendantFilter(
            *fields, model=Treatment, help_text=f"A class, {NAME_HINT}: either treatment is it, or is in it."
        ),
    )


class TreatmentStatementFilter(StatementFilter):
    """The parameters of every list of statements about a treatment."""

    treatment_kind = MemberKindFilter("treatment", Treatment, help_text=MEMBER_KIND_HELP_TEXT)
    treatment_class = DescendantFilter(
        "treatment", model=Treatment, help_text=f"A class, {NAME_HINT}: what is said of it or of anything in it."
    )


class IndicationFilter(TreatmentStatementFilter):
    class Meta:
        model = Indication


class CautionFilter(StatementFilter):
    treatment, treatment_class = either_treatment_filters("treatment", "with_treatment")

    class Meta:
        model = Caution
