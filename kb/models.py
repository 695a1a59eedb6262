"""The ground floor: what a record, an entry and a statement are, and the records that everything shares."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils import timezone
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from kb.choices import Certainty, Frequency, Population, Scope, Site, Status
from kb.codes import validate_code
from kb.fields import ChoiceField, ListField
from kb.names import fold

MOST_LINES = 1_000_000  # A bound of our own, so that every database has the same.


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
        null=True, blank=True, help_text="When a clinician last reviewed it; empty until one has."
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

    def obstacles(self):
        """Why this record may not be published: nothing, for a sound one."""
        return []


class Source(Record):
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
    sha256 = models.CharField(
        max_length=64,
        verbose_name="SHA-256",
        validators=[RegexValidator(r"^[0-9a-f]{64}$", "Give 64 hexadecimal digits, in lower case.")],
        help_text="Fingerprint of the text that was read, so that anyone who holds it can check every citation.",
    )
    lines = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_LINES)],
        help_text="How many lines the text has; citations count from 1.",
    )

    class Meta(Record.Meta):
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(fields=["sha256"], name="each_text_is_one_source"),
            models.CheckConstraint(condition=Q(lines__gte=1), name="source_has_lines"),
        ]

    def __str__(self):
        return self.title


class PassageManager(models.Manager):
    """Finds a passage by what it is: a place in a source."""

    def get_by_natural_key(self, source, first_line, last_line):
        return self.get(source__slug=source, first_line=first_line, last_line=last_line)


class Passage(models.Model):
    """The place in a source that supports a statement: where to look, never a copy of its words."""

    source = models.ForeignKey(
        Source, models.PROTECT, related_name="passages", help_text="The document in which it stands."
    )
    section = models.CharField(
        max_length=200, blank=True, help_text="The heading under which it stands; empty before the first one."
    )
    first_line = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_LINES)], help_text="Its first line, counted from 1."
    )
    last_line = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_LINES)], help_text="Its last line, counted from 1."
    )

    objects = PassageManager()

    class Meta:
        ordering = ["source__slug", "first_line", "last_line"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_line__gte=1, first_line__lte=F("last_line")),
                name="passage_ends_after_it_begins",
                violation_error_message="The last line must not come before the first.",
            ),
            models.UniqueConstraint(fields=["source", "first_line", "last_line"], name="each_place_is_one_passage"),
        ]

    def __str__(self):
        lines = f"line {self.first_line}"
        if self.last_line != self.first_line:
            lines = f"lines {self.first_line}–{self.last_line}"
        return f"{self.source}, {lines}" + (f" ({self.section})" if self.section else "")

    def natural_key(self):
        return (self.source.slug, self.first_line, self.last_line)

    natural_key.dependencies = ["kb.source"]

    def clean(self):
        super().clean()
        if self.source_id and self.last_line and self.last_line > self.source.lines:
            raise ValidationError({"last_line": f"“{self.source}” has {self.source.lines} lines."})


class EntryQuerySet(RecordQuerySet, TreeQuerySet):
    """Queries over entries: by any of their names, and up and down their tree."""

    def named(self, name):
        """The entries with that name, synonym or brand name, in any case or listed spelling."""
        return self.filter(name_index__contains=f"\n{fold(name)}\n")


class Entry(Record, TreeNode):
    """A thing that the knowledge base speaks of."""

    inherits = False  # Whether what is said of a class is said of its members.

    name = models.CharField(max_length=120, unique=True, help_text="Preferred name.")
    synonyms = ListField(help_text="Other names for the same thing: spellings, lay words, abbreviations.")
    codes = ListField(
        check=validate_code,
        help_text="Standard codes as CURIEs (system:code), such as atc:L02BG04 or hp:0002653.",
    )
    summary = models.TextField(blank=True, help_text="What it is, in a sentence of our own.")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name="belongs to",
        help_text="The broader entry that it belongs to.",
    )
    name_index = models.TextField(editable=False, default="\n", help_text="All its names, folded, one per line.")

    objects = EntryQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = True

    def __str__(self):
        return self.name

    def names(self):
        """Every name that it goes by, the preferred one first."""
        return [self.name, *self.synonyms]

    def clean(self):
        line, above = [self.pk], self.parent
        while above is not None and above.pk is not None:
            if above.pk in line:
                raise ValidationError(
                    {"parent": f"“{self.parent}” already stands below “{self}”: a tree must not run in a circle."}
                )
            line.append(above.pk)
            above = above.parent
        others = type(self).objects.exclude(pk=self.pk)
        for name in self.names():
            if taken := others.named(name).first():
                raise ValidationError(f"“{name}” is already a name of “{taken}” ({taken.slug}).")


@receiver(pre_save)
def index_names(sender, instance, **kwargs):
    """Keep the folded names of an entry in step with its names, however it is saved (fixtures included)."""
    if isinstance(instance, Entry):
        instance.name_index = "\n{}\n".format("\n".join(fold(name) for name in instance.names()))


class Cancer(Entry):
    """A cancer, or a state of one, such as breast cancer or bone metastasis."""

    inherits = True


class Statement(Record):
    """Something that the knowledge base asserts: what, for whom, how firmly, and on whose word."""

    vital = False  # Whether it must not be missed: it stays in every answer about the entries that it names.

    text = models.CharField(
        max_length=500, unique=True, help_text="What is asserted, in one plain sentence of our own."
    )
    population = ChoiceField(Population, help_text="For whom it holds, as far as the source says.")
    scope = ChoiceField(
        Scope, help_text="Said of a class: whether it holds of all its members or only of some, as the source says."
    )
    certainty = ChoiceField(Certainty, help_text="How firmly the source says it.")
    citations = models.ManyToManyField(
        Passage,
        blank=True,  # A draft may still be looking for them; nothing is published without.
        related_name="%(class)s_set",
        help_text="The passages of the source documents that say so.",
    )

    class Meta(Record.Meta):
        abstract = True

    def __str__(self):
        return self.text

    @classmethod
    def entry_fields(cls):
        """The fields that name the entries it speaks of."""
        return [f for f in cls.relations() if issubclass(f.related_model, Entry)]

    def entries(self):
        """The entries that it speaks of."""
        for field in self.entry_fields():
            if field.many_to_many:
                yield from getattr(self, field.name).all()
            elif entry := getattr(self, field.name):
                yield entry

    def obstacles(self):
        found = [] if self.citations.all() else ["it cites nothing: no citation, no publication"]
        found += [f"it speaks of “{e}”, which is not published" for e in self.entries() if e.status != Status.PUBLISHED]
        return found


def unique_statement(name, *fields, nullable=()):
    """No two statements say the same: of the same entries, about the same people, with the same qualifiers."""
    return models.UniqueConstraint(
        *(F(field) for field in [*fields, "population", "scope", "certainty"]),
        *(Coalesce(F(field), 0) for field in nullable),
        name=f"{name}_said_once",
        violation_error_message="This is already said by another statement: add the citation to that one.",
    )


def exactly_one(name, *fields):
    """One of these optional targets is named, and only one."""
    choices = Q()
    for chosen in fields:
        choices |= Q(**{f"{field}__isnull": field != chosen for field in fields})
    return models.CheckConstraint(
        condition=choices,
        name=f"{name}_names_exactly_one",
        violation_error_message=f"Name exactly one of these: {', '.join(fields)}.",
    )


class MetastaticSite(Statement):
    """A place in the body to which a cancer spreads."""

    cancer = models.ForeignKey(
        Cancer, models.PROTECT, related_name="metastatic_sites", help_text="The cancer that spreads."
    )
    site = ChoiceField(Site, help_text="The place to which it spreads.")
    frequency = ChoiceField(Frequency, help_text="How often it spreads there, as the source words it.")
    timing = models.CharField(max_length=200, blank=True, help_text="When in its course it spreads there.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            unique_statement("metastatic_site", "cancer", "site", "frequency", "timing"),
        ]
