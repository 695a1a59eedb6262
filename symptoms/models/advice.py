"""Models of red flags, distinguishing features and guidance."""

from django.db import models
from django.db.models import Case, Value, When

from kb.fields import ChoiceField
from kb.models import (
    Cancer,
    GraphEdge,
    Statement,
    TreatmentUseStatement,
    exactly_one_constraint,
    unique_statement_constraint,
)
from symptoms.choices import MOST_URGENT_FIRST, Aspect, Explanation, GuidanceKind, Question, Urgency
from symptoms.models.entries import Investigation, Symptom
from treatments.models import Treatment

URGENCY_ORDER = Case(
    *(When(urgency=urgency.value, then=Value(rank)) for rank, urgency in enumerate(MOST_URGENT_FIRST)),
    default=Value(len(MOST_URGENT_FIRST)),
)


class RedFlag(Statement):
    """Signs that call for action now."""

    leads = (
        GraphEdge("signs", "suspects", "may mean", first_only=True),
        GraphEdge("signs", "suspects_cancer", "may mean", first_only=True),
    )

    vital = True
    urgency_order = URGENCY_ORDER

    signs = models.ManyToManyField(Symptom, related_name="red_flags", help_text="The signs to look out for.")
    suspects = models.ForeignKey(
        Symptom,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suspected_by",
        help_text="The condition that they may mean.",
    )
    suspects_cancer = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="suspected_by",
        help_text="The cancer, or the state of one, that they may mean.",
    )
    urgency = ChoiceField(Urgency, help_text="How fast the source says to act.")
    action = models.CharField(max_length=200, help_text="What the source says to do.")

    class Meta(Statement.Meta):
        ordering = [URGENCY_ORDER, "slug"]
        constraints = [
            *Statement.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(suspects=None) | models.Q(suspects_cancer=None),
                name="red_flag_suspects_one_thing",
                violation_error_message="Name the condition or the cancer that the signs may mean, not both.",
            ),
        ]

    def extra_publication_errors(self, related):
        yield from super().extra_publication_errors(related)
        if not related["signs"]:
            yield "signs", "It names no sign to look out for."


class DistinguishingFeature(Statement):
    """A feature of a pain that speaks for one explanation over another."""

    question = ChoiceField(Question, help_text="The two explanations between which it helps to tell.")
    symptoms = models.ManyToManyField(
        Symptom, related_name="distinguishing_features", help_text="The pains of which it is said."
    )
    aspect = ChoiceField(Aspect, help_text="What the feature is about.")
    feature = models.CharField(max_length=200, help_text="The feature itself.")
    points_to = ChoiceField(Explanation, help_text="The explanation that it speaks for.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            unique_statement_constraint("distinguishing_feature", "question", "aspect", "feature", "points_to"),
        ]


class Guidance(TreatmentUseStatement):
    """Advice or an explanation about one entry that no other kind of statement holds."""

    cancer = models.ForeignKey(
        Cancer, models.PROTECT, null=True, blank=True, related_name="guidance", help_text="The cancer that it is about."
    )
    treatment = models.ForeignKey(
        Treatment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guidance",
        help_text="The treatment that it is about.",
    )
    symptom = models.ForeignKey(
        Symptom,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guidance",
        help_text="The symptom that it is about.",
    )
    investigation = models.ForeignKey(
        Investigation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guidance",
        help_text="The investigation that it is about.",
    )
    kind = ChoiceField(GuidanceKind, help_text="What it is for.")

    class Meta(TreatmentUseStatement.Meta):
        verbose_name_plural = "guidance"
        constraints = [
            *TreatmentUseStatement.Meta.constraints,
            exactly_one_constraint("guidance", "cancer", "treatment", "symptom", "investigation"),
            models.CheckConstraint(
                condition=models.Q(for_cancer=None) | models.Q(treatment__isnull=False),
                name="guidance_use_of_a_treatment",
                violation_error_message="Only what is said of a treatment is limited to its use for a cancer.",
            ),
        ]

    @property
    def topic(self):
        """The entry that it is about."""
        return self.cancer or self.treatment or self.symptom or self.investigation
