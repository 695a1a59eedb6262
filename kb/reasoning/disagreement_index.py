"""The index of disagreements: those of each statement, looked up once for each state of the data."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TypeAlias

from kb.models import Statement
from kb.reasoning.claims import Disagreement, StatementKey, get_key
from kb.reasoning.disagreements import find_disagreements
from kb.reasoning.hierarchies import EntryHierarchies, get_current_hierarchies
from kb.utils.bounded_dict import BoundedDict

MAX_INDEXED_STATEMENTS = 20_000
DisagreementsByModel: TypeAlias = Mapping[type[Statement], Mapping[int, list[Disagreement]]]


class DisagreementIndex:
    """The disagreements of each statement in one state of the data, looked up when they are first wanted."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        self.hierarchies = hierarchies
        self._disagreements: BoundedDict[StatementKey, list[Disagreement]] = BoundedDict(MAX_INDEXED_STATEMENTS)

    def find(self, among: Collection[Statement]) -> dict[StatementKey, list[Disagreement]]:
        """Map the key of each of these statements to its disagreements, with it on the left; by point, then rival."""
        known = {get_key(statement): self._disagreements.get(get_key(statement)) for statement in among}
        missing = [statement for statement in among if known[get_key(statement)] is None]
        found: dict[StatementKey, list[Disagreement]] = {get_key(statement): [] for statement in missing}
        for disagreement in find_disagreements(missing, self.hierarchies) if missing else ():
            for side in disagreement.sides:
                if get_key(side) in found:
                    found[get_key(side)].append(disagreement.with_left(side))
        for key, disagreements in found.items():
            disagreements.sort(key=lambda pair: (pair.point, type(pair.right)._meta.label, pair.right.slug))
            self._disagreements.remember(key, disagreements)
        return {key: found[key] if disagreements is None else disagreements for key, disagreements in known.items()}


def group_disagreements_by_statement(
    among: Collection[Statement], hierarchies: EntryHierarchies | None = None
) -> DisagreementsByModel:
    """Map the model and the key of each of these statements to its disagreements, with it on the left."""
    grouped: dict[type[Statement], defaultdict[int, list[Disagreement]]] = {
        type(statement): defaultdict(list) for statement in among
    }
    if among:
        found = (hierarchies or get_current_hierarchies()).derive(DisagreementIndex).find(among)
        for statement in among:
            grouped[type(statement)][statement.pk] = found[get_key(statement)]
    return grouped
