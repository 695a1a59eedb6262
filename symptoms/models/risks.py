"""Model of risk factors."""

from itertools import product

from django.db import models

from kb.fields import ChoiceField
from kb.models import (
    Cancer,
    ContradictionRule,
    EdgeKind,
    GraphEdge,
    Signal,
    Statement,
    at_most_one_constraint,
    exactly_one_constraint,
    unique_statement_constraint,
)
from kb.schema_org import DEFINITE_ONLY, SchemaOrgProperty
from symptoms.choices import Direction
from symptoms.models.causes import RAISES_RISK
from symptoms.models.entries import Symptom
from treatments.models import Treatment

AT_STAKE_FIELDS = ("cancer", "symptom")
FACTOR_FIELDS = ("factor_treatment", "factor_cancer", "factor_condition")


class RiskFactor(Statement):
    """Something raises or lowers the risk of a cancer, or of a symptom."""

    contest = (
        ContradictionRule(
            "effect",
            "effect",
            ({Direction.RAISES}, {Direction.LOWERS}),
            {"at_stake": AT_STAKE_FIELDS, "cause": (*FACTOR_FIELDS, "factor")},
            universal_values={"at_stake": {Direction.LOWERS}},
        ),
    )
    leads = (
        *(
            GraphEdge(factor, at_stake, RAISES_RISK, conditions={"effect": {Direction.RAISES}})
            for factor, at_stake in product(FACTOR_FIELDS, AT_STAKE_FIELDS)
        ),
        *(
            GraphEdge(
                "factor_treatment",
                at_stake,
                "lowers the risk of",
                EdgeKind.RELIEF,
                conditions={"effect": {Direction.LOWERS}},
            )
            for at_stake in AT_STAKE_FIELDS
        ),
    )
    alternatives = (AT_STAKE_FIELDS, FACTOR_FIELDS)
    signals = (
        Signal(
            "(?:raise|increase)s? (?:the |your )?(?:risk|likelihood|chance)|higher risk|more (?:likely|common)",
            "effect",
            Direction.RAISES,
        ),
        Signal(
            "(?:reduce|lower)s? (?:the |your |that )?(?:risk|likelihood|chance)|less likely", "effect", Direction.LOWERS
        ),
    )
    schema_org = tuple(
        SchemaOrgProperty(
            of,
            "riskFactor",
            "factor",
            ("MedicalRiskFactor",),
            {"certainty": DEFINITE_ONLY, "effect": [Direction.RAISES]},
            allowed_fields=FACTOR_FIELDS,
        )
        for of in AT_STAKE_FIELDS
    )

    factor = models.CharField(max_length=200, help_text="What moves the risk.")
    factor_treatment = models.ForeignKey(
        Treatment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="risks",
        help_text="The treatment that moves the risk, where the factor is one.",
    )
    factor_cancer = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="risks",
        help_text="The cancer that moves the risk, where the factor is one.",
    )
    factor_condition = models.ForeignKey(
        Symptom,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="risks",
        help_text="The symptom or condition that moves the risk, where the factor is one.",
    )
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
            exactly_one_constraint("risk_factor", *AT_STAKE_FIELDS),
            at_most_one_constraint("risk_factor_factor", *FACTOR_FIELDS),
            unique_statement_constraint("risk_factor", "factor", "effect", nullable=AT_STAKE_FIELDS),
        ]
