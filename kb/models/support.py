"""Whether statements are supported: the last check of their citations, and the decisions of second persons."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kb.choices import CitationState
from kb.fields import ChoiceField
from kb.models.changes import RecordLinkedQuerySet
from kb.models.querysets import VersionedQuerySet


class StatementLinkedModel(models.Model):
    """A row about a statement and its lines, which holds only as long as both are what they were."""

    kind = models.ForeignKey(ContentType, models.PROTECT, related_name="+", help_text="What kind of statement it is.")
    object_id = models.PositiveBigIntegerField(help_text="Its key.")
    digest = models.CharField(max_length=64, help_text="Digest of what it says, of its lines and of their texts.")
    at = models.DateTimeField(default=timezone.now, help_text="When.")

    objects = RecordLinkedQuerySet.as_manager()

    class Meta:
        abstract = True


class CitationCheckQuerySet(RecordLinkedQuerySet["CitationCheck"], VersionedQuerySet["CitationCheck"]):
    """Queries over checks; bulk writes send signals, since readers see the states of citations."""


class CitationCheck(StatementLinkedModel):
    """What the last check of the citations found of a statement; deleted when the statement or its lines change."""

    state = ChoiceField(CitationState, help_text="Whether the words are there.")

    objects = CitationCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="one_citation_check_a_statement"),
            models.CheckConstraint(condition=~Q(state=CitationState.NOT_CHECKED), name="what_is_stored_was_checked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind.name} {self.object_id}: {self.get_state_display()}"


class SupportDecision(StatementLinkedModel):
    """That a person, who did not write it, has read the lines of a statement and found that they support it."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", help_text="Who decided.")
    reopened_at = models.DateTimeField(
        null=True, help_text="When the statement or its lines changed, or it was decided anew; null while it holds."
    )

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id"], condition=Q(reopened_at=None), name="one_support_decision_holds"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind.name} {self.object_id}: {self.by}, {self.at:%Y-%m-%d}"
