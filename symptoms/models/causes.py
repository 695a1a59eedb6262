"""Models of side effects and manifestations."""

from django.db import models

from kb.choices import OPPOSITE_FREQUENCIES, RARE_FREQUENCIES, Frequency
from kb.fields import ChoiceField, IsoDurationField
from kb.models import (
    Cancer,
    ContradictionRule,
    EdgeKind,
    GraphEdge,
    Limit,
    SeriousHarmRule,
    Signal,
    SignRule,
    TreatmentUseStatement,
    exactly_one_constraint,
    unique_statement_constraint,
)
from kb.schema_org import DEFINITE_ONLY, SchemaOrgProperty
from symptoms.choices import OPPOSITE_COURSES, Constancy, Movement, Seriousness, SideEffectEffect
from symptoms.models.entries import Symptom
from symptoms.models.limits import CausedSymptomStatement
from treatments.models import Treatment

RAISES_RISK = "can raise the risk of"


class SideEffect(TreatmentUseStatement):
    """A treatment brings on a symptom, raises its risk, or protects from it."""

    contest = (
        ContradictionRule(
            "effect",
            "effect",
            ({SideEffectEffect.CAUSES, SideEffectEffect.RAISES_RISK}, {SideEffectEffect.PROTECTS}),
            {"at_stake": ("symptom",), "cause": ("treatment",)},
            universal_values={"at_stake": {SideEffectEffect.PROTECTS}},
        ),
        ContradictionRule(
            "frequency",
            "frequency",
            OPPOSITE_FREQUENCIES,
            {"symptom": ("symptom",), "cause": ("treatment",)},
            universal_values={"symptom": RARE_FREQUENCIES},
        ),
    )
    leads = (
        GraphEdge("treatment", "symptom", "can cause", conditions={"effect": {SideEffectEffect.CAUSES}}),
        GraphEdge("treatment", "symptom", RAISES_RISK, conditions={"effect": {SideEffectEffect.RAISES_RISK}}),
        GraphEdge(
            "treatment",
            "symptom",
            "protects from",
            EdgeKind.RELIEF,
            conditions={"effect": {SideEffectEffect.PROTECTS}},
        ),
    )
    signals = (
        Signal(
            "causes?|caused|causing|leads? to|side effects?|triggers?|brings? on", "effect", SideEffectEffect.CAUSES
        ),
        Signal(
            "(?:raise|increase)s? (?:the |your )?risk|higher risk|more likely", "effect", SideEffectEffect.RAISES_RISK
        ),
        Signal("protects?|protects? against", "effect", SideEffectEffect.PROTECTS),
    )
    harm_rule = SeriousHarmRule(
        "treatment",
        "symptom",
        {
            "seriousness": Seriousness.SERIOUS,
            "effect__in": [SideEffectEffect.UNSTATED, SideEffectEffect.CAUSES, SideEffectEffect.RAISES_RISK],
        },
    )

    treatment = models.ForeignKey(
        Treatment,
        models.PROTECT,
        related_name="side_effects",
        help_text="The treatment, or the whole class, that it is said of.",
    )
    symptom = models.ForeignKey(
        Symptom, models.PROTECT, related_name="side_effects", help_text="What it brings on, or protects from."
    )
    effect = ChoiceField(
        SideEffectEffect, help_text="Whether it causes the symptom, raises its risk or protects from it."
    )
    frequency = ChoiceField(Frequency, help_text="How often it is met, as the source words it.")
    seriousness = ChoiceField(Seriousness, help_text="Whether the source calls it serious.")
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

    class Meta(TreatmentUseStatement.Meta):
        constraints = [
            *TreatmentUseStatement.Meta.constraints,
            unique_statement_constraint(
                "side_effect",
                "treatment",
                "symptom",
                "effect",
                "frequency",
                "seriousness",
                "onset",
                "duration",
                "mechanism",
                "course",
                nullable=["for_cancer"],
            ),
        ]


class Manifestation(CausedSymptomStatement):
    """A symptom shows in a cancer, or in another condition."""

    contest = tuple(
        ContradictionRule(
            point,
            point,
            positions,
            {"symptom": ("symptom",), "cause": ("cancer", "condition")},
            universal_values={"symptom": RARE_FREQUENCIES},
            time_field="timing",
        )
        for point, positions in {"frequency": OPPOSITE_FREQUENCIES, **OPPOSITE_COURSES}.items()
    )
    limits = (*CausedSymptomStatement.limits, Limit("involvement", "Only when it affects {}."))
    leads = (GraphEdge("cancer", "symptom", "can show as"), GraphEdge("condition", "symptom", "can lead to"))
    sign_rule = SignRule("symptom", ("cancer", "condition"), "involvement")
    signals = (Signal("symptoms?|signs?|causes?|caused|causing|leads? to|makes? you|feels?|experience|notice|due to"),)
    schema_org = tuple(
        SchemaOrgProperty(
            of, "signOrSymptom", "symptom", ("MedicalSymptom", "MedicalSign"), {"certainty": DEFINITE_ONLY}
        )
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
    involvement = models.CharField(
        max_length=200,
        blank=True,
        help_text="The part of the body that must be affected for it to show, such as the spine or nerves.",
    )
    pattern = models.CharField(max_length=200, blank=True, help_text="What it is like, or where it is.")
    timing = models.CharField(max_length=200, blank=True, help_text="When it shows or gets worse.")
    constancy = ChoiceField(Constancy, help_text="Whether it is there all the time or comes and goes.")
    movement = ChoiceField(Movement, help_text="What movement or activity does to it.")
    frequency = ChoiceField(Frequency, help_text="How often it is met, as the source words it.")
    mechanism = models.CharField(max_length=200, blank=True, help_text="How it comes about.")

    class Meta(CausedSymptomStatement.Meta):
        constraints = [
            *CausedSymptomStatement.Meta.constraints,
            exactly_one_constraint("manifestation", "cancer", "condition"),
            unique_statement_constraint(
                "manifestation",
                "symptom",
                "pattern",
                "timing",
                "frequency",
                "mechanism",
                "involvement",
                nullable=["cancer", "condition", *CausedSymptomStatement.cause_field_names()],
            ),
        ]
