"""What brings a symptom on, or raises its risk."""

from django.db import models

from kb.choices import RARE_OR_COMMON, Frequency
from kb.fields import ChoiceField, IsoDurationField
from kb.models import Cancer, Contest, Lead, Statement, exactly_one, unique_statement
from kb.schema_org import FIRM, Property
from symptoms.choices import Constancy, Direction, Movement, SideEffectEffect
from symptoms.models.entries import Symptom
from treatments.models import Treatment


class SideEffect(Statement):
    """A treatment brings on a symptom, or protects from it."""

    contest = Contest(
        {"effect": ({SideEffectEffect.CAUSES}, {SideEffectEffect.PROTECTS}), "frequency": RARE_OR_COMMON},
        of_all=frozenset({SideEffectEffect.PROTECTS}),
    )
    leads = (Lead("treatment", "symptom", "can cause", only={"effect": SideEffectEffect.CAUSES}),)

    treatment = models.ForeignKey(
        Treatment,
        models.PROTECT,
        related_name="side_effects",
        help_text="The treatment, or the whole class, that it is said of.",
    )
    symptom = models.ForeignKey(
        Symptom, models.PROTECT, related_name="side_effects", help_text="What it brings on, or protects from."
    )
    effect = ChoiceField(SideEffectEffect, help_text="Whether it causes the symptom or protects from it.")
    frequency = ChoiceField(Frequency, help_text="How often it is met, as the source words it.")
    onset = models.CharField(max_length=200, blank=True, help_text="When it starts.")
    onset_max = IsoDurationField(
        help_text="The longest time to its start that the source gives as a figure (ISO 8601, such as P7D)."
    )
    duration = models.CharField(max_length=200, blank=True, help_text="How long it lasts.")
    duration_max = IsoDurationField(
        help_text="The longest duration that the source gives as a figure (ISO 8601, such as P7D)."
    )
    mechanism = models.CharField(max_length=200, blank=True, help_text="How it comes about.")
    course = models.CharField(max_length=200, blank=True, help_text="How it develops, such as settling in time.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            unique_statement(
                "side_effect",
                "treatment",
                "symptom",
                "effect",
                "frequency",
                "onset",
                "duration",
                "mechanism",
                "course",
            ),
        ]


class Manifestation(Statement):
    """A symptom shows in a cancer, or in another condition."""

    contest = Contest(
        {
            "frequency": RARE_OR_COMMON,
            "constancy": ({Constancy.CONSTANT}, {Constancy.COMES_AND_GOES}),
            "movement": ({Movement.BETTER}, {Movement.WORSE}),
        },
        when="timing",
    )
    leads = (Lead("cancer", "symptom", "can show as"), Lead("condition", "symptom", "can show as"))
    schema_org = tuple(
        Property(of, "signOrSymptom", "symptom", ("MedicalSymptom", "MedicalSign"), {"certainty": FIRM})
        for of in ("cancer", "condition")
    )

    symptom = models.ForeignKey(Symptom, models.PROTECT, related_name="manifestations", help_text="What shows.")
    cancer = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="manifestations",
        help_text="The cancer in which it shows.",
    )
    condition = models.ForeignKey(
        Symptom,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="shows_as",
        help_text="The condition in which it shows, such as hypercalcaemia.",
    )
    pattern = models.CharField(max_length=200, blank=True, help_text="What it is like, or where it is.")
    timing = models.CharField(max_length=200, blank=True, help_text="When it shows or gets worse.")
    constancy = ChoiceField(Constancy, help_text="Whether it is there all the time or comes and goes.")
    movement = ChoiceField(Movement, help_text="What movement or activity does to it.")
    frequency = ChoiceField(Frequency, help_text="How often it is met, as the source words it.")
    mechanism = models.CharField(max_length=200, blank=True, help_text="How it comes about.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            exactly_one("manifestation", "cancer", "condition"),
            unique_statement(
                "manifestation",
                "symptom",
                "pattern",
                "timing",
                "frequency",
                "mechanism",
                nullable=["cancer", "condition"],
            ),
        ]


class RiskFactor(Statement):
    """Something raises or lowers the risk of a cancer, or of a symptom."""

    contest = Contest({"effect": ({Direction.RAISES}, {Direction.LOWERS})}, same=("factor",))
    schema_org = tuple(
        Property(of, "riskFactor", "factor", ("MedicalRiskFactor",), {"certainty": FIRM, "effect": [Direction.RAISES]})
        for of in ("cancer", "symptom")
    )

    factor = models.CharField(max_length=200, help_text="What moves the risk.")
    effect = ChoiceField(Direction, help_text="Which way it moves the risk.")
    cancer = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="risk_factors",
        help_text="The cancer, or the state of one, that is at stake.",
    )
    symptom = models.ForeignKey(
        Symptom,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="risk_factors",
        help_text="The symptom or condition that is at stake.",
    )

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            exactly_one("risk_factor", "cancer", "symptom"),
            unique_statement("risk_factor", "factor", "effect", nullable=["cancer", "symptom"]),
        ]
