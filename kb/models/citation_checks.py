"""Results of verifying citations against the texts of the sources."""

from typing import Self

from django.db import models
from django.utils import timezone

from kb.models.changes import RecordLinkedModel, RecordLinkedQuerySet, Version


class Check(models.Model):
    """One check of all citations against the texts: kept, so that it is known how old the last one is."""

    at = models.DateTimeField(default=timezone.now, help_text="When it was made.")
    passed = models.PositiveIntegerField(help_text="How many things were found right.")
    failed = models.PositiveIntegerField(help_text="How many were found wrong.")
    not_checkable = models.PositiveIntegerField(help_text="How many could not be checked, for want of a text.")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}: {self.passed} right, {self.failed} wrong"


class FindingQuerySet(RecordLinkedQuerySet["Finding"]):
    """Queries over findings."""

    def with_changed_since(self) -> Self:
        """Annotate `changed_since`: whether the record was written after the check, and so may be mended."""
        same_record = {"kind": models.OuterRef("kind"), "object_id": models.OuterRef("object_id")}
        later_versions = Version.objects.filter(**same_record, at__gt=models.OuterRef("at"))
        return self.annotate(changed_since=models.Exists(later_versions))


class Finding(RecordLinkedModel):
    """What the last check of the citations against the texts found wrong with a record."""

    at = models.DateTimeField(default=timezone.now, help_text="When it was found.")

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return f"{self.slug}: {self.why}"
