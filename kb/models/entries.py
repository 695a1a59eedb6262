"""The things that the knowledge base speaks of, in trees."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from kb.choices import Status
from kb.code_systems import validate_code
from kb.fields import ListField, filter_texts
from kb.models.querysets import RecordQuerySet
from kb.models.records import Record
from kb.schema_org import SchemaOrgType
from kb.utils.fuzzy import normalize_name
from kb.validators import is_printable


class EntryQuerySet(RecordQuerySet, TreeQuerySet):
    """Queries over entries: by any of their names, and up and down their tree."""

    def called(self, *names):
        """The entries with one of these names, synonyms or brand names, in any case or listed spelling."""
        match = Q()
        for name in names:
            match |= Q(name_index__contains=f"\n{normalize_name(name)}\n")
        return self.filter(match)


class Entry(Record, TreeNode):
    """A thing that the knowledge base speaks of."""

    derived = (*Record.derived, "name_index")
    inherits = False  # Whether what is said of a class is said of its members.
    schema_org = SchemaOrgType()

    name = models.CharField(max_length=120, help_text="Preferred name.")
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
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["name"], condition=~Q(status=Status.RETIRED), name="%(class)s_has_a_name_of_its_own"
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, **kwargs):
        self.validate_acyclic()
        super().save(**kwargs)

    def names(self):
        return [self.name, *filter_texts(self.synonyms)]

    def set_derived_columns(self):
        super().set_derived_columns()
        self.name_index = "\n{}\n".format("\n".join(normalize_name(name) for name in filter_texts(self.names())))

    def validate_acyclic(self):
        """A tree in which an entry stands below itself has no answers: it is not saved."""
        line, above = [self.pk], self.parent
        while above is not None and above.pk is not None:
            if above.pk in line:
                where = "This is the entry itself" if self.parent == self else f"“{self.parent}” stands below “{self}”"
                raise ValidationError({"parent": f"{where}: a tree must not run in a circle."})
            line.append(above.pk)
            above = above.parent

    def clean(self):
        self.validate_acyclic()
        others = type(self).objects.exclude(pk=self.pk).exclude(status=Status.RETIRED)
        for name in filter(is_printable, self.names()):  # The others are told already, and no database looks them up.
            if taken := others.called(name).first():
                raise ValidationError(f"“{name}” is already a name of “{taken}” ({taken.slug}).")


class Cancer(Entry):
    """A cancer, or a state of one, such as breast cancer or bone metastasis."""

    inherits = True
    schema_org = SchemaOrgType("MedicalCondition")
