"""Paths: chains of causes from one entry to another, such as from letrozole to fracture, and cascades of remedies."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import product

from kb.choices import DISJOINT_POPULATIONS, are_disjoint
from kb.models import EdgeKind, MetastaticSite, Statement
from kb.reasoning.causal_graph import CausalGraph, StepSupport
from kb.reasoning.disagreement_index import DisagreementsByKey
from kb.reasoning.hierarchies import EntryKey
from kb.reasoning.inheritance import BASIS_BY_STRENGTH, Basis, basis_of_path, infer_basis_and_path

MAX_PATHS, MAX_ATTEMPTS = 50, 50_000  # Bounds on the work of one search.
EXCLUSIVE_POPULATIONS = set[str]().union(*(side for pair in DISJOINT_POPULATIONS for side in pair))


@dataclass(frozen=True)
class PathStep:
    """One step of a path: the statements that lead from one entry to the next."""

    kind: EdgeKind
    start: EntryKey
    end: EntryKey
    supports: list[StepSupport]

    @property
    def basis(self) -> Basis:
        """The basis of the firmest of its statements."""
        return find_strongest(support.basis for support in self.supports)

    @property
    def predicate(self) -> str:
        """How it leads on, in words: of causes in all ways, of a remedy in the first that its model declares."""
        rules = {support.edge.rule.predicate: support.edge for support in self.supports}
        if self.kind is EdgeKind.CAUSE:
            return " and ".join(rules)
        return min(rules, key=lambda predicate: rules[predicate].model.leads.index(rules[predicate].rule))


@dataclass(frozen=True)
class StatementPath:
    """Steps from one entry to another."""

    steps: list[PathStep]
    basis: Basis  # Of the weakest step, with statements that hold for the same people.
    goal_path: list[str]  # The slugs from the goal to the entry in which the path ends.

    @property
    def remedies(self) -> list[EntryKey]:
        """The treatments that something in the path is treated with."""
        return [step.end for step in self.steps if step.kind is EdgeKind.REMEDY]


@dataclass(frozen=True)
class FoundPaths:
    """The paths that one search found, the shortest first, and whether it stopped at its bounds before it had all."""

    paths: list[StatementPath]
    is_truncated: bool


def find_strongest(bases: Iterable[Basis]) -> Basis:
    return min(bases, key=BASIS_BY_STRENGTH.index)


def find_weakest(*bases: Basis) -> Basis:
    return max(bases, key=BASIS_BY_STRENGTH.index)


def find_causal_paths(
    graph: CausalGraph, start: EntryKey, goal: EntryKey, max_hops: int, having: Collection[EntryKey] = ()
) -> FoundPaths:
    """Return the chains of causes from one entry to another; `having` are entries that the asker says there are."""
    return PathFinder(graph, start, goal, max_hops, having).find_paths(remedies=0)


def find_cascades(
    graph: CausalGraph, start: EntryKey, goal: EntryKey, max_hops: int, having: Collection[EntryKey] = ()
) -> FoundPaths:
    """Return the chains from one entry to another that go through one remedy: exactly one step is no cause."""
    return PathFinder(graph, start, goal, max_hops, having).find_paths(remedies=1)


class PathFinder:
    """Finds the paths from one entry to another, shortest first; none visits an entry twice, or goes on at the goal."""

    def __init__(
        self, graph: CausalGraph, start: EntryKey, goal: EntryKey, max_hops: int, having: Collection[EntryKey]
    ) -> None:
        self.graph, self.start, self.goal, self.max_hops = graph, start, goal, max_hops
        self.having = tuple(having)
        self.ends, self.distances = graph.get_ends(goal), graph.get_distances(goal)
        self.attempts, self.is_truncated = 0, graph.is_truncated

    def find_paths(self, remedies: int) -> FoundPaths:
        """Return the paths with exactly this number of remedies, none or one."""
        paths: list[StatementPath] = []
        shortest = self.distances[remedies].get(self.start)
        for length in range(shortest or 1, self.max_hops + 1 if shortest is not None else 0):
            for path in self.extend_paths([self.start], [], length, remedies):
                if len(paths) == MAX_PATHS:
                    return FoundPaths(paths, True)
                paths.append(path)
        return FoundPaths(paths, self.is_truncated)

    def extend_paths(
        self, entries: list[EntryKey], steps: list[PathStep], remaining: int, remedies: int
    ) -> Iterator[StatementPath]:
        """Yield the paths that begin with these steps and have exactly so many more, with so many remedies."""
        for kind in (EdgeKind.CAUSE, EdgeKind.REMEDY) if remedies else (EdgeKind.CAUSE,):
            remedies_left = remedies - (kind is EdgeKind.REMEDY)
            distances: Mapping[EntryKey, int] = self.distances[remedies_left]
            for end, supports in self.graph.get_steps(entries[-1], kind).items():
                if end in entries or distances.get(end, self.max_hops) > remaining - 1:
                    continue
                self.attempts += 1
                if self.attempts > MAX_ATTEMPTS:
                    self.is_truncated = True
                    return
                is_end = end in self.ends
                if is_end != (remaining == 1) or (is_end and remedies_left):
                    continue
                holding = self.find_holding_supports(supports, entries)
                if not holding:
                    continue
                if not is_end:
                    step = PathStep(kind, entries[-1], end, holding)
                    yield from self.extend_paths([*entries, end], [*steps, step], remaining - 1, remedies_left)
                elif path := self.build_path([*steps, PathStep(kind, entries[-1], end, self.reach_goal(holding, end))]):
                    yield path

    def find_holding_supports(self, supports: list[StepSupport], entries: list[EntryKey]) -> list[StepSupport]:
        """Return the statements whose limits hold after these entries, on the basis on which they do.

        A statement about people with one cancer does not hold where another stands before it, or was named. That some
        cancers spread to bone says nothing of one that starts there.
        """
        given, populations = (*entries, *self.having), self.graph.populations
        supports = [
            support
            for support in supports
            if not populations.is_excluded(support.edge.population, given)
            and (
                support.edge.model is not MetastaticSite
                or populations.can_go_together(entries[-1][1], support.edge.end[1])
            )
        ]
        if not any(support.edge.causes or support.edge.uses for support in supports):
            return supports
        known = frozenset().union(*map(self.graph.get_self_and_classes, given))
        return [
            replace(support, basis=find_weakest(support.basis, basis))
            for support in supports
            if support.edge.causes <= known and (basis := self.find_basis_of_use(support, known, entries))
        ]

    def find_basis_of_use(
        self, support: StepSupport, known: AbstractSet[EntryKey], entries: list[EntryKey]
    ) -> Basis | None:
        """Return the basis that a use to which a statement is limited leaves at best; None if it cannot be that use.

        It is not that use where some other cancer stands before it, or was named, and that cancer does not. What is
        said of a class is only possible of a member that is not said to be used so; of the treatment that it names it
        is enough that the cancer is there.
        """
        basis = Basis.DIRECT
        for use in support.edge.uses:
            cancers = [entry for entry in (*entries, *self.having) if entry[0] is use[0]]
            classes = self.graph.get_self_and_classes(use)
            if use not in known and any(cancer not in classes for cancer in cancers):
                return None
            is_named = use in known and len(support.path) == 1
            if not is_named and support.path[0] not in self.graph.uses.find_treatment_slugs(use[1]):
                basis = Basis.POSSIBLE
        return basis

    def reach_goal(self, supports: list[StepSupport], end: EntryKey) -> list[StepSupport]:
        """Return the statements of a last step as firm as they lead to the goal: through a class, as that one answers.

        A kind of the goal is the goal.
        """
        if end == self.goal or end not in self.graph.get_self_and_classes(self.goal):
            return supports
        return [
            replace(support, basis=find_weakest(support.basis, basis_of_path(self.ends[end], support.edge.scope)))
            for support in supports
        ]

    def build_path(self, steps: list[PathStep]) -> StatementPath | None:
        """Return the path of these steps, without statements that hold only for people for whom another step does not.

        None if there are no people for whom every step holds.
        """
        bases = [group_bases_by_population(step.supports) for step in steps]
        selections = [people for people in product(*bases) if is_compatible(people)]
        if not selections:
            return None
        basis = find_strongest(
            find_weakest(*(bases[index][population] for index, population in enumerate(people)))
            for people in selections
        )
        kept = [
            replace(step, supports=[s for s in step.supports if get_exclusive_population(s) in populations])
            for step, populations in zip(steps, map(set, zip(*selections, strict=True)), strict=True)
        ]
        return StatementPath(kept, basis, self.ends[steps[-1].end])


def get_exclusive_population(support: StepSupport) -> str:
    """Return the population of a statement if some other population excludes it; else an empty string."""
    return support.edge.population if support.edge.population in EXCLUSIVE_POPULATIONS else ""


def group_bases_by_population(supports: Sequence[StepSupport]) -> dict[str, Basis]:
    """Map the populations of statements that others may exclude to the firmest basis of each."""
    bases: dict[str, Basis] = {}
    for support in supports:
        population = get_exclusive_population(support)
        bases[population] = find_strongest([support.basis, bases.get(population, support.basis)])
    return bases


def is_compatible(populations: Sequence[str]) -> bool:
    """Return whether no two of these populations exclude each other."""
    limited = sorted(set(populations))
    return not any(are_disjoint(left, right) for index, left in enumerate(limited) for right in limited[index:])


def find_contesting_statements_of_step(
    graph: CausalGraph, step: PathStep, disagreements: DisagreementsByKey
) -> list[Statement]:
    """Return the statements that say the opposite of one in a step, of the same entry or of one nearer to it.

    Only the fields count by whose values a statement is a step at all: that bone pain is rare with one document and
    common with another is no doubt that it comes about.
    """
    contesting: dict[tuple[type[Statement], int], Statement] = {}
    for support in step.supports:
        lineage = graph.get_lineage(step.start, support.edge.rule.start_field)
        for pair in disagreements.get((support.edge.model._meta.label_lower, support.edge.pk), ()):
            own_lineage = replace(lineage, fields=pair.get_matching_fields(lineage.fields))
            _, path = infer_basis_and_path(pair.right, [own_lineage])
            is_of_step = pair.left_claim.rule.field in support.edge.rule.conditions
            if is_of_step and path is not None and len(path) <= len(support.path):
                contesting[type(pair.right), pair.right.pk] = pair.right
    return sorted(contesting.values(), key=lambda statement: statement.slug)
