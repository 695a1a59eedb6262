"""Editions: the texts of sources, kept for the editors of this installation and for nobody else."""

import hashlib
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from kb.models.source_editions import MAX_LINES
from kb.models.sources import Source

MAX_TEXT_BYTES = 5_000_000  # Of one text, as UTF-8.


class Edition(models.Model):
    """The text of a source as it was read. It belongs to its publisher: no page, file or log of the public has it.

    It is no record: it has no slug, no history and no place in the data version, and nothing exports it.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="editions", help_text="The document.")
    stored_at = models.DateTimeField(default=timezone.now, help_text="When the text was taken in.")
    sha256 = models.CharField(max_length=64, verbose_name="SHA-256", help_text="The fingerprint of the text.")
    text = models.TextField(help_text="The text, line by line.")

    class Meta:
        ordering = ["source", "-stored_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "sha256"], name="each_text_is_kept_once")]

    def __str__(self) -> str:
        return f"{self.source}, {self.sha256[:10]}"

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text; citations count them from 1."""
        return self.text.splitlines()


def read_text(content: bytes) -> str:
    """Return a text from its bytes; raise ValidationError if it cannot be the text of a source."""
    if len(content) > MAX_TEXT_BYTES:
        raise ValidationError(f"It has {len(content):,} bytes; {MAX_TEXT_BYTES:,} at most, please.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValidationError(f"It is no plain text in UTF-8: byte {error.start} is none of that.") from error
    if "\0" in text:
        raise ValidationError("It holds a NUL character: it is no plain text.")
    if not text.strip():
        raise ValidationError("It is empty.")
    if len(text.splitlines()) > MAX_LINES:
        raise ValidationError(f"It has more than {MAX_LINES:,} lines.")
    return text


def compute_fingerprint(text: str) -> str:
    """Return the SHA-256 of a text, in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
