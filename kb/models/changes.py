"""Versions (the history of records), proposed changes, import batches, shipped contents and saved filters."""

from typing import TYPE_CHECKING, Self, cast

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from kb.choices import ChangeState, Way
from kb.fields import ChoiceField
from kb.models.querysets import ModelT
from kb.permissions import PERMISSIONS

if TYPE_CHECKING:
    from kb.models.registry import VersionedRecord

OPEN_STATES = [ChangeState.DRAFT, ChangeState.SUBMITTED, ChangeState.RETURNED]
MAX_REASON_LENGTH = 500
DECIDED_STATES = [ChangeState.APPROVED, ChangeState.SUPERSEDED, ChangeState.REJECTED]


class RecordLinkedQuerySet(models.QuerySet[ModelT]):
    """Queries over rows that belong to records of any model."""

    def for_records(self, *records: models.Model) -> Self:
        """Filter for the rows of these records, all of which are of one model."""
        kind = ContentType.objects.get_for_model(records[0]) if records else None
        return self.filter(kind=kind, object_id__in=[record.pk for record in records])


class RecordLinkedModel(models.Model):
    """A row that belongs to one record of any model."""

    kind = models.ForeignKey(ContentType, models.PROTECT, related_name="+", help_text="What kind of record it is.")
    object_id = models.PositiveBigIntegerField(help_text="Its key.")
    record = GenericForeignKey("kind", "object_id")
    slug = models.CharField(max_length=200, db_index=True, help_text="Its public identifier, kept when it is gone.")
    why = models.CharField(max_length=MAX_REASON_LENGTH, help_text="Why, in a sentence.")

    objects = RecordLinkedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def model(self) -> "type[VersionedRecord]":
        return cast("type[VersionedRecord]", self.kind.model_class())


class Batch(models.Model):
    """Records that came together: drafts that an editor sent, an import, or a new version of the shipped data."""

    kind = models.ForeignKey(
        ContentType, models.PROTECT, null=True, related_name="+", help_text="What kind of records; empty for several."
    )
    name = models.CharField(max_length=200, help_text="The file, or the version, that they came with.")
    rows = models.JSONField(default=list, encoder=DjangoJSONEncoder, help_text="The records as they were given.")
    why = models.CharField(max_length=MAX_REASON_LENGTH, help_text="Why, in a sentence.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="By whom.")
    at = models.DateTimeField(default=timezone.now, help_text="When.")
    done_at = models.DateTimeField(null=True, help_text="When they were brought in; empty while it is only a trial.")
    together = models.BooleanField(
        default=False, help_text="Whether its changes are published together or not at all, as an editor sent them."
    )

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return self.name


class Change(RecordLinkedModel):
    """What somebody proposes to make of a record; the public sees it once somebody else has approved it."""

    state = ChoiceField(ChangeState, default=ChangeState.DRAFT, help_text="Where it stands.")
    base = models.JSONField(encoder=DjangoJSONEncoder, help_text="The record as it was when this was written.")
    content = models.JSONField(encoder=DjangoJSONEncoder, help_text="The record as it is to be.")
    way = ChoiceField(Way, default=Way.FORM, help_text="On what way it came.")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="changes", help_text="What it came with.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="changes",
        help_text="Who proposes it; empty where it came with the shipped data.",
    )
    begun_at = models.DateTimeField(default=timezone.now, help_text="When it was begun.")
    submitted_at = models.DateTimeField(null=True, help_text="When it was sent for review.")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="decisions", help_text="Who decided."
    )
    decided_at = models.DateTimeField(null=True, help_text="When it was decided.")
    refusal = models.ForeignKey(
        "kb.Remark",
        models.RESTRICT,
        null=True,
        related_name="+",
        help_text="The remark with which it was last sent back or rejected.",
    )
    continues = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The rejected change of the same author that it takes up again.",
    )
    lock = models.PositiveIntegerField(default=0, help_text="Grows with each step, so that no two overtake each other.")

    class Meta:
        ordering = ["submitted_at", "pk"]
        permissions = [(codename.partition(".")[2], name) for codename, name in PERMISSIONS.items()]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "object_id", "author"],
                condition=Q(state__in=OPEN_STATES),
                name="one_open_change_of_an_author",
            ),
            models.CheckConstraint(
                condition=Q(reviewer=None) | Q(author=None) | ~Q(reviewer=F("author")),
                name="nobody_decides_their_own_change",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=DECIDED_STATES) | Q(reviewer__isnull=False, decided_at__isnull=False),
                name="who_decides_is_named",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ChangeState.REJECTED, ChangeState.RETURNED]) | Q(refusal__isnull=False),
                name="a_refusal_gives_its_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state=ChangeState.SUBMITTED) | Q(submitted_at__isnull=False),
                name="what_was_sent_has_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.name} {self.slug}: {self.why}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class VersionQuerySet(RecordLinkedQuerySet["Version"]):
    """Queries over versions."""

    def latest_per_record(self) -> Self:
        """Filter for the last version of each record."""
        same_record = Version.objects.filter(kind=OuterRef("kind"), object_id=OuterRef("object_id"))
        return self.filter(number=Subquery(same_record.order_by("-number").values("number")[:1]))


class Version(RecordLinkedModel):
    """What a record was from one moment on: kept for ever, changed by nobody."""

    number = models.PositiveIntegerField(help_text="Counts the versions of a record from 1.")
    content = models.JSONField(
        null=True, encoder=DjangoJSONEncoder, help_text="The record as it was; null where it was deleted."
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="By whom; null: by a program.",
    )
    at = models.DateTimeField(default=timezone.now, db_index=True, help_text="When.")
    way = ChoiceField(Way, help_text="On what way it came.")
    change = models.ForeignKey(
        Change, models.PROTECT, null=True, related_name="versions", help_text="The reviewed change that brought it."
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "history"
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "number"], name="versions_follow_each_other")
        ]

    def __str__(self) -> str:
        return f"{self.kind.name} {self.slug}, version {self.number}"


class Shipment(models.Model):
    """What the project's own files last said of a record, so that an update brings only what is new in them."""

    model = models.CharField(max_length=100, help_text="The kind of record, as in the files.")
    key = models.CharField(max_length=200, help_text="Its public identifier, or the place of a passage.")
    content = models.JSONField(encoder=DjangoJSONEncoder, help_text="The record as the files gave it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="one_shipment_a_record")]

    def __str__(self) -> str:
        return f"{self.model} {self.key}"


class SavedFilter(models.Model):
    """A list as somebody likes to see it, under a name of their own."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters", help_text="Whose it is."
    )
    name = models.CharField(max_length=60, help_text="What its owner calls it.")
    path = models.CharField(max_length=200, help_text="The list.")
    query = models.CharField(max_length=1000, blank=True, help_text="How it is filtered.")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["owner", "path", "name"], name="a_saved_filter_has_a_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.path}?{self.query}"
