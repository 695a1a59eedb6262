"""Chains of statements from one entry to another, such as from chemotherapy to the bone pain of what follows it."""

from collections import defaultdict
from dataclasses import dataclass

from kb.choices import Scope, are_disjoint
from kb.models import Entry, Statement, concrete_models
from kb.reasoning.inheritance import BASIS_BY_STRENGTH, Basis, EntryTree, Lineage, basis_of_path

MAX_EDGES, MAX_PATHS, MAX_ATTEMPTS = 20_000, 50, 50_000  # Bounds on the work, whatever is asked.


@dataclass(frozen=True)
class StatementEdge:
    """That one statement leads from one entry to another."""

    model: type
    pk: int
    slug: str
    label: str
    population: str
    scope: str
    start: tuple  # The model and the key of an entry.
    end: tuple
    causes: frozenset  # The causes for which alone it is said.
    lineage: Lineage  # From the entry in the chain to the one that the statement names.

    @property
    def basis(self):
        (path,) = self.lineage.ancestor_paths.values()
        return (
            Basis.POSSIBLE if self.scope == Scope.SOME else basis_of_path(path, self.scope)
        )  # No chain runs through all.


@dataclass(frozen=True)
class StatementPath:
    """Steps from one entry to another; each step is a list of links that lead the same way."""

    steps: list
    goal_path: list  # The slugs from what was asked for to the entry in which it ends.

    @property
    def basis(self):
        """On what the whole rests: its weakest step, and how it arrives."""
        scopes = {link.scope for link in self.steps[-1]}
        ends = [basis_of_path(self.goal_path, scope) for scope in scopes]
        return max(
            [min(ends, key=BASIS_BY_STRENGTH.index), *map(find_strongest_basis, self.steps)],
            key=BASIS_BY_STRENGTH.index,
        )


def find_strongest_basis(links):
    """The basis of a step that several statements support."""
    return min((link.basis for link in links), key=BASIS_BY_STRENGTH.index)


class PathFinder:
    """The chains from one entry to another, shortest first, with no entry twice in any of them."""

    def __init__(self, start, goal, max_hops):
        self.trees = {model: EntryTree(model) for model in concrete_models(Entry)}
        self.start, self.goal, self.max_hops = (type(start), start.pk), (type(goal), goal.pk), max_hops
        self.edges = defaultdict(lambda: defaultdict(list))  # By where they start, then by where and how they lead.
        self.truncated = False

    def find_paths(self):
        """The chains, and whether the work met its bounds before all were found."""
        self.collect_edges()
        distance, found = self.compute_distances(), []
        self.attempts = 0
        for length in range(1, self.max_hops + 1):
            for chain in self.extend_paths([self.start], [], length, distance):
                found.append(chain)
                if len(found) == MAX_PATHS:
                    return found, True
        return found, self.truncated

    def collect_edges(self):
        """Gather the links that leave each entry within reach, hop by hop."""
        reached, frontier, many = {self.start}, {self.start}, 0
        for hop in range(self.max_hops):
            arrived = set()
            for link in self.iter_edges_from(frontier, first=hop == 0):
                if many == MAX_EDGES:
                    self.truncated = True
                    return
                many += 1
                self.edges[link.start][link.end, link.label].append(link)
                arrived.add(link.end)
            frontier = arrived - reached
            reached |= arrived

    def iter_edges_from(self, frontier, first):
        """Every statement that leads away from these entries: said of them, or of a class that they belong to."""
        for kind in concrete_models(Statement):
            for lead in kind.leads if frontier else ():
                if first or not lead.first_only:
                    yield from self.iter_edges_of_model(kind, lead, frontier)

    def iter_edges_of_model(self, kind, lead, frontier):
        field_names = (lead.start_field, lead.end_field)
        start_model, end_model = (kind._meta.get_field(name).related_model for name in field_names)
        tree, lineages = self.trees[start_model], defaultdict(list)
        for key in (key for model, key in frontier if model is start_model):
            paths = tree.get_ancestor_paths([key]) if start_model.inherits else {key: [tree.slugs[key]]}
            for above, path in paths.items():
                lineages[above].append((key, Lineage((lead.start_field,), {above: path})))
        if not lineages:
            return
        said = kind.objects.public().filter(**{f"{lead.start_field}__in": list(lineages)}, **lead.conditions)
        columns = ["pk", "slug", "population", "scope", lead.start_field, lead.end_field, *lead.cause_fields]
        models = [kind._meta.get_field(name).related_model for name in lead.cause_fields]
        for pk, slug, population, scope, start, end, *causes in (
            said.exclude(**{lead.end_field: None}).order_by("slug").values_list(*columns)
        ):
            named = frozenset((model, key) for model, key in zip(models, causes, strict=True) if key is not None)
            for key, lineage in lineages[start]:
                ends = (start_model, key), (end_model, end)
                yield StatementEdge(kind, pk, slug, lead.predicate, population, scope, *ends, named, lineage)

    def extend_paths(self, entries, steps, left, distance):
        """The chains of exactly this many more steps that go on from here."""
        for (end, _), links in sorted(self.edges[entries[-1]].items(), key=lambda item: item[1][0].slug):
            self.attempts += 1
            if self.attempts > MAX_ATTEMPTS:
                self.truncated = True
                return
            if end in entries or distance.get(end, self.max_hops) > left - 1:
                continue
            said = [link for link in links if self.is_valid_step(link, entries[:-1], steps)]
            reached = self.get_goal_path(end)
            if said and left == 1 and reached:
                yield StatementPath([*steps, said], reached)
            elif said and left > 1 and not reached:
                yield from self.extend_paths([*entries, end], [*steps, said], left - 1, distance)

    def is_valid_step(self, link, earlier, steps):
        """Whether a statement can be the next step.

        A cause for which alone it is said stands earlier in the chain, and somebody can be among those for whom it
        holds and among those for whom each step before it does.
        """
        if any(all(are_disjoint(link.population, before.population) for before in step) for step in steps):
            return False
        causes = {(model, above) for model, key in earlier for above in self.trees[model].get_self_and_ancestors(key)}
        return not link.causes or not earlier or not link.causes.isdisjoint(causes)

    def get_goal_path(self, entry):
        """The slugs from the goal to an entry that counts for it: a class of it, or itself; for a symptom, a kind."""
        (model, key), (wanted, goal) = entry, self.goal
        if model is not wanted:
            return None
        tree = self.trees[model]
        if model.inherits:
            return tree.get_ancestor_paths([goal]).get(key)
        return tree.get_descendant_paths({goal}).get(key) or ([tree.slugs[goal]] if key == goal else None)

    def compute_distances(self):
        """How many steps each entry is from the goal, at least."""
        into = defaultdict(set)
        for start, ends in self.edges.items():
            for end, _ in ends:
                into[end].add(start)
        frontier = {end for end in into if self.get_goal_path(end)}
        found, distance = dict.fromkeys(frontier, 0), 0
        while frontier:
            distance += 1
            frontier = {start for end in frontier for start in into[end] if start not in found}
            found |= dict.fromkeys(frontier, distance)
        return found
