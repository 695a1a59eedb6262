"""What a record is: anything with a permanent public name."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from kb.choices import Status
from kb.fields import ChoiceField, ListField, filter_texts
from kb.models.querysets import RecordQuerySet
from kb.utils import text_analysis as words
from kb.validators import find_text_errors


def not_in_the_future(day):
    """A date on which something was done."""
    if day > timezone.localdate():
        raise ValidationError("This day has not come yet.")


def next_review():
    """The day on which what is reviewed today is to be reviewed again."""
    return timezone.localdate() + timedelta(days=settings.REVIEW_AFTER_DAYS)


class PrintableTextMixin(models.Model):
    """Something whose words can be shown in every format, and read back from it."""

    class Meta:
        abstract = True

    def clean_fields(self, exclude=None):
        faults = {}
        try:
            super().clean_fields(exclude)
        except ValidationError as error:
            faults = error.update_error_dict(faults)
        for field in self._meta.fields:
            if field.editable and field.name not in (exclude or ()):
                told = [ValidationError(words) for words in find_text_errors(field, getattr(self, field.attname))]
                faults |= {field.name: [*faults.get(field.name, []), *told]} if told else {}
        if faults:
            raise ValidationError(faults)


class Record(PrintableTextMixin):
    """Anything with a permanent public name: its slug, used in addresses, fixtures and links, and never reused."""

    derived = ("search_index",)  # Columns that follow from the others: neither written nor shown.
    internal = ("review_due",)  # Columns that are the editors' own: never public, no part of the data's version.

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

    def __str__(self):
        return self.slug

    def natural_key(self):
        return (self.slug,)

    def save(self, **kwargs):
        self.updated_at = timezone.now()
        with transaction.atomic(using=kwargs.get("using")):  # What follows a record is written with it, or not at all.
            super().save(**kwargs)

    def names(self):
        """Every name that it goes by, the preferred one first; nothing, where it has none."""
        return []

    @classmethod
    def text_fields(cls):
        """The columns that hold words of its own: free texts, and lists of them. No codes, slugs or enumerations."""
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

    def set_derived_columns(self):
        """Set the derived columns."""
        names = filter_texts(self.names())
        said = filter_texts([getattr(self, name) for name in self.text_fields()])
        self.search_index = words.build_index_text(names, [text for text in said if text not in names])

    @classmethod
    def relation_fields(cls):
        """The fields that refer to other records, in the order they are written, less the editor's own."""
        fields = [*cls._meta.fields, *cls._meta.many_to_many]
        return [f for f in fields if f.is_relation and f.name != "replaced_by"]

    def related_records(self):
        """The records that each of its fields names, as lists."""
        return {
            f.name: list(getattr(self, f.name).all()) if f.many_to_many else list(filter(None, [getattr(self, f.name)]))
            for f in self.relation_fields()
        }

    def publication_errors(self, named=None):
        """Why this record may not stand as it is, as pairs of a field and words; nothing, for a sound one.

        `named` gives the records that its fields will name, where they are not saved yet.
        """
        heir = self.replaced_by
        if heir and (heir == self or heir.status != Status.PUBLISHED):
            yield "replaced_by", f"“{heir}” cannot stand in its place: that takes another record that is published."
        if self.status == Status.RETIRED and self.pk and (count := self.count_published_references()):
            yield "status", f"{count} published records rest on it: change or retire them first."
        if self.status == Status.PUBLISHED:
            named = self.related_records() if named is None else named
            yield from self.extra_publication_errors(named)
            for field, records in named.items():
                for record in records:
                    if getattr(record, "status", Status.PUBLISHED) != Status.PUBLISHED:
                        yield field, f"“{record}” is not published: publish it first, or keep this a draft."

    def count_published_references(self):
        """How many published records name it, and would be left without it."""
        return sum(
            relation.related_model.objects.public().filter(**{relation.field.name: self}).distinct().count()
            for relation in self._meta.related_objects
            if relation.field.name != "replaced_by" and issubclass(relation.related_model, Record)
        )

    def extra_publication_errors(self, named):
        """What a published record of this kind must have besides."""
        return ()


@receiver(pre_save)
def set_derived_columns_on_save(sender, instance, update_fields, **kwargs):
    """Derived columns follow a record that is saved whole, fixtures included."""
    if isinstance(instance, Record) and update_fields is None:
        instance.set_derived_columns()


@receiver(post_save)
def refresh_derived_columns_after_save(sender, instance, update_fields, using, **kwargs):
    """Where only some columns were saved, or one as an expression, the row alone knows what it holds now."""
    if isinstance(instance, Record):
        values = [instance.__dict__.get(name) for name in instance.text_fields()]
        if update_fields is not None or any(hasattr(value, "resolve_expression") for value in values):
            type(instance)._default_manager.using(using).filter(pk=instance.pk).refresh_derived_columns()
