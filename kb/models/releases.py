"""Releases: named, immutable snapshots of the published data and their files."""

import hashlib
import re
import zlib
from typing import Any, NoReturn, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from kb.models.querysets import ModelT

ARCHIVE_MEDIA_TYPE = "application/zip"  # The media type of the one file of a release that holds all the others.
DATABASE_MEDIA_TYPE = "application/vnd.sqlite3"
RELEASE_NAME_PATTERN = re.compile(r"[0-9]{4}\.(0[1-9]|1[0-2])(\.[1-9][0-9]?)?")


def validate_name(name: str) -> None:
    """Refuse a name that is not a year and a month (2026.12), with an optional number for further releases."""
    if not RELEASE_NAME_PATTERN.fullmatch(name):
        raise ValidationError(
            f"“{name}” is no name of a release: write the year and the month, such as 2026.12, and 2026.12.1 for "
            "another one of the same month."
        )


def refuse_modification(*args: Any, **kwargs: Any) -> NoReturn:
    raise ValidationError("A release never changes: make another one.")


refuse_modification.alters_data = True


class ImmutableQuerySet(models.QuerySet[ModelT]):
    """Refuses to update or delete rows in bulk."""

    update = delete = bulk_update = refuse_modification


class ImmutableModel(models.Model):
    """A row that can be inserted, but not changed or deleted."""

    objects = ImmutableQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, **kwargs: Any) -> None:
        super().save(**kwargs | {"force_insert": True})

    delete = refuse_modification


class Release(ImmutableModel):
    """The published data of one moment under a name, in files that stay as they are: what a study can cite."""

    name = models.CharField(
        max_length=12, unique=True, validators=[validate_name], help_text="The year and the month, such as 2026.12."
    )
    made_at = models.DateTimeField(default=timezone.now, help_text="When it was made (ISO 8601, UTC).")
    data_version = models.CharField(max_length=40, help_text="The version of the data that it holds.")
    version = models.CharField(max_length=20, help_text="The version of the software that made it.")
    records = models.PositiveIntegerField(help_text="How many records it holds.")
    previous = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The release that its changes are told from.",
    )

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ReleaseFile(ImmutableModel):
    """One file of a release, as it was written."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="files", help_text="The release it belongs to.")
    name = models.CharField(max_length=60, help_text="Its name, such as side-effects.csv.")
    says = models.CharField(max_length=200, help_text="What is in it.")
    media_type = models.CharField(max_length=60, help_text="Its media type.")
    size = models.PositiveIntegerField(help_text="Its size in bytes.")
    sha256 = models.CharField(max_length=64, help_text="The SHA-256 of its bytes, in hexadecimal.")
    packed = models.BinaryField(help_text="Its bytes, compressed.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["release", "name"], name="a_file_of_a_release_has_a_name")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def from_bytes(cls, name: str, content: bytes, media_type: str, says: str) -> Self:
        """Return an unsaved file, not yet assigned to a release."""
        digest = hashlib.sha256(content).hexdigest()
        return cls(
            name=name,
            says=says,
            media_type=media_type,
            size=len(content),
            sha256=digest,
            packed=zlib.compress(content),
        )

    @property
    def content(self) -> bytes:
        """Return its uncompressed bytes."""
        return zlib.decompress(self.packed)
