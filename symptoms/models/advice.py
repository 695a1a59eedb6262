"""Models of red flags, distinguishing features and guidance."""

from django.db import models
from django.db.models import Case, Value, When

from kb.fields import ChoiceField
from kb.models import (
    Cancer,
    ContradictionRule,
    Signal,
    Statement,
    TreatmentUseStatement,
    exactly_one_constraint,
    unique_statement_constraint,
)
from symptoms.choices import (
    MOST_URGENT_FIRST,
    OPPOSITE_COURSES,
    Aspect,
    Constancy,
    Curability,
    Explanation,
    GuidanceKind,
    Movement,
    Question,
    Urgency,
)
from symptoms.models.entries import Investigation, Symptom
from treatments.models import Treatment

GUIDANCE_TOPIC_FIELDS = ("cancer", "treatment", "symptom", "investigation")
URGENCY_ORDER = Case(
    *(When(urgency=urgency.value, then=Value(rank)) for rank, urgency in enumerate(MOST_URGENT_FIRST)),
    default=Value(len(MOST_URGENT_FIRST)),
)


class RedFlag(Statement):
    """Signs that call for action now."""

    vital = True
    suspicion_fields = ("suspects", "suspects_cancer")
    urgency_order = URGENCY_ORDER
    signals = (
        Signal("emergency|ambulance", "urgency", Urgency.EMERGENCY),
        Signal("immediately|straight away|at once|urgently|same day", "urgency", Urgency.IMMEDIATE),
        Signal("as soon as possible|soon", "urgency", Urgency.SOON),
    )

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

    signals = (
        Signal("worse|better|worsens?|both sides|at night|comes? and goes?|constant|starts?|started|feels? like"),
    )

    contest = tuple(
        ContradictionRule(
            point,
            point,
            positions,
            {"symptom": ("symptoms",), "cause": ("cancer", "points_to")},
            # What is said of a bone pain or a joint pain is said of it whatever brings it on.
            empty_values={Explanation.UNSTATED, Explanation.BONE, Explanation.JOINT},
            time_field="timing",
        )
        for point, positions in OPPOSITE_COURSES.items()
    )

    question = ChoiceField(Question, help_text="The two explanations between which it helps to tell.")
    symptoms = models.ManyToManyField(
        Symptom, related_name="distinguishing_features", help_text="The pains of which it is said."
    )
    aspect = ChoiceField(Aspect, help_text="What the feature is about.")
    feature = models.CharField(max_length=200, help_text="The feature itself.")
    points_to = ChoiceField(Explanation, help_text="The explanation that it speaks for.")
    cancer = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="distinguishing_features",
        help_text="The state of a cancer that the explanation is, such as bone metastasis.",
    )
    timing = models.CharField(max_length=200, blank=True, help_text="When in the course of the pain it is so.")
    constancy = ChoiceField(Constancy, help_text="Whether the pain is then there all the time or comes and goes.")
    movement = ChoiceField(Movement, help_text="What movement or activity does to the pain.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            unique_statement_constraint("distinguishing_feature", "question", "aspect", "feature", "points_to"),
            models.CheckConstraint(
                condition=models.Q(cancer=None) | models.Q(points_to=Explanation.METASTASIS),
                name="distinguishing_feature_of_a_cancer",
                violation_error_message="Only a feature that speaks for spread names the state of a cancer.",
            ),
        ]


class Guidance(TreatmentUseStatement):
    """Advice or an explanation about one entry that no other kind of statement holds."""

    names_in_text = True
    signals = (
        Signal("ask|tell|talk|let your|speak", "kind", GuidanceKind.COMMUNICATION),
        Signal("choose|chosen|depends?|decide", "kind", GuidanceKind.TREATMENT_CHOICE),
        Signal("is when|are medicines|means|because|called", "kind", GuidanceKind.EXPLANATION),
    )
    contest = (
        ContradictionRule(
            "curability",
            "curability",
            ({Curability.NOT_CURABLE}, {Curability.NOT_TYPICALLY_CURABLE}, {Curability.CURABLE}),
            {"topic": GUIDANCE_TOPIC_FIELDS},
            universal_values={"topic": {Curability.NOT_CURABLE}},
        ),
    )

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
    curability = ChoiceField(Curability, help_text="Whether it can be cured, where that is what is said.")

    class Meta(TreatmentUseStatement.Meta):
        verbose_name_plural = "guidance"
        constraints = [
            *TreatmentUseStatement.Meta.constraints,
            exactly_one_constraint("guidance", *GUIDANCE_TOPIC_FIELDS),
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
