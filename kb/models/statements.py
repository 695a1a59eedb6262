"""What is asserted about entries, and on whose word."""

from dataclasses import dataclass, field

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from kb.choices import OPPOSITE_FREQUENCIES, Certainty, Frequency, Population, Scope, Site, Status
from kb.fields import ChoiceField
from kb.models.entries import Cancer, Entry
from kb.models.records import Record
from kb.models.sources import Passage


@dataclass(frozen=True)
class ContradictionRule:
    """On what points two statements of a kind can contradict each other, once they speak of the same things."""

    points: dict  # For each field, two sets of words: one of each cannot both be true.
    universal_values: frozenset = frozenset()  # Words that, said of an entry, are said of every kind of it.
    match_fields: tuple = ()  # Fields besides the entries that tell what it speaks of.
    time_field: str = ""  # The field that tells to what time it is limited, if there is one.


@dataclass(frozen=True)
class GraphEdge:
    """How a statement leads from one entry to another, as a step of a chain."""

    start: str
    end: str
    words: str
    conditions: dict = field(default_factory=dict)  # What must hold of the statement, for it to be a step at all.
    causes: tuple = ()  # The fields that name a cause for which alone it is said: that must stand earlier in the chain.
    first_only: bool = False  # Whether it can only be the first step: what a drug explains is no sign of anything else.


class Statement(Record):
    """Something that the knowledge base asserts: what, for whom, how firmly, and on whose word."""

    contest = ContradictionRule({})
    leads = ()  # How it leads from entry to entry.
    vital = False  # Whether it must not be missed: it stays in every answer about the entries that it names.
    schema_org = ()  # How it reads as a plain property of an entry.

    text = models.CharField(max_length=500, help_text="What is asserted, in one plain sentence of our own.")
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
        constraints = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["text"], condition=~Q(status=Status.RETIRED), name="%(class)s_has_a_text_of_its_own"
            ),
        ]

    def __str__(self):
        return self.text

    @classmethod
    def entry_fields(cls):
        """The fields that name the entries it speaks of."""
        return [f for f in cls.relation_fields() if issubclass(f.related_model, Entry)]

    @classmethod
    def entry_field_names(cls, model):
        """The names of the fields that name entries of one kind."""
        return tuple(field.name for field in cls.entry_fields() if field.related_model is model)

    def entries(self):
        """The entries that it speaks of."""
        named = self.related_records()
        return [entry for field in self.entry_fields() for entry in named[field.name]]

    def extra_publication_errors(self, named):
        if not named["citations"]:
            yield "citations", "It cites nothing. No citation, no publication: name the passages that say so."


def unique_statement_constraint(name, *fields, nullable=()):
    """No two statements say the same: of the same entries, about the same people, with the same qualifiers."""
    return models.UniqueConstraint(
        *(F(field) for field in [*fields, "population", "scope", "certainty"]),
        *(Coalesce(F(field), 0) for field in nullable),
        condition=~Q(status=Status.RETIRED),
        name=f"{name}_said_once",
        violation_error_message="This is already said by another statement: add the citation to that one.",
    )


def exactly_one_constraint(name, *fields):
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

    contest = ContradictionRule({"frequency": OPPOSITE_FREQUENCIES}, match_fields=("site",), time_field="timing")

    cancer = models.ForeignKey(
        Cancer, models.PROTECT, related_name="metastatic_sites", help_text="The cancer that spreads."
    )
    site = ChoiceField(Site, help_text="The place to which it spreads.")
    frequency = ChoiceField(Frequency, help_text="How often it spreads there, as the source words it.")
    timing = models.CharField(max_length=200, blank=True, help_text="When in its course it spreads there.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            unique_statement_constraint("metastatic_site", "cancer", "site", "frequency", "timing"),
        ]
