"""Digests of what is public of each record, and their tally for each model: the data version without a full read."""

from uuid import uuid4

from django.db import models

from kb.utils.commutative_sum import EMPTY_SUM

LABEL_LENGTH = 100


class RecordDigest(models.Model):
    """What was counted of one record (or of one result of a check of citations) when it was last written."""

    model = models.CharField(max_length=LABEL_LENGTH, help_text="The label of its model, such as kb.cancer.")
    key = models.PositiveBigIntegerField(help_text="Its primary key.")
    slug = models.CharField(max_length=120, help_text="Its slug: the digests of what refers to it depend on it.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what is public of it; empty if nothing is.")
    is_reviewed = models.BooleanField(default=False, help_text="Whether it is public and a clinician reviewed it.")

    updated_at = models.DateTimeField(null=True, help_text="When it was last changed; null unless it is public.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="one_digest_a_record")]
        indexes = [models.Index(fields=["model", "updated_at"], name="newest_of_a_model")]

    def __str__(self) -> str:
        return f"{self.model} {self.slug}: {self.digest[:10]}"


class DatasetTally(models.Model):
    """What the digests of one model come to: how many records are public, and the sum of their digests."""

    model = models.CharField(max_length=LABEL_LENGTH, unique=True, help_text="The label of the model.")
    layout = models.CharField(max_length=64, help_text="Digest of the columns that the digests are made of.")
    records = models.PositiveIntegerField(help_text="How many records are public.")
    reviewed = models.PositiveIntegerField(help_text="How many of these a clinician reviewed.")
    newest = models.DateTimeField(null=True, help_text="When one of these was changed last.")
    digest_sum = models.CharField(
        max_length=64, default=EMPTY_SUM, help_text="Sum of their digests modulo 2²⁵⁶, as 64 hexadecimal digits."
    )
    mark = models.UUIDField(
        null=True,  # As processes of a version before it leave it.
        default=uuid4,
        help_text="A new one whenever a record of the model is written, drafts included.",
    )

    class Meta:
        verbose_name_plural = "dataset tallies"

    def __str__(self) -> str:
        return f"{self.model}: {self.records}, {self.digest_sum[:10]}"

    def get_state(self) -> tuple[object, ...]:
        """Return a value that changes whenever a record of the model is written.

        Where it is not stored, the first write stores it. A process of a version before the mark does not renew it,
        but stores another sum of digests.
        """
        mark = (self.mark or uuid4()) if self.pk else None
        return mark, self.records, self.newest, self.digest_sum
