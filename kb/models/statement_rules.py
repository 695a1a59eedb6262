"""Rules that statement models declare: how they contradict, lead on, are limited, give signs, tell harms, are read."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class ContradictionRule:
    """What statements of a model say on a point on which statements can contradict each other.

    Two statements with values of different positions cannot both be true of the same thing. All rules for a point, of
    whatever model, have the same parts and as many positions: their statements are compared with each other.
    """

    point: str
    field: str  # The field with the value.
    positions: tuple[Set[str], ...]  # Sets of values; a value that is in none of them says nothing on the point.
    parts: Mapping[str, tuple[str, ...]]  # What it is said of: of the fields for each part, the first that is set.
    universal_values: Mapping[str, Set[str]] = field(default_factory=dict)  # By part: values that hold of every kind.
    empty_values: Set[str] = frozenset()  # Values of the fields for a part that name nothing in particular.
    time_field: str = ""  # The field with the time to which the statement is limited, if the model has one.

    @property
    def values(self) -> Set[str]:
        """The values that say something on the point."""
        return frozenset[str]().union(*self.positions)

    @property
    def anchor_fields(self) -> tuple[str, ...]:
        """The fields for the first part, which always names entries."""
        return next(iter(self.parts.values()))


class EdgeKind(Enum):
    """What an edge of the causal graph says of its two entries."""

    CAUSE = "cause"  # The first brings the second about: a step of a chain.
    REMEDY = "remedy"  # The first is treated with the second: a step of a cascade.
    RELIEF = "relief"  # The first keeps the second away or makes it better: no step.


@dataclass(frozen=True)
class GraphEdge:
    """How statements of one model connect two entries as an edge of the causal graph."""

    start_field: str
    end_field: str
    predicate: str  # The label of the edge, such as "can cause".
    kind: EdgeKind = EdgeKind.CAUSE
    conditions: dict[str, Set[str]] = field(default_factory=dict)  # The values of statements that are edges.


@dataclass(frozen=True)
class Limit:
    """A field that limits statements of a model to some people, use, cause or part of the body."""

    field: str
    sentence: str  # The limit in words, with {} for the value of the field.
    is_cause: bool = False  # Whether it names a cause: that must stand earlier in a chain with the statement.
    is_use: bool = False  # Whether it names the cancer for which a treatment is used: see `TreatmentUses`.


@dataclass(frozen=True)
class SignRule:
    """How statements of a model give a sign of a cancer or of another condition."""

    sign_field: str
    condition_fields: tuple[str, ...]  # One of them is set.
    involvement_field: str  # The part of the body that must be affected, in words.


@dataclass(frozen=True)
class SeriousHarmRule:
    """Which statements of a model say that a treatment does serious harm."""

    treatment_field: str
    symptom_field: str
    conditions: dict[str, object]  # Lookups that select them.


@dataclass(frozen=True)
class Signal:
    """Words of a text for which it may say what statements of a model say, and the value of a field that they suggest.

    They are only ever proposed to an editor: no statement rests on them.
    """

    words: str  # A regular expression for whole words.
    field: str = ""
    value: str = ""
