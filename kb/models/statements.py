"""Statements: assertions about entries, with citations."""

from collections.abc import Collection, Iterable
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from kb.choices import OPPOSITE_FREQUENCIES, Certainty, Frequency, Population, Scope, Site, Status
from kb.fields import ChoiceField
from kb.models import page_indexes
from kb.models.entries import Cancer, Entry
from kb.models.records import Record, RelatedRecords, RelationField
from kb.models.sources import Passage, Source
from kb.models.statement_rules import ContradictionRule, GraphEdge, Limit, SeriousHarmRule, Signal, SignRule
from kb.schema_org import SchemaOrgProperty

page_indexes.connect_signal_handlers()

TWIN_MESSAGE = "This is already said by another statement, “{}”: add the citation to that one."


class Statement(Record):
    """Something that the knowledge base asserts: what, for whom, how firmly, and on whose word."""

    contest: tuple[ContradictionRule, ...] = ()  # On which points statements of the model can be contradicted.
    leads: tuple[GraphEdge, ...] = ()  # How statements of the model connect entries in the causal graph.
    compares = False  # Whether it sets two entries against each other, and says of neither alone what it does.
    names_in_text = False  # Whether the text speaks of entries that no field names: it is about one entry only.
    limits: tuple[Limit, ...] = (Limit("population", "Only for {}."),)  # What limits statements of the model.
    alternatives: tuple[tuple[str, ...], ...] = ()  # Groups of optional entry fields, one of which is set; () if all.
    use: tuple[str, str] | None = None  # The fields with a treatment and the cancer for which it is said to be used.
    vital = False  # Whether it is a red flag: part of every answer about the entries that it names.
    suspicion_fields: tuple[str, ...] = ()  # The fields of a red flag with what its signs may mean.
    urgency_order: Combinable = Value(0)  # The rank of a red flag by its urgency: 0 is the most urgent.
    sign_rule: SignRule | None = None  # How statements of the model give a sign of a condition.
    harm_rule: SeriousHarmRule | None = None  # Which statements of the model tell a serious harm of a treatment.
    signals: tuple[Signal, ...] = ()  # Words of a text for which it may say what statements of the model say.
    schema_org: tuple[SchemaOrgProperty, ...] = ()  # How it is written as a property of an entry in JSON-LD.

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

    def __str__(self) -> str:
        return self.text

    @classmethod
    def entry_fields(cls) -> list[RelationField]:
        """Return the fields that refer to entries."""
        return [f for f in cls.relation_fields() if issubclass(f.related_model, Entry)]

    @classmethod
    def entry_field_names(cls, model: type[Entry]) -> tuple[str, ...]:
        """Return the names of the fields that refer to entries of `model`."""
        return tuple(field.name for field in cls.entry_fields() if field.related_model is model)

    @classmethod
    def limit_field_names(cls) -> tuple[str, ...]:
        """Return the names of the fields that limit a statement, in the order of `limits`."""
        return tuple(limit.field for limit in cls.limits)

    @classmethod
    def use_field_names(cls) -> tuple[str, ...]:
        """Return the names of the fields that limit a statement to a use of the treatment that it is about."""
        return tuple(limit.field for limit in cls.limits if limit.is_use)

    @classmethod
    def cause_field_names(cls) -> tuple[str, ...]:
        """Return the names of the fields that limit a statement to a cause."""
        return tuple(limit.field for limit in cls.limits if limit.is_cause)

    @classmethod
    def subject_fields(cls) -> list[RelationField]:
        """Return the fields that name the subjects of a statement: its entries, but not those that limit it."""
        return [field for field in cls.entry_fields() if field.name not in cls.limit_field_names()]

    @classmethod
    def are_alternatives(cls, left: RelationField, right: RelationField) -> bool:
        """Return whether at most one of two fields with entries is set."""
        groups = cls.alternatives or ((left.name, right.name),)
        return left.null and right.null and any(left.name in group and right.name in group for group in groups)

    @classmethod
    def entry_model_of(cls, field_name: str) -> type[Entry]:
        """Return the model of the entries to which a field refers."""
        return next(entry_model(field) for field in cls.entry_fields() if field.name == field_name)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Check the constraints; the error tells which statement says the same already."""
        try:
            super().validate_constraints(exclude)
        except ValidationError as error:
            if twin := self.find_twin():
                raise ValidationError(TWIN_MESSAGE.format(twin)) from error
            raise

    def find_twin(self) -> "Statement | None":
        """Return another statement that says the same, or has the same sentence, and is not retired."""
        for constraint in self._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint):
                names = constraint.fields or [find_field_name(expression) for expression in constraint.expressions]
                same = Q()
                for attribute in (self._meta.get_field(name).attname for name in names):
                    value = getattr(self, attribute)
                    same &= Q(**{f"{attribute}__isnull": True} if value is None else {attribute: value})
                others = type(self)._default_manager.exclude(status=Status.RETIRED).exclude(pk=self.pk)
                if twin := others.filter(same).first():
                    return twin
        return None

    def entries(self) -> list[Entry]:
        """Return the entries that the statement names."""
        related = self.related_records()
        return [entry for field in self.entry_fields() for entry in related[field.name] if isinstance(entry, Entry)]

    def extra_publication_errors(self, related: RelatedRecords) -> Iterable[tuple[str, str]]:
        if not related["citations"]:
            yield "citations", "It cites nothing. No citation, no publication: name the passages that say so."
        cited = {passage.source_id for passage in related["citations"] if isinstance(passage, Passage)}
        for source in Source.objects.filter(pk__in=cited).exclude(status=Status.PUBLISHED):
            yield "citations", f"“{source}”, which it cites, is not published: publish it first, or keep this a draft."


def find_field_name(expression: Any) -> str:
    """Return the field to which an expression of a unique constraint refers, alone or with a value in place of null."""
    return str(expression.name if isinstance(expression, F) else expression.get_source_expressions()[0].name)


def entry_model(field: RelationField) -> type[Entry]:
    """Return the model of the entries to which a field of a statement refers."""
    return cast("type[Entry]", field.related_model)


def unique_statement_constraint(name: str, *fields: str, nullable: Iterable[str] = ()) -> models.UniqueConstraint:
    """Return the constraint that no two statements name the same entries and people with the same qualifiers."""
    return models.UniqueConstraint(
        *(F(field) for field in [*fields, "population", "scope", "certainty"]),
        *(Coalesce(F(field), 0) for field in nullable),
        condition=~Q(status=Status.RETIRED),
        name=f"{name}_said_once",
        violation_error_message="This is already said by another statement: add the citation to that one.",
    )


def exactly_one_constraint(name: str, *fields: str) -> models.CheckConstraint:
    """Return the constraint that exactly one of these optional relations is set."""
    choices = Q()
    for chosen in fields:
        choices |= Q(**{f"{field}__isnull": field != chosen for field in fields})
    return models.CheckConstraint(
        condition=choices,
        name=f"{name}_names_exactly_one",
        violation_error_message=f"Name exactly one of these: {', '.join(fields)}.",
    )


def at_most_one_constraint(name: str, *fields: str) -> models.CheckConstraint:
    """Return the constraint that at most one of these optional relations is set."""
    choices = Q()
    for chosen in fields:
        choices |= Q(**{f"{field}__isnull": True for field in fields if field != chosen})
    return models.CheckConstraint(
        condition=choices,
        name=f"{name}_names_at_most_one",
        violation_error_message=f"Name one of these at most: {', '.join(fields)}.",
    )


class TreatmentUseStatement(Statement):
    """A statement about a treatment that may hold only where it is used for some cancer."""

    limits = (*Statement.limits, Limit("for_cancer", "Only when used for {}.", is_use=True))

    for_cancer = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="%(class)s_uses",
        help_text="The cancer for which the treatment is used, where the source says it only of that use.",
    )

    class Meta(Statement.Meta):
        abstract = True


class MetastaticSite(Statement):
    """A place in the body to which a cancer spreads."""

    leads = (GraphEdge("cancer", "metastasis", "can spread to"),)
    signals = (Signal("spread|spreads|spreading|metastasi[sz]es?"),)
    contest = (
        ContradictionRule(
            "spread",
            "frequency",
            OPPOSITE_FREQUENCIES,
            {"cancer": ("cancer",), "site": ("site",)},
            time_field="timing",
        ),
    )

    cancer = models.ForeignKey(
        Cancer, models.PROTECT, related_name="metastatic_sites", help_text="The cancer that spreads."
    )
    site = ChoiceField(Site, help_text="The place to which it spreads.")
    metastasis = models.ForeignKey(
        Cancer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sites_of_spread",
        help_text="The state of spread that this is, such as bone metastasis.",
    )
    frequency = ChoiceField(Frequency, help_text="How often it spreads there, as the source words it.")
    timing = models.CharField(max_length=200, blank=True, help_text="When in its course it spreads there.")

    class Meta(Statement.Meta):
        constraints = [
            *Statement.Meta.constraints,
            unique_statement_constraint(
                "metastatic_site", "cancer", "site", "frequency", "timing", nullable=("metastasis",)
            ),
        ]
