"""The abstract `Entry` model: named nodes of a tree with synonyms and codes; and cancers."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from kb.choices import Status
from kb.code_systems import validate_code
from kb.fields import ListField, filter_texts
from kb.models.querysets import ModelT, RecordQuerySet
from kb.models.records import Record
from kb.schema_org import SchemaOrgType
from kb.utils.fuzzy import fold_spelling, normalize_name
from kb.validators import is_printable


class EntryQuerySet(RecordQuerySet[ModelT], TreeQuerySet):
    """Queries over entries: by name, and over their tree."""

    def with_any_name(self, *names: str) -> Self:
        """Filter for entries with one of these names, synonyms or brand names, in any case or spelling of spaces."""
        match = Q()
        for name in names:
            match |= Q(name_index__contains=f"\n{normalize_name(name)}\n")
        return self.filter(match)


class Entry(Record, TreeNode):
    """A thing that the knowledge base speaks of."""

    derived = (*Record.derived, "name_index")
    inherits = False  # Whether statements about an entry hold for its descendants.
    has_dosage = False  # Whether people write a strength or a form beside its name: “Arimidex 1 mg tablets”.
    schema_org = SchemaOrgType()

    name = models.CharField(max_length=120, help_text="Preferred name.")
    synonyms = ListField(help_text="Other names for the same thing: spellings, lay words, abbreviations.")
    codes = ListField(
        item_validator=validate_code,
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

    def __str__(self) -> str:
        return self.name

    def save(self, **kwargs: Any) -> None:
        self.validate_acyclic()
        super().save(**kwargs)

    def names(self) -> list[str]:
        return [self.name, *filter_texts(self.synonyms)]

    def set_derived_columns(self) -> None:
        super().set_derived_columns()
        self.name_index = "\n{}\n".format("\n".join(normalize_name(name) for name in filter_texts(self.names())))

    def validate_acyclic(self) -> None:
        """Raise ValidationError if the entry would be its own ancestor: walks over such a tree would not end."""
        ancestors, ancestor = [self.pk], self.parent
        while ancestor is not None and ancestor.pk is not None:
            if ancestor.pk in ancestors:
                where = "This is the entry itself" if self.parent == self else f"“{self.parent}” stands below “{self}”"
                raise ValidationError({"parent": f"{where}: a tree must not run in a circle."})
            ancestors.append(ancestor.pk)
            ancestor = ancestor.parent

    def clean(self) -> None:
        self.validate_acyclic()
        self.validate_names()

    def validate_names(self) -> None:
        """Raise ValidationError for a name that another entry has, or that only looks different from one."""
        others = type(self).objects.exclude(pk=self.pk).exclude(status=Status.RETIRED)
        own_names: dict[str, str] = {}
        for name in self.names():
            if not name or not is_printable(name):
                continue  # Reported by clean_fields(); databases refuse what is not printable.
            folded = normalize_name(name)
            if not folded:
                raise ValidationError(f"“{name}” holds nothing that can be seen: give a name, or leave it out.")
            if taken := others.with_any_name(name).first():
                same = next(other for other in taken.names() if normalize_name(other) == folded)
                raise ValidationError(
                    f"“{name}” is already a name of “{taken}” ({taken.slug}).{describe_difference(name, same)}"
                )
            first = own_names.setdefault(folded, name)
            if difference := describe_difference(name, first):
                raise ValidationError(f"“{name}” and “{first}” are one name.{difference}")


def describe_difference(name: str, other: str) -> str:
    """Return a sentence, with a space before it, if two names differ only by what cannot be seen; else nothing."""
    if fold_spelling(name) == fold_spelling(other):
        return ""
    return " They differ only by invisible or look-alike characters: type it anew in plain letters."


class Cancer(Entry):
    """A cancer, or a state of one, such as breast cancer or bone metastasis."""

    inherits = True
    schema_org = SchemaOrgType("MedicalCondition")
