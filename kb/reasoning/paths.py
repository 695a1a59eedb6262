"""Paths: chains of statements from one entry to another, such as from chemotherapy to bone pain."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.choices import Scope, are_disjoint
from kb.models import Entry, GraphEdge, Statement, concrete_models, entry_model
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.inheritance import BASIS_BY_STRENGTH, Basis, Lineage, basis_of_path
from kb.reasoning.named_entries import EntryKey

MAX_EDGES, MAX_PATHS, MAX_ATTEMPTS = 20_000, 50, 50_000  # Bounds on the work of one search.


@dataclass(frozen=True)
class StatementEdge:
    """One statement as an edge from one entry to another."""

    model: type[Statement]
    pk: int
    slug: str
    label: str
    population: str
    scope: str
    start: EntryKey
    end: EntryKey
    causes: frozenset[EntryKey]  # The causes that limit the statement.
    lineage: Lineage  # From the entry in the path to the one that the statement names.

    @property
    def basis(self) -> Basis:
        (path,) = self.lineage.ancestor_paths.values()
        # What is said of some is only possible even of the entry itself: a path cannot count on it.
        return Basis.POSSIBLE if self.scope == Scope.SOME else basis_of_path(path, self.scope)


@dataclass(frozen=True)
class StatementPath:
    """Steps from one entry to another; each step is a list of edges with the same ends and the same label."""

    steps: list[list[StatementEdge]]
    goal_path: list[str]  # The slugs from the goal to the entry in which the path ends.

    @property
    def basis(self) -> Basis:
        """The basis of the whole: its weakest step, or the way in which it reaches the goal if that is weaker."""
        scopes = {edge.scope for edge in self.steps[-1]}
        ends = [basis_of_path(self.goal_path, scope) for scope in scopes]
        return max(
            [min(ends, key=BASIS_BY_STRENGTH.index), *map(find_strongest_basis, self.steps)],
            key=BASIS_BY_STRENGTH.index,
        )


def find_strongest_basis(edges: Sequence[StatementEdge]) -> Basis:
    """Return the basis of a step that several statements support."""
    return min((edge.basis for edge in edges), key=BASIS_BY_STRENGTH.index)


class PathFinder:
    """Finds the paths from one entry to another, shortest first; no path visits an entry twice."""

    def __init__(self, start: Entry, goal: Entry, max_hops: int, hierarchies: EntryHierarchies) -> None:
        self.start: EntryKey = (type(start), start.pk)
        self.goal: EntryKey = (type(goal), goal.pk)
        self.max_hops, self.hierarchies = max_hops, hierarchies
        # By the entry where they start, then by the entry and the label of the step to which they belong.
        self.edges: defaultdict[EntryKey, defaultdict[tuple[EntryKey, str], list[StatementEdge]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self.attempts, self.truncated = 0, False

    def find_paths(self) -> tuple[list[StatementPath], bool]:
        """Return the paths, and whether the search stopped at its bounds before it had found all."""
        self.collect_edges()
        distances = self.compute_distances()
        paths = []
        for length in range(1, self.max_hops + 1):
            for path in self.extend_paths([self.start], [], length, distances):
                paths.append(path)
                if len(paths) == MAX_PATHS:
                    return paths, True
        return paths, self.truncated

    def collect_edges(self) -> None:
        """Collect the edges that leave each entry within `max_hops` of the start, hop by hop."""
        reached, frontier, edge_count = {self.start}, {self.start}, 0
        for hop in range(self.max_hops):
            arrived = set()
            for edge in self.iter_edges_from(frontier, is_first=hop == 0):
                if edge_count == MAX_EDGES:
                    self.truncated = True
                    return
                edge_count += 1
                self.edges[edge.start][edge.end, edge.label].append(edge)
                arrived.add(edge.end)
            frontier = arrived - reached
            reached |= arrived

    def iter_edges_from(self, frontier: set[EntryKey], is_first: bool) -> Iterator[StatementEdge]:
        """Yield an edge for every statement that leads away from these entries, or from a class of one."""
        for model in concrete_models(Statement):
            for rule in model.leads if frontier else ():
                if is_first or not rule.first_only:
                    yield from self.iter_edges_of_model(model, rule, frontier)

    def iter_edges_of_model(
        self, model: type[Statement], rule: GraphEdge, frontier: set[EntryKey]
    ) -> Iterator[StatementEdge]:
        """Yield the edges that statements of one model make by one of its rules (one query)."""
        models = {field.name: entry_model(field) for field in model.entry_fields()}
        start_model, end_model = models[rule.start_field], models[rule.end_field]
        cause_models = [models[name] for name in model.cause_field_names()]
        lineages = self.find_lineages(start_model, rule.start_field, frontier)
        if not lineages:
            return
        statements = model.objects.public().filter(**{f"{rule.start_field}__in": list(lineages)}, **rule.conditions)
        columns = ["pk", "slug", "population", "scope", rule.start_field, rule.end_field]
        for pk, slug, population, scope, start_id, end_id, *cause_ids in (
            statements.exclude(**{rule.end_field: None})
            .order_by("slug")
            .values_list(*columns, *model.cause_field_names())
        ):
            causes = frozenset(
                (cause_model, key) for cause_model, key in zip(cause_models, cause_ids, strict=True) if key is not None
            )
            for key, lineage in lineages[start_id]:
                start, end = (start_model, key), (end_model, end_id)
                yield StatementEdge(model, pk, slug, rule.predicate, population, scope, start, end, causes, lineage)

    def find_lineages(
        self, model: type[Entry], field: str, frontier: set[EntryKey]
    ) -> Mapping[int, list[tuple[int, Lineage]]]:
        """Map each entry that a statement may name in a field to the entries of the frontier for which it answers."""
        hierarchy = self.hierarchies[model]
        lineages: defaultdict[int, list[tuple[int, Lineage]]] = defaultdict(list)
        for key in (key for frontier_model, key in frontier if frontier_model is model):
            paths = hierarchy.get_ancestor_paths([key]) if model.inherits else {key: [hierarchy.slugs[key]]}
            for ancestor, path in paths.items():
                lineages[ancestor].append((key, Lineage((field,), {ancestor: path})))
        return lineages

    def extend_paths(
        self,
        entries: list[EntryKey],
        steps: list[list[StatementEdge]],
        remaining: int,
        distances: Mapping[EntryKey, int],
    ) -> Iterator[StatementPath]:
        """Yield the paths that begin with these steps and have exactly `remaining` more."""
        for (end, _), edges in sorted(self.edges[entries[-1]].items(), key=lambda item: item[1][0].slug):
            self.attempts += 1
            if self.attempts > MAX_ATTEMPTS:
                self.truncated = True
                return
            if end in entries or distances.get(end, self.max_hops) > remaining - 1:
                continue
            step = [edge for edge in edges if self.is_valid_step(edge, entries[:-1], steps)]
            goal_path = self.get_goal_path(end)
            if step and remaining == 1 and goal_path:
                yield StatementPath([*steps, step], goal_path)
            elif step and remaining > 1 and not goal_path:
                yield from self.extend_paths([*entries, end], [*steps, step], remaining - 1, distances)

    def is_valid_step(
        self, edge: StatementEdge, earlier: Sequence[EntryKey], steps: Sequence[Sequence[StatementEdge]]
    ) -> bool:
        """Return whether a statement can be the next step.

        A cause that limits it must stand earlier in the path, and there must be people for whom it holds together with
        a statement of each step before it.
        """
        if any(all(are_disjoint(edge.population, before.population) for before in step) for step in steps):
            return False
        causes = {
            (model, ancestor)
            for model, key in earlier
            for ancestor in self.hierarchies[model].get_self_and_ancestors(key)
        }
        return not edge.causes or not earlier or not edge.causes.isdisjoint(causes)

    def get_goal_path(self, entry: EntryKey) -> list[str] | None:
        """Return the slugs from the goal to an entry that counts as the goal; None if it does not.

        That is the goal itself, a class of it or, for a symptom, a kind of it.
        """
        (model, key), (goal_model, goal_id) = entry, self.goal
        if model is not goal_model:
            return None
        hierarchy = self.hierarchies[model]
        if model.inherits:
            return hierarchy.get_ancestor_paths([goal_id]).get(key)
        if key == goal_id:
            return [hierarchy.slugs[goal_id]]
        return hierarchy.get_descendant_paths({goal_id}).get(key)

    def compute_distances(self) -> dict[EntryKey, int]:
        """Return the least number of steps from each entry to the goal."""
        starts_by_end: defaultdict[EntryKey, set[EntryKey]] = defaultdict(set)
        for start, steps in self.edges.items():
            for end, _ in steps:
                starts_by_end[end].add(start)
        frontier = {end for end in starts_by_end if self.get_goal_path(end)}
        distances, distance = dict.fromkeys(frontier, 0), 0
        while frontier:
            distance += 1
            frontier = {start for end in frontier for start in starts_by_end[end] if start not in distances}
            distances |= dict.fromkeys(frontier, distance)
        return distances
