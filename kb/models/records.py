"""The abstract `Record` model: a permanent slug, a status, review dates and columns derived for search."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from itertools import chain, islice
from typing import Any, TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import post_save, pre_save
from django.utils import timezone

from kb.choices import Status
from kb.fields import ChoiceField, ListField, filter_texts
from kb.models.querysets import RecordQuerySet
from kb.utils.text_analysis import build_index_text
from kb.validators import find_text_errors, fold_value

RelationField: TypeAlias = "models.ForeignKey[Any, Any] | models.ManyToManyField[Any, Any]"
RelatedRecords: TypeAlias = dict[str, list[models.Model]]  # The records to which each relation field refers.


def not_in_the_future(day: date) -> None:
    """Refuse a date later than today."""
    if day > timezone.localdate():
        raise ValidationError("This day has not come yet.")


def next_review() -> date:
    """Return the day on which a record reviewed today is due for its next review."""
    return timezone.localdate() + timedelta(days=settings.REVIEW_AFTER_DAYS)


class PrintableTextMixin(models.Model):
    """Folds what people type, and refuses texts that nobody can read or that some output format cannot hold."""

    class Meta:
        abstract = True

    def fold_texts(self, exclude: Collection[str] | None = None) -> None:
        """Set the texts of the record in the form in which they are stored."""
        for field in self._meta.fields:
            if field.editable and field.name not in (exclude or ()):
                value = getattr(self, field.attname)
                if (folded := fold_value(field, value).value) != value:
                    setattr(self, field.attname, folded)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        self.fold_texts(exclude)
        errors: dict[str, list[ValidationError]] = {}
        try:
            super().clean_fields(exclude)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for field in self._meta.fields:
            if field.editable and field.name not in (exclude or ()):
                text_errors = [ValidationError(text) for text in find_text_errors(field, getattr(self, field.attname))]
                errors |= {field.name: [*errors.get(field.name, []), *text_errors]} if text_errors else {}
        if errors:
            raise ValidationError(errors)


MAX_NAMED_REFERENCES = 5  # Of those that rest on a record, in the error that refuses its retirement.


class Record(PrintableTextMixin):
    """Anything with a permanent public name: its slug, used in addresses, fixtures and links, and never reused."""

    derived: tuple[str, ...] = ("search_index",)  # Columns computed from the others: not editable, not public.
    internal: tuple[str, ...] = ("review_due",)  # Columns for editors only: not public, not part of the data version.

    slug = models.SlugField(
        max_length=120, unique=True, help_text="Permanent public identifier, used in the record's address."
    )
    status = ChoiceField(
        Status,
        default=Status.DRAFT,
        help_text="Draft while it is being written, published for the world, retired when it no longer stands.",
    )
    replaced_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        help_text="The record that stands in its place, if it is retired.",
    )
    reviewed_on = models.DateField(
        null=True,
        blank=True,
        validators=[not_in_the_future],
        help_text="When a clinician last reviewed it; empty until one has.",
    )
    review_due = models.DateField(
        default=next_review,
        help_text="When it is to be reviewed next, so that nothing grows old unseen.",
    )
    updated_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When it was last changed (ISO 8601, UTC)."
    )
    search_index = models.TextField(
        editable=False, default="", help_text="The roots of its words: a line for each name, a last one for the rest."
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(replaced_by=None) | Q(status=Status.RETIRED),
                name="%(class)s_replaced_only_when_retired",
                violation_error_message="Only a retired record is replaced by another: retire it, or leave this empty.",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    def natural_key(self) -> tuple[str]:
        return (self.slug,)

    def save(self, **kwargs: Any) -> None:
        self.updated_at = timezone.now()
        with transaction.atomic(using=kwargs.get("using")):  # Rows that signal handlers write belong to the same write.
            super().save(**kwargs)

    def names(self) -> list[str]:
        """Return the names of the record, the preferred one first; empty for records without names."""
        return []

    @classmethod
    def text_fields(cls) -> list[str]:
        """Return the names of the columns with free text or lists of it: no codes, slugs or enumerations."""
        return [
            f.name
            for f in cls._meta.fields
            if isinstance(f, ListField)
            or (
                isinstance(f, models.CharField | models.TextField)
                and f.editable
                and not f.choices
                and all(isinstance(validator, MaxLengthValidator) for validator in f.validators)
            )
        ]

    def set_derived_columns(self) -> None:
        """Set the derived columns from the others, without saving."""
        names = filter_texts(self.names())
        texts = filter_texts([getattr(self, name) for name in self.text_fields()])
        self.search_index = build_index_text(names, [text for text in texts if text not in names])

    @classmethod
    def relation_fields(cls) -> "list[RelationField]":
        """Return the fields that refer to other records, in the model's order, without `replaced_by`."""
        fields = [*cls._meta.fields, *cls._meta.many_to_many]
        return [f for f in fields if f.is_relation and f.name != "replaced_by"]

    def related_records(self) -> RelatedRecords:
        """Return the records to which each of the relation fields refers, as lists."""
        return {
            f.name: list(getattr(self, f.name).all()) if f.many_to_many else list(filter(None, [getattr(self, f.name)]))
            for f in self.relation_fields()
        }

    def publication_errors(self, related: RelatedRecords | None = None) -> Iterator[tuple[str, str]]:
        """Yield why the record may not have its status, as pairs of a field name and a message.

        `related` holds the records to which its fields will refer, if these relations are not saved yet.
        """
        replacement = self.replaced_by
        if replacement and (replacement == self or replacement.status != Status.PUBLISHED):
            yield (
                "replaced_by",
                f"“{replacement}” cannot stand in its place: that takes another record that is published.",
            )
        if self.status == Status.RETIRED and self.pk and (count := self.count_published_references()):
            named = [f"“{record}”" for record in self.find_published_references(MAX_NAMED_REFERENCES)]
            listed = ", ".join(named) + (f" and {count - len(named)} more" if count > len(named) else "")
            yield "status", f"{count} published records rest on it ({listed}): change or retire them first."
        if self.status == Status.PUBLISHED:
            related = self.related_records() if related is None else related
            yield from self.extra_publication_errors(related)
            for field, records in related.items():
                for record in records:
                    if getattr(record, "status", Status.PUBLISHED) != Status.PUBLISHED:
                        yield field, f"“{record}” is not published: publish it first, or keep this a draft."

    def iterate_published_references(self) -> Iterator[RecordQuerySet[Any]]:
        """Yield, by model and field, the published records that refer to this one, except those that it replaces."""
        for relation in self._meta.related_objects:
            if relation.field.name != "replaced_by" and issubclass(relation.related_model, Record):
                yield relation.related_model.objects.public().filter(**{relation.field.name: self}).distinct()

    def count_published_references(self) -> int:
        """Return the number of published records that refer to this one, except those that it replaces."""
        return sum(records.count() for records in self.iterate_published_references())

    def find_published_references(self, limit: int) -> list["Record"]:
        """Return some of the published records that refer to this one, as many as `limit` at most."""
        records = chain.from_iterable(records[:limit] for records in self.iterate_published_references())
        return list(islice(records, limit))

    def extra_publication_errors(self, related: RelatedRecords) -> Iterable[tuple[str, str]]:
        """Yield further reasons against publication that only this model has."""
        return ()


def set_derived_columns_on_save(
    sender: type[models.Model], instance: models.Model, update_fields: Collection[str] | None, **kwargs: Any
) -> None:
    """Set the derived columns of a record that is saved with all its fields, also by `loaddata`."""
    if isinstance(instance, Record) and update_fields is None:
        instance.set_derived_columns()


def refresh_derived_columns_after_save(
    sender: type[models.Model], instance: models.Model, update_fields: Collection[str] | None, using: str, **kwargs: Any
) -> None:
    """Recompute derived columns from the row after a save of some columns or of an SQL expression."""
    if isinstance(instance, Record):
        values = [instance.__dict__.get(name) for name in instance.text_fields()]
        if update_fields is not None or any(hasattr(value, "resolve_expression") for value in values):
            type(instance)._default_manager.using(using).filter(pk=instance.pk).refresh_derived_columns()


def connect_signal_handlers():
    """Connect the handlers that keep derived columns up to date."""
    pre_save.connect(set_derived_columns_on_save)
    post_save.connect(refresh_derived_columns_after_save)
