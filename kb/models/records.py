"""What a record is: anything with a permanent public name."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from kb.choices import Status
from kb.fields import ChoiceField


def not_in_the_future(day):
    """A date on which something was done."""
    if day > timezone.localdate():
        raise ValidationError("This day has not come yet.")


class RecordQuerySet(models.QuerySet):
    """Queries that every record answers."""

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)

    def public(self):
        """What the world may see: published records."""
        return self.filter(status=Status.PUBLISHED)

    def with_related(self, fields=None):
        """Fetch what the API shows of these records (or only the named fields of it) in a fixed number of queries."""
        shown = [f for f in self.model.relations() if fields is None or f.name in fields]
        return self.select_related(*(f.name for f in shown if f.many_to_one)).prefetch_related(
            *("citations__source" if f.name == "citations" else f.name for f in shown if f.many_to_many)
        )


class Record(models.Model):
    """Anything with a permanent public name: its slug, used in addresses, fixtures and links, and never reused."""

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
    updated_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When it was last changed (ISO 8601, UTC)."
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
        super().save(**kwargs)

    @classmethod
    def relations(cls):
        """The fields that refer to other records, in the order they are written, less the editor's own."""
        fields = [*cls._meta.fields, *cls._meta.many_to_many]
        return [f for f in fields if f.is_relation and f.name != "replaced_by"]

    def named(self):
        """The records that each of its fields names, as lists."""
        return {
            f.name: list(getattr(self, f.name).all()) if f.many_to_many else list(filter(None, [getattr(self, f.name)]))
            for f in self.relations()
        }

    def obstacles(self, named=None):
        """Why this record may not stand as it is, as pairs of a field and words; nothing, for a sound one.

        `named` gives the records that its fields will name, where they are not saved yet.
        """
        heir = self.replaced_by
        if heir and (heir == self or heir.status != Status.PUBLISHED):
            yield "replaced_by", f"“{heir}” cannot stand in its place: that takes another record that is published."
        if self.status == Status.PUBLISHED:
            named = self.named() if named is None else named
            yield from self.obstacles_to_publication(named)
            for field, records in named.items():
                for record in records:
                    if getattr(record, "status", Status.PUBLISHED) != Status.PUBLISHED:
                        yield field, f"“{record}” is not published: publish it first, or keep this a draft."

    def obstacles_to_publication(self, named):
        """What a published record of this kind must have besides."""
        return ()
