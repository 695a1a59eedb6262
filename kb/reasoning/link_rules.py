"""Link rules: how statements of each model link a treatment with a symptom, and in which role."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import product

from kb.models import EdgeKind, Statement


class LinkRole(Enum):
    """What part a treatment plays for a symptom in a statement that names both."""

    BRINGS_ON = "brings on"  # It brings the symptom on, or raises its risk.
    HELPS = "helps"  # It helps with the symptom, prevents it, or lowers its risk.
    COMPARED = "compared"  # It is compared with another treatment as to the symptom.
    MENTIONED = "mentioned"  # It is spoken of together with the symptom in another way.


ROLES_BY_EDGE_KIND = {EdgeKind.CAUSE: LinkRole.BRINGS_ON, EdgeKind.RELIEF: LinkRole.HELPS}
OPPOSITE_ROLES = {LinkRole.BRINGS_ON: LinkRole.HELPS, LinkRole.HELPS: LinkRole.BRINGS_ON}


@dataclass(frozen=True)
class LinkRule:
    """How statements of one model link a treatment with a symptom."""

    treatment_field: str
    symptom_field: str
    role: LinkRole
    conditions: Mapping[str, Collection[str]]  # Field name: the values that it must have.

    def is_met_by(self, statement: Statement) -> bool:
        """Return whether a statement names both, and links them in this way."""
        is_named = None not in (self.get_treatment_id(statement), self.get_symptom_id(statement))
        return is_named and all(getattr(statement, name) in values for name, values in self.conditions.items())

    def get_treatment_id(self, statement: Statement) -> int | None:
        key: int | None = getattr(statement, f"{self.treatment_field}_id")
        return key

    def get_symptom_id(self, statement: Statement) -> int | None:
        key: int | None = getattr(statement, f"{self.symptom_field}_id")
        return key


@cache
def get_link_rules(model: type[Statement]) -> list[LinkRule]:
    """Return how statements of a model link treatments with symptoms: by its edges of the causal graph, or else.

    What is no edge still speaks of both: every field with a treatment counts, also one that only limits the statement.
    """
    models = {field.name: model.entry_model_of(field.name) for field in model.entry_fields() if field.many_to_one}
    treatment_fields = [name for name, entry_model in models.items() if entry_model.is_treatment]
    symptom_fields = [
        name for name, entry_model in models.items() if entry_model.is_symptom and name not in model.limit_field_names()
    ]
    rules = []
    for fields in product(treatment_fields, symptom_fields):
        rules += [
            LinkRule(*fields, ROLES_BY_EDGE_KIND[edge.kind], edge.conditions)
            for edge in model.leads
            if edge.kind in ROLES_BY_EDGE_KIND and (edge.start_field, edge.end_field) == fields
        ]
        rules.append(LinkRule(*fields, LinkRole.COMPARED if model.compares else LinkRole.MENTIONED, {}))
    return rules


def find_link_rules(statement: Statement) -> Iterator[LinkRule]:
    """Yield the ways in which a statement links treatments with symptoms: the first that each pair of fields meets."""
    found = set()
    for rule in get_link_rules(type(statement)):
        fields = rule.treatment_field, rule.symptom_field
        if fields not in found and rule.is_met_by(statement):
            found.add(fields)
            yield rule
