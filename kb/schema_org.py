"""How kinds of records say themselves in the words of schema.org: the type that is certain, and plain properties."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.choices import Certainty

DEFINITE_ONLY = [
    Certainty.DEFINITE
]  # What the source says as a plain fact: not hedged, nor left open how firmly it is meant.


@dataclass(frozen=True)
class SchemaOrgType:
    """Which type of schema.org an entry is, and which of its fields are properties of that type alone.

    `type` holds for every entry; `kinds` narrows it where the entry's own `kind` makes a narrower one certain.
    """

    type: str = "MedicalEntity"
    types_by_kind: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, entry):
        """The type of one entry."""
        return self.types_by_kind.get(getattr(entry, "kind", None), self.type)


@dataclass(frozen=True)
class SchemaOrgProperty:
    """How a statement reads as a property of an entry, where it is said of just that, of all, and for everybody."""

    of: str  # The field that names the entry which has the property.
    name: str
    value: str  # The field that holds its value.
    types: tuple[str, ...]  # What the value may be; a text is made a thing of the only one.
    conditions: Mapping[str, list] = field(default_factory=dict)  # What must hold of the statement.
    allowed_fields: tuple[
        str, ...
    ] = ()  # Of its other fields, those that do not limit it; where another is filled, it is none.
