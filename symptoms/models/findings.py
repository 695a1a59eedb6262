"""Model of diagnostics: which investigation looks for what."""

from django.db import models

from kb.fields import ChoiceField
from kb.models import Cancer, Signal, Statement, exactly_one_constraint, unique_statement_constraint
from symptoms.choices import Step
from symptoms.models.entries import Investigation, Symptom


class Diagnostic(Statement):
    """An investigation looks for a cancer, or for a symptom or condition."""

    signals = (
        Signal("first", "step", Step.FIRST),
        Signal("confirms?|confirmed", "step", Step.CONFIRMATION),
        Signal("monitors?|monitoring|regularly", "step", Step.MONITORING),
        Signal("checks?|checked|detects?|shows?|finds?|reveals?|looks? for|measures?"),
    )

    investigation = models.ForeignKey(
        Investigation, models.PROTECT, related_name="diagnostics", help_text="The scan or test."
    )
    cancer = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="diagnostics",
        help_text="The cancer, or the state of one, that it looks for.",
    )
    symptom = models.ForeignKey(
        Symptom,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="diagnostics",
        help_text="The symptom or condition that it looks for.",
    )
    shows = models.CharField(max_length=200, blank=True, help_text="What it can show.")
    step = ChoiceField(Step, help_text="Where in the search it stands.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            exactly_one_constraint("diagnostic", "cancer", "symptom"),
            unique_statement_constraint("diagnostic", "investigation", "shows", "step", nullable=["cancer", "symptom"]),
        ]
