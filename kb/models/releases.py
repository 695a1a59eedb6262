"""Releases: named, immutable snapshots of the published data and their files."""

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from kb.models.querysets import ModelT

ARCHIVE_MEDIA_TYPE = "application/zip"  # The media type of the one file of a release that holds all the others.
DATABASE_MEDIA_TYPE, PARQUET_MEDIA_TYPE = "application/vnd.sqlite3", "application/vnd.apache.parquet"
CHUNK_SIZE = 2**20  # Bytes, before and after compression: what is in memory at a time.
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
    packed = models.BinaryField(
        help_text="Its bytes, compressed, where it was made before they came in chunks; else empty."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["release", "name"], name="a_file_of_a_release_has_a_name")]

    def __str__(self) -> str:
        return self.name

    def iterate_content(self) -> Iterator[bytes]:
        """Yield its uncompressed bytes, at most CHUNK_SIZE at a time."""
        return decompress([self.packed] if self.packed else ReleaseChunk.objects.iterate_packed(self.sha256))

    @property
    def content(self) -> bytes:
        """Return its uncompressed bytes, all at once."""
        return b"".join(self.iterate_content())


class ReleaseChunkQuerySet(ImmutableQuerySet["ReleaseChunk"]):
    """Queries over chunks, which are written before the file that they belong to."""

    def iterate_packed(self, sha256: str) -> Iterator[bytes]:
        """Yield the bytes of the chunks of a content, one after another."""
        position = -1
        following = self.filter(sha256=sha256).order_by("position").values_list("position", "packed")
        while chunk := following.filter(position__gt=position).first():
            position, packed = chunk
            yield packed

    def write_content(self, sha256: str, content: Iterable[bytes]) -> None:
        """Store a content in chunks, each in a transaction of its own, unless it is there."""
        if not self.filter(sha256=sha256).exists():
            for position, packed in enumerate(compress(content)):
                self.create(sha256=sha256, position=position, packed=packed)

    def delete_unused(self) -> None:
        """Delete what belongs to no file: a release was not finished. Each transaction deletes a few chunks."""
        unused = self.filter(~Exists(ReleaseFile.objects.filter(sha256=OuterRef("sha256"))))
        while keys := list(unused.values_list("pk", flat=True)[:20]):
            self.filter(pk__in=keys)._raw_delete(self.db)


class ReleaseChunk(ImmutableModel):
    """A part of the content of files of releases: files of the same content share its chunks."""

    sha256 = models.CharField(max_length=64, help_text="The SHA-256 of the whole content, in hexadecimal.")
    position = models.PositiveIntegerField(help_text="Which part it is, counted from 0.")
    packed = models.BinaryField(help_text="A part of the compressed content.")

    objects = ReleaseChunkQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "position"], name="a_chunk_has_a_position")]

    def __str__(self) -> str:
        return f"{self.sha256}:{self.position}"


def compress(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the compressed bytes of these pieces in pieces of about CHUNK_SIZE."""
    compressor, waiting = zlib.compressobj(), bytearray()
    for piece in pieces:
        waiting += compressor.compress(piece)
        if len(waiting) >= CHUNK_SIZE:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting + compressor.flush())


def decompress(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the uncompressed bytes of these pieces, at most CHUNK_SIZE at a time."""
    decompressor = zlib.decompressobj()
    for piece in pieces:
        waiting = bytes(piece)
        while waiting:
            yield decompressor.decompress(waiting, CHUNK_SIZE)
            waiting = decompressor.unconsumed_tail
    yield decompressor.flush()
