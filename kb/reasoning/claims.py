"""Claims: what single statements say on a point on which they can contradict each other, and two that do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import TextChoices

from kb.models import ContradictionRule, Entry, RelationField, Statement, entry_model

Subject: TypeAlias = tuple[type[Entry] | None, Any]  # An entry by its model and key, or None and a text.
StatementKey: TypeAlias = tuple[str, int]  # The label of the model and the key: in an order.


class Verdict(TextChoices):
    """Whether the sources themselves resolve a disagreement."""

    EXPLAINED = (
        "explained",
        "Explained: the statements are limited to other people, another time, another use or another cause",
    )
    OPEN = "open", "Open: nothing in the sources explains it"


class Explainer(TextChoices):
    """What explains a disagreement."""

    POPULATION = "population", "They hold for different people"
    TIME = "time", "They hold at different times"
    CONTEXT = "context", "They hold for different uses or causes"


class Contrast(TextChoices):
    """How far apart two statements are that contradict each other."""

    OPPOSITE = "opposite", "They say the opposite"
    DEGREE = "degree", "They differ in degree: what one says without exception, the other says as a rule"


@dataclass(frozen=True)
class Claim:
    """What one statement says on a point: on which side it stands, and of what it says so."""

    statement: Statement
    rule: ContradictionRule
    position: int
    subjects: Mapping[str, frozenset[Subject]]  # By the parts of the point; an empty set stands for anything.

    @property
    def value(self) -> str:
        return str(getattr(self.statement, self.rule.field))

    @property
    def time(self) -> str:
        """The time to which the statement is limited, in its words; empty if it is to none."""
        return str(getattr(self.statement, self.rule.time_field)) if self.rule.time_field else ""

    @property
    def anchors(self) -> frozenset[Subject]:
        """The entries of which it is said in the first place: those that the first part names."""
        return next(iter(self.subjects.values()))

    def holds_of_kinds(self, part: str) -> bool:
        """Return whether what is said of an entry in this part is said of each kind of it."""
        return self.value in self.rule.universal_values.get(part, ())


@dataclass(frozen=True)
class Disagreement:
    """Two statements that cannot both hold of the same people at the same time."""

    left_claim: Claim
    right_claim: Claim
    is_partial: bool  # One of them holds only for some of a class: there it contests, but does not contradict.
    explained_by: Explainer | None

    @property
    def left(self) -> Statement:
        return self.left_claim.statement

    @property
    def right(self) -> Statement:
        return self.right_claim.statement

    @property
    def sides(self) -> tuple[Statement, Statement]:
        return self.left, self.right

    @property
    def point(self) -> str:
        return self.left_claim.rule.point

    @property
    def verdict(self) -> Verdict:
        return Verdict.EXPLAINED if self.explained_by else Verdict.OPEN

    @property
    def contrast(self) -> Contrast:
        """How far apart they are: neighbours on a point of more than two positions differ in degree."""
        distance = abs(self.left_claim.position - self.right_claim.position)
        is_scale = len(self.left_claim.rule.positions) > 2
        return Contrast.DEGREE if is_scale and distance == 1 else Contrast.OPPOSITE

    def with_left(self, statement: Statement) -> "Disagreement":
        """Return the same disagreement with that statement on the left."""
        if get_key(statement) == get_key(self.left):
            return self
        return Disagreement(self.right_claim, self.left_claim, self.is_partial, self.explained_by)

    def get_matching_fields(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the fields of the statement on the right that name what these name in the one on the left."""
        left_parts, right_parts = self.left_claim.rule.parts, self.right_claim.rule.parts
        parts = {name: [part for part, fields in left_parts.items() if name in fields] for name in names}
        return tuple(
            dict.fromkeys(
                field
                for name, own_parts in parts.items()
                for field in ([f for part in own_parts for f in right_parts[part]] if own_parts else [name])
            )
        )


def get_key(statement: Statement) -> StatementKey:
    """Return what identifies a statement among those of every model."""
    return statement._meta.label_lower, statement.pk


def is_class(subject: Subject) -> bool:
    """Return whether what is said of something is said of what belongs to it."""
    model, _ = subject
    return model is not None and model.inherits


def build_claim(
    statement: Statement, rule: ContradictionRule, entry_fields: Mapping[str, RelationField]
) -> Claim | None:
    """Return what a statement says on the point of a rule; None if it says nothing on it."""
    value = getattr(statement, rule.field)
    for position, values in enumerate(rule.positions):
        if value in values:
            subjects = {part: find_subjects(statement, names, rule, entry_fields) for part, names in rule.parts.items()}
            return Claim(statement, rule, position, subjects)
    return None


def find_subjects(
    statement: Statement, names: Iterable[str], rule: ContradictionRule, entry_fields: Mapping[str, RelationField]
) -> frozenset[Subject]:
    """Return what the first of these fields that is set names; an empty set if none names anything in particular."""
    for name in names:
        field = entry_fields.get(name)
        value = getattr(statement, field.attname if field and not field.many_to_many else name)
        if field is None:
            subjects: set[Subject] = {(None, text) for text in [value] if text not in {"", *rule.empty_values}}
        else:
            keys = [entry.pk for entry in value.all()] if field.many_to_many else [value]
            subjects = {(entry_model(field), key) for key in keys if key is not None}
        if subjects:
            return frozenset(subjects)
    return frozenset()


def has_different_times(left: Claim, right: Claim) -> bool:
    """Return whether both are limited to a time, and to another one; or only one, where one source states both."""
    times = {left.time, right.time}
    left_sources, right_sources = (
        {passage.source_id for passage in claim.statement.citations.all()} if len(times) == 2 else set()
        for claim in (left, right)
    )
    return len(times) == 2 and ("" not in times or not left_sources.isdisjoint(right_sources))
