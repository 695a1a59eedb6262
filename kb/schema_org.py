"""Mapping of models to schema.org: the type of an entry, and statements that can be read as plain properties."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.choices import Certainty

# What the source says as a plain fact, neither hedged nor of unstated certainty.
DEFINITE_ONLY = [Certainty.DEFINITE]


@dataclass(frozen=True)
class SchemaOrgType:
    """The schema.org type of a model's entries, and the fields that are properties of a type.

    `type` holds for every entry; `types_by_kind` gives a narrower type to entries of some `kind`. `properties` maps
    fields to property names, by type.
    """

    type: str = "MedicalEntity"
    types_by_kind: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def type_of(self, entry):
        """Return the type of one entry."""
        return self.types_by_kind.get(getattr(entry, "kind", None), self.type)


@dataclass(frozen=True)
class SchemaOrgProperty:
    """A schema.org property that a statement gives to an entry, if it holds without reservations.

    It must be about that entry itself, and about all of its members and every population.
    """

    subject_field: str  # The field of the statement that names the entry with the property.
    name: str
    value_field: str  # The field of the statement that holds the value.
    types: tuple[str, ...]  # Allowed types of the value; a text becomes a node of the first.
    conditions: Mapping[str, list] = field(default_factory=dict)  # Allowed values of fields of the statement.
    # Other fields that may be filled, since they do not restrict the statement; any else that is filled rules it out.
    allowed_fields: tuple[str, ...] = ()
