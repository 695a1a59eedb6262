"""Inheritance in the hierarchies of entries: on what basis a statement about a class answers for its members."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Q, TextChoices

from kb.choices import UNLIMITED_POPULATIONS, Scope
from kb.models import Entry, Statement, concrete_models
from kb.reasoning.claims import Disagreement
from kb.reasoning.hierarchies import EntryHierarchies, depends_on

StatementT = TypeVar("StatementT", bound=Statement)


class Basis(TextChoices):
    """On what an answer about an entry rests."""

    DIRECT = "direct", "Said of the entry itself"
    INHERITED = "inherited", "Said of a class that it belongs to"
    POSSIBLE = "possible", "Said of some members of a class that it belongs to, or of a member of it"


BASIS_BY_STRENGTH = [Basis.DIRECT, Basis.INHERITED, Basis.POSSIBLE]
Inference = tuple[Basis, list[str]]  # The basis, and the path of slugs from the entry to the one that is named.


def find_use_fields() -> dict[type[Statement], tuple[str, str]]:
    """Return the fields with a treatment and the cancer for which it is used, by the models that say so."""
    return {model: model.use for model in concrete_models(Statement) if model.use}


@depends_on(find_use_fields)
class TreatmentUses:
    """For which cancers each treatment is said to be used, read when it is first wanted (a query for each model).

    What is said of some of a class says nothing of each of its members.
    """

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        self.hierarchies = {
            entry_model: hierarchies[entry_model]
            for model, names in find_use_fields().items()
            for entry_model in map(model.entry_model_of, names)
        }
        self._slugs: dict[int, set[str]] = {}  # Of the treatments that are used for a cancer, by its key.

    @cached_property
    def stated_uses(self) -> dict[type[Statement], list[tuple[int, int]]]:
        """The keys of the treatment and of the cancer that each statement names, by the model of the statements."""
        return {
            model: list(model.objects.public().exclude(scope=Scope.SOME).order_by().values_list(*names))
            for model, names in find_use_fields().items()
        }

    def find_treatment_slugs(self, cancer_id: int) -> set[str]:
        """Return the slugs of the treatments that are said to be used for a cancer or for a kind of it."""
        if cancer_id not in self._slugs:
            slugs: set[str] = set()
            for model, uses in self.stated_uses.items():
                treatments, cancers = (
                    self.hierarchies[model.entry_model_of(name)] for name in find_use_fields()[model]
                )
                cancer_ids = cancers.get_self_and_descendants({cancer_id})
                used_ids = {treatment for treatment, cancer in uses if cancer in cancer_ids}
                slugs.update(treatments.get_slugs(treatments.get_self_and_descendants(used_ids)))
            self._slugs[cancer_id] = slugs  # At once: other threads read it, too.
        return self._slugs[cancer_id]


@dataclass(frozen=True)
class Lineage:
    """Entries that were asked about, with their classes, and the fields in which a statement may name them.

    `ancestor_paths` maps the key of each entry, and of each class above it, to the slugs from the entry up to there.
    `descendant_paths` does so for members, where a statement about a member answers a question about its class.
    """

    fields: tuple[str, ...]
    ancestor_paths: Mapping[int, list[str]]
    descendant_paths: Mapping[int, list[str]] = field(default_factory=dict)
    uses: TreatmentUses | None = None  # What the entries are used for, if they are treatments.

    def infer_basis_and_path(self, statement: Statement) -> Inference | None:
        """Return the strongest basis on which a statement answers, with its path; None if it names none of these."""
        values = [getattr(statement, f"{name}_id", None) for name in self.fields]
        keys: list[int] = [key for key in values if key is not None]
        inferences = [
            (self.infer_basis(path, statement), path) for key in keys if (path := self.ancestor_paths.get(key))
        ]
        inferences += [(Basis.POSSIBLE, path) for key in keys if (path := self.descendant_paths.get(key))]
        return min(inferences, key=inference_sort_key, default=None)

    def infer_basis(self, path: Sequence[str], statement: Statement) -> Basis:
        """Return the basis on which a statement about the entry at the upper end of a path answers for the lower end.

        What is said of a class when it is used for a cancer is only possible of a member that is not said to be used
        for that cancer.
        """
        basis = basis_of_path(path, statement.scope)
        if basis == Basis.INHERITED and self.uses is not None:
            for name in statement.use_field_names():
                cancer_id = getattr(statement, f"{name}_id")
                if cancer_id is not None and path[0] not in self.uses.find_treatment_slugs(cancer_id):
                    return Basis.POSSIBLE
        return basis


def build_lineage(
    hierarchies: EntryHierarchies,
    model: type[Entry],
    keys: Collection[int],
    fields: Sequence[str],
    *,
    with_members: bool = False,
) -> Lineage:
    """Return the lineage of entries of one model in these fields of a statement, with their members if wanted."""
    hierarchy = hierarchies[model]
    descendant_paths = hierarchy.get_descendant_paths(keys) if with_members else {}
    uses = hierarchies.derive(TreatmentUses) if model.is_treatment else None
    return Lineage(tuple(fields), hierarchy.get_ancestor_paths(keys), descendant_paths, uses)


def basis_of_path(path: Sequence[str], scope: str) -> Basis:
    """Return the basis on which a statement of this scope answers for the entry at the lower end of this path."""
    if len(path) == 1:
        return Basis.DIRECT
    return Basis.POSSIBLE if scope == Scope.SOME else Basis.INHERITED


def inference_sort_key(inference: Inference) -> tuple[int, int]:
    """Order inferences by strength: first by basis, then by the distance to the class."""
    basis, path = inference
    return BASIS_BY_STRENGTH.index(basis), len(path)


def infer_basis_and_path(
    statement: Statement, lineages: Iterable[Lineage]
) -> tuple[Basis, list[str]] | tuple[None, None]:
    """Return the basis and the path on which a statement answers everything that was asked about.

    Of several lineages the weakest decides; without any, both are None.
    """
    inferences = [inference for lineage in lineages if (inference := lineage.infer_basis_and_path(statement))]
    return max(inferences, key=inference_sort_key) if inferences else (None, None)


def build_inheritable_condition(model: type[Statement]) -> Q:
    """Return the condition that what is said of a class holds of each member, whoever it is given to."""
    unlimited: dict[str, Any] = dict.fromkeys((f"{name}__isnull" for name in model.use_field_names()), True)
    return ~Q(scope=Scope.SOME) & Q(population__in=sorted(UNLIMITED_POPULATIONS), **unlimited)


def copy_with_lineages(statement: StatementT, lineages: Sequence[Lineage]) -> StatementT:
    """Return a copy of a statement that answers about these entries, apart from the rest of the same response."""
    copied: Any = copy(statement)
    copied.lineages = lineages
    answering: StatementT = copied
    return answering


def find_contesting_statements(
    statement: Statement, lineages: Sequence[Lineage], disagreements: Iterable[Disagreement]
) -> list[Statement] | None:
    """Return the statements that contradict an inherited one and are nearer to the entry asked about.

    `disagreements` have the inherited statement on the left; the others may name the entry in another field.

    None if nothing was asked about. Tamoxifen is a hormonal therapy, and after the menopause its effect on bone is the
    opposite of its class: what the class is said to do stays in the answer, marked with the statement that contests it.
    """
    basis, path = infer_basis_and_path(statement, lineages)
    if basis is None or path is None:
        return None
    if basis == Basis.DIRECT:
        return []
    nearer: dict[tuple[type[Statement], int], Statement] = {}
    for disagreement in disagreements:
        rival = disagreement.right
        own_lineages = [replace(lin, fields=disagreement.get_matching_fields(lin.fields)) for lin in lineages]
        if len(infer_basis_and_path(rival, own_lineages)[1] or path) < len(path):
            nearer[type(rival), rival.pk] = rival
    return list(nearer.values())
