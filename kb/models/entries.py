"""The abstract `Entry` model: names, codes, and the broader entries that an entry belongs to; and cancers."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_save, pre_delete

from kb.choices import Status
from kb.code_systems import validate_code
from kb.fields import ListField, filter_texts
from kb.models.ancestries import Ancestry, AncestryQuerySet
from kb.models.querysets import ModelT, RecordQuerySet
from kb.models.records import Record, RelatedRecords
from kb.schema_org import SchemaOrgType
from kb.utils.fuzzy import fold_spelling, normalize_name
from kb.utils.locks import HIERARCHY_LOCK_ID, lock_until_commit
from kb.validators import is_printable


class EntryQuerySet(RecordQuerySet[ModelT]):
    """Queries over entries: by name, and and down their hierarchy."""

    def with_any_name(self, *names: str) -> Self:
        """Filter for entries with one of these names, synonyms or brand names, in any case or spelling of spaces."""
        match = Q()
        for name in names:
            match |= Q(name_index__contains=f"\n{normalize_name(name)}\n")
        return self.filter(match)

    def descendants_of(self, keys: "Collection[int] | models.QuerySet[Any, Any]") -> Self:
        """Filter for the entries with these keys and everything that belongs to them, directly or through others."""
        return self.filter(pk__in=self.model.ancestries().filter(ancestor__in=keys).values("descendant"))

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[ModelT]:
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            self.model.ancestries().recompute(
                self.model.objects.filter(ancestor_rows=None).values_list("pk", flat=True)
            )
        return created

    bulk_create.alters_data = True


class Entry(Record):
    """A thing that the knowledge base speaks of."""

    derived = (*Record.derived, "name_index")
    inherits = False  # Whether statements about an entry hold for its descendants.
    is_symptom = False  # Whether it is something that a treatment may bring on or help with.
    is_treatment = False  # Whether it is something done or taken: statements may be limited to its use for a cancer.
    schema_org = SchemaOrgType()

    name = models.CharField(max_length=120, help_text="Preferred name.")
    synonyms = ListField(help_text="Other names for the same thing: spellings, lay words, abbreviations.")
    codes = ListField(
        item_validator=validate_code,
        help_text="Standard codes as CURIEs (system:code), such as atc:L02BG04 or hp:0002653.",
    )
    summary = models.TextField(blank=True, help_text="What it is, in a sentence of our own.")
    parents = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        related_name="members",
        verbose_name="belongs to",
        help_text="The broader entries of which it is one or a kind; never those of which it is only a part.",
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

    @classmethod
    def ancestries(cls) -> AncestryQuerySet:
        """Return the rows that say which entries of this model belong to which, directly or through others."""
        return cls._meta.get_field("ancestor_rows").related_model._default_manager.all()

    def names(self) -> list[str]:
        return [self.name, *filter_texts(self.synonyms)]

    def set_derived_columns(self) -> None:
        super().set_derived_columns()
        self.name_index = "\n{}\n".format("\n".join(normalize_name(name) for name in filter_texts(self.names())))

    def publication_errors(self, related: RelatedRecords | None = None) -> Iterator[tuple[str, str]]:
        related = self.related_records() if related is None else related
        yield from super().publication_errors(related)
        if self.pk and (cycle := describe_cycle(type(self), {self.pk}, {parent.pk for parent in related["parents"]})):
            yield "parents", cycle

    def clean(self) -> None:
        self.validate_names()

    def validate_names(self) -> None:
        """Raise ValidationError for a name that another entry has, or that only looks different from one."""
        others = type(self).objects.exclude(pk=self.pk).exclude(status=Status.RETIRED)
        own_names: dict[str, str] = {}
        names = [name for name in self.names() if name and is_printable(name) and normalize_name(name)]
        is_any_taken = bool(names) and others.with_any_name(*names).exists()  # One look through the names of all.
        for name in self.names():
            if not name or not is_printable(name):
                continue  # Reported by clean_fields(); databases refuse what is not printable.
            folded = normalize_name(name)
            if not folded:
                raise ValidationError(f"“{name}” holds nothing that can be seen: give a name, or leave it out.")
            if is_any_taken and (taken := others.with_any_name(name).first()):
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


class CancerAncestry(Ancestry):
    """Which cancers belong to which, directly or through others."""

    descendant = models.ForeignKey(Cancer, models.CASCADE, related_name="ancestor_rows", help_text="The cancer.")
    ancestor = models.ForeignKey(
        Cancer,
        models.CASCADE,
        related_name="descendant_rows",
        help_text="The cancer itself, or one that it belongs to.",
    )


def describe_cycle(model: type[Entry], member_ids: Collection[int], parent_ids: Collection[int]) -> str:
    """Return why these entries cannot belong to those, since walks over the hierarchy would not end; empty if they can.

    Nothing is wrong with links that exist already.
    """
    rows = model.ancestries().filter(ancestor__in=member_ids, descendant__in=parent_ids)
    if (row := rows.select_related("ancestor", "descendant").order_by("depth", "pk").first()) is None:
        return ""
    where = f"“{row.descendant}” belongs to “{row.ancestor}”" if row.depth else f"“{row.ancestor}” is the entry itself"
    return f"{where}: entries must not belong to each other in a circle."


def add_ancestries_of_new_entry(
    sender: type[models.Model], instance: models.Model, created: bool, **kwargs: Any
) -> None:
    """Derive the ancestries of an entry that is saved for the first time, also by `loaddata`."""
    if created and isinstance(instance, Entry):
        type(instance).ancestries().recompute([instance.pk])


def follow_change_of_parents(
    sender: type[models.Model],
    instance: models.Model,
    action: str,
    reverse: bool,
    model: type[models.Model],
    pk_set: set[int] | None,
    **kwargs: Any,
) -> None:
    """Refuse a cycle before entries get parents; afterwards, derive the ancestries that are other ones now.

    Two transactions that change parents wait for each other, so that each knows the links of the other.
    """
    if not (issubclass(model, Entry) and isinstance(instance, model) and sender is model.parents.through):
        return
    own_id, other_ids, ancestries = {instance.pk}, pk_set or set(), model.ancestries()
    if action.startswith("pre_"):
        lock_until_commit(HIERARCHY_LOCK_ID)
    if action == "pre_add":
        member_ids, parent_ids = (other_ids, own_id) if reverse else (own_id, other_ids)
        if cycle := describe_cycle(model, member_ids, parent_ids):
            raise ValidationError({"parents": cycle})
    elif action == "post_clear" and reverse:  # The members are those of before: no ancestry has been changed yet.
        ancestries.recompute(ancestries.filter(ancestor=instance, depth=1).values_list("descendant", flat=True))
    elif action.startswith("post_"):
        ancestries.recompute(other_ids if reverse else own_id)


def refuse_deleting_class(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    """Refuse to delete an entry to which others belong, whatever code tries it."""
    if isinstance(instance, Entry) and (member := instance.members.first()):
        raise ValidationError(f"“{member}” belongs to “{instance}”: it would be left without its class.")


def connect_signal_handlers() -> None:
    """Connect the handlers that keep hierarchies free of cycles and ancestries up to date, whatever code writes."""
    post_save.connect(add_ancestries_of_new_entry)
    m2m_changed.connect(follow_change_of_parents)
    pre_delete.connect(refuse_deleting_class)
