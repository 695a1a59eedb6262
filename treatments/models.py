"""Models of treatments, of what they are used for, and of the cautions about them."""

from django.db import models

from kb.fields import ChoiceField, ListField, filter_texts
from kb.models import (
    Ancestry,
    Cancer,
    EdgeKind,
    Entry,
    GraphEdge,
    Signal,
    Statement,
    TreatmentUseStatement,
    unique_statement_constraint,
)
from kb.schema_org import SchemaOrgProperty, SchemaOrgType
from treatments.choices import ANTICANCER_GOALS, Goal, Modality, Route, TreatmentKind


class Treatment(Entry):
    """Anything done or taken for cancer, its symptoms or its side effects, or a class of such treatments."""

    inherits = True
    is_treatment = True
    schema_org = SchemaOrgType(
        types_by_kind={TreatmentKind.DRUG: "Drug", TreatmentKind.PROCEDURE: "TherapeuticProcedure"},
        properties={"Drug": {"brand_names": "proprietaryName", "routes": "administrationRoute"}},
    )

    kind = ChoiceField(TreatmentKind, help_text="What sort of treatment it is.")
    modality = ChoiceField(Modality, help_text="Whether it reaches the whole body or one place, as the source says.")
    routes = ListField(enum=Route, help_text="How it is given, as far as the sources say.")
    brand_names = ListField(help_text="Names under which it is sold, as the sources give them.")

    def names(self):
        return [*super().names(), *filter_texts(self.brand_names)]


class TreatmentAncestry(Ancestry):
    """Which treatments belong to which, directly or through others."""

    descendant = models.ForeignKey(Treatment, models.CASCADE, related_name="ancestor_rows", help_text="The treatment.")
    ancestor = models.ForeignKey(
        Treatment,
        models.CASCADE,
        related_name="descendant_rows",
        help_text="The treatment itself, or one that it belongs to.",
    )


class Indication(Statement):
    """A treatment is used for a cancer."""

    use = ("treatment", "cancer")
    leads = (GraphEdge("cancer", "treatment", "is treated with", EdgeKind.REMEDY),)
    signals = (
        Signal("treats?|treated|treating|treatments? for", "goal", Goal.TREAT),
        Signal("controls?|controlling", "goal", Goal.CONTROL),
        Signal("slows?|slowing", "goal", Goal.SLOW_GROWTH),
        Signal("shrinks?|shrinking", "goal", Goal.SHRINK),
        Signal("kills?|killing|destroys?", "goal", Goal.KILL_CANCER_CELLS),
        Signal("spreading|further spread", "goal", Goal.PREVENT_SPREAD),
        Signal("recommended|approved|suggests?|used (?:for|in|to)"),
    )
    schema_org = (SchemaOrgProperty("cancer", "possibleTreatment", "treatment", ("Drug",), {"goal": ANTICANCER_GOALS}),)

    treatment = models.ForeignKey(
        Treatment, models.PROTECT, related_name="indications", help_text="The treatment, or the whole class."
    )
    cancer = models.ForeignKey(
        Cancer, models.PROTECT, related_name="indications", help_text="The cancer, or the state of one, that it is for."
    )
    goal = ChoiceField(Goal, help_text="What it is meant to achieve.")
    condition = models.CharField(max_length=200, blank=True, help_text="When, or for whom, it is used.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            unique_statement_constraint("indication", "treatment", "cancer", "goal", "condition"),
        ]


class Caution(TreatmentUseStatement):
    """A treatment needs care together with another treatment, or for some people."""

    signals = (Signal("before|interferes?|interacts?|avoid|careful|carefully|caution|unless|not (?:take|use)"),)

    treatment = models.ForeignKey(
        Treatment, models.PROTECT, related_name="cautions", help_text="The treatment that needs care."
    )
    with_treatment = models.ForeignKey(
        Treatment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cautions_with",
        help_text="The other treatment, where the care is needed because of one.",
    )
    effect = models.CharField(max_length=200, help_text="What may happen, or what is to be done first.")

    class Meta(TreatmentUseStatement.Meta):
        constraints = [
            *TreatmentUseStatement.Meta.constraints,
            unique_statement_constraint("caution", "treatment", "effect", nullable=["with_treatment", "for_cancer"]),
        ]
