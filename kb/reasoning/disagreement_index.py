"""The index of disagreements: those of each statement, looked up once for each state of the data."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from kb.models import Source, Statement, concrete_models
from kb.reasoning.claims import Contrast, Disagreement, Explainer, StatementKey, Verdict, get_key
from kb.reasoning.disagreements import disagreement_sort_key, find_disagreements
from kb.reasoning.hierarchies import EntryHierarchies, depends_on
from kb.utils.bounded_dict import BoundedDict

MAX_INDEXED_PAIRS = 20_000  # And statements without any; some 400 bytes each, and the statements that they name.
DisagreementsByKey: TypeAlias = Mapping[StatementKey, Sequence[Disagreement]]


class DisagreementIndex:
    """The disagreements of each statement in one state of the data, looked up when they are first wanted."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        self.hierarchies = hierarchies
        self._disagreements: BoundedDict[StatementKey, list[Disagreement]] = BoundedDict(
            MAX_INDEXED_PAIRS, lambda pairs: 1 + len(pairs)
        )

    def find(self, among: Collection[Statement]) -> dict[StatementKey, list[Disagreement]]:
        """Map the key of each of these statements to its disagreements."""
        return self._disagreements.get_all({get_key(statement): statement for statement in among}, self.look_up)

    def find_among(self, statements: Collection[Statement]) -> list[Disagreement]:
        """Return every disagreement of these statements with any other, each once, in the order of all."""
        pairs = {
            (pair.point, *sorted(map(get_key, pair.sides))): pair.with_left(min(pair.sides, key=get_key))
            for disagreements in self.find(statements).values()
            for pair in disagreements
        }
        return sorted(pairs.values(), key=disagreement_sort_key)

    def look_up(self, statements: Collection[Statement]) -> dict[StatementKey, list[Disagreement]]:
        """Find the disagreements of these statements in the database."""
        disagreements: dict[StatementKey, list[Disagreement]] = {get_key(statement): [] for statement in statements}
        for disagreement in find_disagreements(statements, self.hierarchies):
            for side in disagreement.sides:
                if get_key(side) in disagreements:
                    disagreements[get_key(side)].append(disagreement.with_left(side))
        for pairs in disagreements.values():
            pairs.sort(key=lambda pair: (pair.point, type(pair.right)._meta.label, pair.right.slug))
        return disagreements


def find_disagreements_of_each(statements: Collection[Statement], hierarchies: EntryHierarchies) -> DisagreementsByKey:
    """Map the key of each of these statements to its disagreements, with it on the left; by point, then by rival."""
    return hierarchies.derive(DisagreementIndex).find(statements)


@dataclass(frozen=True, slots=True)
class DisagreementSummary:
    """What is kept of a disagreement: not its statements, only which they are."""

    point: str
    contrast: Contrast
    explained_by: Explainer | None
    words: tuple[str, str]  # What either says on the point.
    keys: tuple[tuple[type[Statement], int], tuple[type[Statement], int]]  # The models and the keys of the two.

    @property
    def verdict(self) -> Verdict:
        return Verdict.EXPLAINED if self.explained_by else Verdict.OPEN


def summarize(disagreements: Collection[Disagreement]) -> list[DisagreementSummary]:
    """Return what is shown of disagreements, in their order, without those that hold only for some of a class."""
    return [
        DisagreementSummary(
            pair.point,
            pair.contrast,
            pair.explained_by,
            (pair.left_claim.value, pair.right_claim.value),
            ((type(pair.left), pair.left.pk), (type(pair.right), pair.right.pk)),
        )
        for pair in disagreements
        if not pair.is_partial
    ]


@depends_on(lambda: [Source, *(model for model in concrete_models(Statement) if model.contest)])
def find_all_disagreements(hierarchies: EntryHierarchies) -> list[DisagreementSummary]:
    """Return all disagreements of public statements in their order, as they are shown: to be derived, and then kept."""
    return summarize(find_disagreements(hierarchies=hierarchies))
