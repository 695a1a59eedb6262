"""Abstract models of the limits that statements about symptoms share."""

from django.db import models

from kb.models import Cancer, Limit, Statement
from symptoms.models.entries import Symptom
from treatments.models import Treatment

CAUSE_SENTENCE = "Only when it comes from {}."


class CausedSymptomStatement(Statement):
    """A statement about a symptom that may hold only where some cause brings the symptom on."""

    limits = (
        *Statement.limits,
        Limit("cause_treatment", CAUSE_SENTENCE, is_cause=True),
        Limit("cause_cancer", CAUSE_SENTENCE, is_cause=True),
        Limit("cause_condition", CAUSE_SENTENCE, is_cause=True),
    )

    cause_treatment = models.ForeignKey(
        Treatment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)s_causes",
        help_text="The treatment that brings the symptom on, where the source says it only for that cause.",
    )
    cause_cancer = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)s_causes",
        help_text="The cancer that brings the symptom on, where the source says it only for that cause.",
    )
    cause_condition = models.ForeignKey(
        Symptom,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)s_causes",
        help_text="The condition that brings the symptom on, where the source says it only for that cause.",
    )

    class Meta(Statement.Meta):
        abstract = True
