"""Models of management options, comparisons and switches of treatments."""

from django.db import models

from kb.fields import ChoiceField, IsoDurationField, ListField
from kb.models import ContradictionRule, EdgeKind, GraphEdge, Signal, TreatmentUseStatement, unique_statement_constraint
from kb.schema_org import SchemaOrgProperty
from symptoms.choices import Benefit, Evidence, Outcome, Severity
from symptoms.models.entries import Symptom
from symptoms.models.limits import CausedSymptomStatement
from treatments.models import Treatment

PREVENTION = {Benefit.PREVENTS, Benefit.REDUCES_RISK}


class ManagementOption(CausedSymptomStatement):
    """A treatment helps with a symptom."""

    signals = (
        Signal("relie(?:f|ves?|ving)|eas(?:e|es|ing)|sooth(?:e|es|ing)|block(?:s|ing)?", "effect", Benefit.RELIEVES),
        Signal("treats?|treated|treating", "effect", Benefit.TREATS),
        Signal("prevents?|preventing", "effect", Benefit.PREVENTS),
        Signal("(?:reduce|lower)s? (?:the |your )?(?:risk|chance)", "effect", Benefit.REDUCES_RISK),
        Signal("strengthens?|stronger", "effect", Benefit.STRENGTHENS),
        Signal("maintains?|keeps? up", "effect", Benefit.MAINTAINS),
        Signal("improves?|improving|better", "effect", Benefit.IMPROVES),
        Signal("helps?|helpful|helped|useful|manage|reduces?|recommended"),
    )
    leads = (
        GraphEdge(
            "symptom", "treatment", "is treated with", EdgeKind.REMEDY, conditions={"effect": set(Benefit) - PREVENTION}
        ),
        GraphEdge(
            "symptom",
            "treatment",
            "has its risk lowered with",
            EdgeKind.REMEDY,
            conditions={"effect": PREVENTION},
        ),
        GraphEdge("treatment", "symptom", "helps with", EdgeKind.RELIEF),
    )
    schema_org = (
        SchemaOrgProperty(
            "symptom",
            "possibleTreatment",
            "treatment",
            ("Drug",),
            {"effect": [Benefit.UNSTATED, Benefit.RELIEVES, Benefit.TREATS, Benefit.IMPROVES]},
            allowed_fields=("mechanism",),
        ),
    )

    treatment = models.ForeignKey(
        Treatment,
        models.PROTECT,
        related_name="management_options",
        help_text="What helps: a drug, a procedure, a therapy, self-care, or a whole class.",
    )
    symptom = models.ForeignKey(
        Symptom, models.PROTECT, related_name="management_options", help_text="What it helps with."
    )
    severity = ListField(enum=Severity, help_text="How bad the symptom is for which it is named; empty if unstated.")
    effect = ChoiceField(Benefit, help_text="In what way it helps.")
    time_to_benefit = models.CharField(max_length=200, blank=True, help_text="How long it takes to work.")
    benefit_max = IsoDurationField(
        help_text="The longest time to benefit that the source gives as a figure (ISO 8601, such as P7D)."
    )
    evidence = ChoiceField(Evidence, help_text="What kind of evidence the source names.")
    mechanism = models.CharField(max_length=200, blank=True, help_text="How it helps.")

    class Meta(CausedSymptomStatement.Meta):
        constraints = [
            *CausedSymptomStatement.Meta.constraints,
            unique_statement_constraint(
                "management_option",
                "treatment",
                "symptom",
                "effect",
                "severity",
                "time_to_benefit",
                "evidence",
                "mechanism",
                nullable=CausedSymptomStatement.cause_field_names(),
            ),
        ]


class Comparison(TreatmentUseStatement):
    """One treatment is set against another as to a symptom."""

    compares = True
    signals = (
        Signal("less (?:likely|common|often)|fewer", "outcome", Outcome.LESS_OFTEN),
        Signal("more (?:likely|common|often)", "outcome", Outcome.MORE_OFTEN),
        Signal("opposite", "outcome", Outcome.OPPOSITE),
        Signal("than|compared|unlike"),
    )
    contest = tuple(
        ContradictionRule(
            "comparison",
            "outcome",
            positions,
            {"symptom": ("symptom",), "treatment": (treatment,), "comparator": (comparator,)},
        )
        for positions, treatment, comparator in [
            (({Outcome.LESS_OFTEN}, {Outcome.MORE_OFTEN}), "treatment", "comparator"),
            (({Outcome.MORE_OFTEN}, {Outcome.LESS_OFTEN}), "comparator", "treatment"),  # The same, said of the other.
        ]
    )

    treatment = models.ForeignKey(
        Treatment, models.PROTECT, related_name="comparisons", help_text="The treatment that is compared."
    )
    comparator = models.ForeignKey(
        Treatment, models.PROTECT, related_name="comparisons_against", help_text="What it is compared with."
    )
    symptom = models.ForeignKey(
        Symptom, models.PROTECT, related_name="comparisons", help_text="The symptom that is compared."
    )
    outcome = ChoiceField(Outcome, help_text="How the first compares with the second.")

    class Meta(TreatmentUseStatement.Meta):
        constraints = [
            *TreatmentUseStatement.Meta.constraints,
            unique_statement_constraint(
                "comparison", "treatment", "comparator", "symptom", "outcome", nullable=["for_cancer"]
            ),
        ]


class Switch(TreatmentUseStatement):
    """One treatment may be exchanged for another because of a symptom."""

    signals = (Signal("switch|switched|switching|change to|chang(?:ed|ing) to|instead|a different"),)

    from_treatment = models.ForeignKey(
        Treatment, models.PROTECT, related_name="switches_from", help_text="The treatment that is given up."
    )
    to_treatment = models.ForeignKey(
        Treatment,
        models.PROTECT,
        related_name="switches_to",
        help_text="What is taken instead; the same class stands for another member of it.",
    )
    symptom = models.ForeignKey(
        Symptom, models.PROTECT, related_name="switches", help_text="The symptom because of which it is done."
    )

    class Meta(TreatmentUseStatement.Meta):
        verbose_name_plural = "switches"
        constraints = [
            *TreatmentUseStatement.Meta.constraints,
            unique_statement_constraint("switch", "from_treatment", "to_treatment", "symptom", nullable=["for_cancer"]),
        ]
