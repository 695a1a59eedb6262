"""Sources (documents) and passages (lines of a source that statements cite)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import F, Max, Q
from django.db.models.signals import pre_delete, pre_save

from kb.choices import PassageState
from kb.fields import ChoiceField, ListField, WebAddressField
from kb.models.querysets import RecordQuerySet, VersionedQuerySet
from kb.models.records import PrintableTextMixin, Record, not_in_the_future
from kb.models.source_editions import MAX_EDITIONS, MAX_LINES, EditionsMixin, validate_written_edition


class Source(Record, EditionsMixin):
    """A document that statements were read out of."""

    title = models.CharField(max_length=200, help_text="Title, as the document gives it.")
    publisher = models.CharField(
        max_length=120, blank=True, help_text="Who stands behind it; empty where the document does not say."
    )
    reviewer = models.CharField(
        max_length=200, blank=True, help_text="Who reviewed it; empty where the document does not say."
    )
    dated = models.DateField(
        null=True, blank=True, help_text="The date that it carries; empty where the document does not say."
    )
    date_means = models.CharField(
        max_length=60, blank=True, help_text="What the document says was done on that date: reviewed, updated."
    )
    note = models.TextField(blank=True, help_text="What is missing or damaged in the text that was read.")
    address = WebAddressField(
        max_length=500,
        blank=True,
        help_text="The address of the document, to which citations lead; empty where none is known.",
    )
    withdrawn_on = models.DateField(
        null=True,
        blank=True,
        validators=[not_in_the_future],
        help_text="When its publisher withdrew it, or it was found unsound; empty while it stands.",
    )
    withdrawn_why = models.CharField(
        max_length=300, blank=True, help_text="Why it was withdrawn, in a sentence that everybody reads."
    )
    stored_sha256: str | None = None  # While it is saved: the fingerprint that was stored before.

    sha256 = models.CharField(
        max_length=64,
        verbose_name="SHA-256",
        validators=[RegexValidator(r"^[0-9a-f]{64}$", "Give 64 hexadecimal digits, in lower case.")],
        help_text="Fingerprint of the text that was read, so that anyone who holds it can check every citation.",
    )
    lines = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MAX_LINES)],
        help_text="How many lines the text has; citations count from 1.",
    )
    earlier_editions = ListField(
        item_validator=validate_written_edition,
        help_text="The editions that were read before, the first first: of each its date, lines and SHA-256.",
    )

    class Meta(Record.Meta):
        constraints = [
            *Record.Meta.constraints,
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawn_why="")
                | (Q(withdrawn_on__isnull=False) & ~Q(withdrawn_why="")),
                name="withdrawn_source_has_day_and_reason",
                violation_error_message="A withdrawn source has both: the day, and why.",
            ),
            models.UniqueConstraint(fields=["sha256"], name="each_text_is_one_source"),
            models.CheckConstraint(condition=Q(lines__gte=1), name="source_has_lines"),
        ]

    def __str__(self) -> str:
        return self.title

    def names(self) -> list[str]:
        return [self.title]

    @classmethod
    def text_fields(cls) -> list[str]:
        return [name for name in super().text_fields() if name != "earlier_editions"]

    def clean(self) -> None:
        super().clean()
        if problem := self.describe_passages_beyond_end():
            raise ValidationError({"lines": problem})
        stored = Source.objects.filter(pk=self.pk).first()
        if stored and self.earlier_editions not in (stored.earlier_editions, stored.list_editions_before_next()):
            raise ValidationError(
                {"earlier_editions": "An edition that was read stays in the list: only the last one joins it."}
            )

    def describe_passages_beyond_end(self) -> str:
        """Return why the text cannot be as short as `lines` says: passages end later; empty if none does."""
        if not (self.pk and self.lines):
            return ""
        beyond = self.passages.filter(edition=self.edition, last_line__gt=self.lines)
        if not (last_line := beyond.aggregate(last=Max("last_line"))["last"]):
            return ""
        count = beyond.count()
        passages = "1 passage of it ends" if count == 1 else f"{count} passages of it end"
        return f"{passages} after line {self.lines}, the last at line {last_line}: it cannot be shorter than they are."

    def iterate_published_references(self) -> Iterator[RecordQuerySet[Any]]:
        for relation in Passage._meta.related_objects:
            if relation.many_to_many:
                yield relation.related_model.objects.public().filter(citations__source=self).distinct()


class PassageQuerySet(VersionedQuerySet["Passage"]):
    """Queries over passages."""

    def get_by_natural_key(self, source: str, first_line: int, last_line: int, edition: int = 1) -> "Passage":
        return self.get(source__slug=source, first_line=first_line, last_line=last_line, edition=edition)


class Passage(PrintableTextMixin):
    """The place in a source that supports a statement: where to look, never a copy of its words."""

    source = models.ForeignKey(
        Source, models.PROTECT, related_name="passages", help_text="The document in which it stands."
    )
    section = models.CharField(
        max_length=200, blank=True, help_text="The heading under which it stands; empty before the first one."
    )
    first_line = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MAX_LINES)], help_text="Its first line, counted from 1."
    )
    last_line = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MAX_LINES)], help_text="Its last line, counted from 1."
    )

    edition = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_EDITIONS)],
        help_text="The edition of the source in which it stands, counted from 1.",
    )
    state = ChoiceField(
        PassageState,
        default=PassageState.AS_CITED,
        help_text="How it stands in the edition of the source that is read now.",
    )

    # Set where an editor sees them, see kb.editorial.source_texts: its lines with their numbers, and those above them
    # that introduce a list, such as “Do not:”.
    cited_lines: Sequence[tuple[int, str]] = ()
    introducing_lines: Sequence[tuple[int, str]] = ()

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering = ["source__slug", "edition", "first_line", "last_line"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_line__gte=1, first_line__lte=F("last_line")),
                name="passage_ends_after_it_begins",
                violation_error_message="The last line must not come before the first.",
            ),
            models.UniqueConstraint(
                fields=["source", "edition", "first_line", "last_line"], name="each_place_is_one_passage"
            ),
        ]

    def __str__(self) -> str:
        lines = f"line {self.first_line}"
        if self.last_line != self.first_line:
            lines = f"lines {self.first_line}–{self.last_line}"
        edition = f", edition {self.edition}" if self.edition > 1 or self.source.edition > 1 else ""
        return f"{self.source}{edition}, {lines}" + (f" ({self.section})" if self.section else "")

    def save(self, **kwargs: Any) -> None:
        with transaction.atomic(using=kwargs.get("using")):  # Rows that signal handlers write belong to the same write.
            super().save(**kwargs)

    def natural_key(self) -> tuple[str | int, ...]:
        return build_passage_key(self.source.slug, self.first_line, self.last_line, self.edition)

    natural_key.dependencies = ["kb.source"]

    def is_cited(self) -> bool:
        """Return whether a statement cites it, in which case it must not be moved or deleted."""
        return any(getattr(self, relation.get_accessor_name()).exists() for relation in self._meta.related_objects)

    def clean(self) -> None:
        super().clean()
        if not (self.source_id and self.last_line and self.edition):
            return
        edition = self.source.get_edition(self.edition)
        if edition is None:
            raise ValidationError({"edition": f"“{self.source}” has no edition {self.edition} yet."})
        if self.last_line > edition.lines:
            raise ValidationError({"last_line": f"“{self.source}” has {edition.lines} lines."})
        if self.pk is None and not edition.is_current and self.state == PassageState.AS_CITED:
            raise ValidationError(
                {"edition": f"“{self.source}” is read in edition {self.source.edition} now: cite that."}
            )
        if edition.is_current and self.state != PassageState.AS_CITED:
            raise ValidationError({"state": "What stands in the edition that is read now is as cited."})

    @property
    def is_of_current_edition(self) -> bool:
        return self.edition == self.source.edition

    @property
    def edition_sha256(self) -> str:
        """The fingerprint of the edition in which it stands; empty if the source names no such edition."""
        edition = self.source.get_edition(self.edition)
        return edition.sha256 if edition else ""


def build_passage_key(source: str, first_line: int, last_line: int, edition: int = 1) -> tuple[str | int, ...]:
    """Return the natural key of a passage: source and lines, and the edition unless it is the first."""
    return (source, first_line, last_line, edition) if edition > 1 else (source, first_line, last_line)


def refuse_deleting_cited_passage(sender: type[Passage], instance: Passage, **kwargs: Any) -> None:
    """Refuse to delete a passage that a statement cites, whatever code tries it."""
    if instance.is_cited():
        raise ValidationError(f"“{instance}” is cited: a statement would be left without its source.")


def refuse_source_shorter_than_its_passages(
    sender: type[Source], instance: Source, raw: bool = False, **kwargs: Any
) -> None:
    """Refuse to save a source that is shorter than the passages of it; a bulk update sends no signal."""
    if not raw and (problem := instance.describe_passages_beyond_end()):
        raise ValidationError({"lines": problem})


def connect_signal_handlers():
    """Connect the handlers that keep cited passages from being deleted, and sources as long as their passages."""
    pre_delete.connect(refuse_deleting_cited_passage, sender=Passage)
    pre_save.connect(refuse_source_shorter_than_its_passages, sender=Source)
