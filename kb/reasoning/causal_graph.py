"""The causal graph: what statements say that brings about, is treated with, or relieves what; read once, in memory."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from kb.choices import Certainty, Scope
from kb.models import EdgeKind, GraphEdge, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey
from kb.reasoning.inheritance import Basis, Lineage, TreatmentUses, basis_of_path, build_lineage
from kb.reasoning.populations import PopulationEntries

MAX_EDGES = 20_000  # A bound on what is read for one answer.
MAX_CACHED = 20_000  # A bound on what is kept of each kind, once computed, for later answers.


@dataclass(frozen=True, eq=False, slots=True)
class StatementEdge:
    """One statement as an edge from one entry that it names to another."""

    rule: GraphEdge
    model: type[Statement]
    pk: int
    slug: str
    population: str
    scope: str
    start: EntryKey
    end: EntryKey
    causes: frozenset[EntryKey]  # The causes to which it is limited: all of them must be there.
    uses: frozenset[EntryKey]  # The cancers to whose treatment it is limited.


@dataclass(frozen=True, eq=False, slots=True)
class StepSupport:
    """A statement that supports a step of a chain: on what basis, and by way of which classes."""

    edge: StatementEdge
    path: list[str]  # The slugs from the entry in the chain to the one that the statement names.
    basis: Basis


Steps = Mapping[EntryKey, list[StepSupport]]  # The statements of each step from one entry, by the entry at its end.


class CausalGraph:
    """The edges that the public statements make, in a fixed number of queries (one for each model that declares some).

    An edge starts at the entry that a statement names, and so at each entry for which that one answers.
    """

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        self.hierarchies, self.is_truncated = hierarchies, False
        self.uses, self.populations = hierarchies.derive(TreatmentUses), hierarchies.derive(PopulationEntries)
        self.edges_by_start: dict[EdgeKind, defaultdict[EntryKey, list[StatementEdge]]] = {
            kind: defaultdict(list) for kind in EdgeKind
        }
        self.edges_by_end: dict[EdgeKind, defaultdict[EntryKey, list[StatementEdge]]] = {
            kind: defaultdict(list) for kind in EdgeKind
        }
        edges = chain.from_iterable(self.read_edges(model) for model in concrete_models(Statement) if model.leads)
        for count, edge in enumerate(edges):
            if count == MAX_EDGES:
                self.is_truncated = True
                break
            self.edges_by_start[edge.rule.kind][edge.start].append(edge)
            self.edges_by_end[edge.rule.kind][edge.end].append(edge)
        # Each is computed when it is first wanted, and then kept with the graph: the latest ones.
        cache = lru_cache(maxsize=MAX_CACHED)
        self.get_self_and_classes = cache(self._find_self_and_classes)
        self.get_steps = cache(self._find_steps)
        self.get_starts = cache(self._find_starts)
        self.get_distances = cache(self._compute_distances)
        self.get_ends = cache(self._find_ends)
        self.get_lineage = cache(self._build_lineage)

    def read_edges(self, model: type[Statement]) -> Iterator[StatementEdge]:
        """Yield the edges that the public statements of one model make, by their slugs (one query).

        What the sources only aim at is no effect that they state: no cause, though a remedy may be given for an aim.
        """
        models = {field.name: model.entry_model_of(field.name) for field in model.entry_fields()}
        names = {"pk", "slug", "population", "scope", "certainty", *model.cause_field_names(), *model.use_field_names()}
        names |= {name for rule in model.leads for name in [rule.start_field, rule.end_field, *rule.conditions]}
        for row in model.objects.public().order_by("slug").values(*names):
            keys = {name: (models[name], row[name]) for name in models if row.get(name) is not None}
            for rule in model.leads:
                start, end = keys.get(rule.start_field), keys.get(rule.end_field)
                is_met = all(row[name] in values for name, values in rule.conditions.items())
                is_aim = rule.kind is EdgeKind.CAUSE and row["certainty"] == Certainty.AIM
                if start and end and start != end and is_met and not is_aim:
                    yield StatementEdge(
                        rule=rule,
                        model=model,
                        pk=row["pk"],
                        slug=row["slug"],
                        population=row["population"],
                        scope=row["scope"],
                        start=start,
                        end=end,
                        causes=frozenset(keys[name] for name in model.cause_field_names() if name in keys),
                        uses=frozenset(keys[name] for name in model.use_field_names() if name in keys),
                    )

    def _find_self_and_classes(self, entry: EntryKey) -> frozenset[EntryKey]:
        """Return an entry and everything to which it belongs."""
        model, key = entry
        return frozenset((model, ancestor) for ancestor in self.hierarchies[model].get_self_and_ancestors(key))

    def find_nearby(self, entry: EntryKey) -> set[EntryKey]:
        """Return an entry, everything to which it belongs and everything that belongs to it."""
        model, key = entry
        return {(model, nearby) for nearby in self.hierarchies[model].get_ancestors_and_descendants({key})}

    def _find_steps(self, entry: EntryKey, kind: EdgeKind) -> Steps:
        """Return the steps that lead on from an entry, whatever limits them, in the order of their statements.

        None leads to what the entry belongs to: osteoporosis is a kind of bone loss, and no cause of it.
        """
        steps: defaultdict[EntryKey, list[StepSupport]] = defaultdict(list)
        classes = self.get_self_and_classes(entry)
        supports = [
            StepSupport(edge, path, basis_of_scope_and_path(edge, path))
            for key, path in self.get_lineage(entry, "").ancestor_paths.items()
            for edge in self.edges_by_start[kind].get((entry[0], key), ())
            if edge.end not in classes
        ]
        for support in sorted(supports, key=lambda support: support.edge.slug):
            steps[support.edge.end].append(support)
        return dict(steps)

    def _find_starts(self, entry: EntryKey, kind: EdgeKind) -> frozenset[EntryKey]:
        """Return the entries from which a step leads to an entry, whatever limits it."""
        starts = set()
        for model, key in {edge.start for edge in self.edges_by_end[kind].get(entry, ())}:
            hierarchy = self.hierarchies[model]
            members = hierarchy.get_self_and_descendants({key}) if model.inherits else {key}
            starts |= {(model, member) for member in members}
        return frozenset(start for start in starts if entry not in self.get_self_and_classes(start))

    def _build_lineage(self, entry: EntryKey, field: str) -> Lineage:
        """Return the lineage of an entry in one field of a statement: itself alone where members do not inherit."""
        model, key = entry
        if model.inherits:
            return build_lineage(self.hierarchies, model, [key], [field])
        return Lineage((field,), {key: [self.hierarchies[model].slugs[key]]})

    def _find_ends(self, goal: EntryKey) -> Mapping[EntryKey, list[str]]:
        """Map each entry that counts as a goal to the path of slugs from the goal to it.

        That is the goal itself, a class of it where members inherit, and a kind of it where it is no treatment: whoever
        has bone metastasis has metastatic cancer, but what is treated with one drug is not treated with its class.
        """
        model, key = goal
        hierarchy = self.hierarchies[model]
        paths = hierarchy.get_ancestor_paths([key]) if model.inherits else {key: [hierarchy.slugs[key]]}
        kinds = {} if model.is_treatment else hierarchy.get_descendant_paths({key})
        return {(model, end): path for end, path in [*kinds.items(), *paths.items()]}

    def _compute_distances(self, goal: EntryKey) -> tuple[Mapping[EntryKey, int], Mapping[EntryKey, int]]:
        """Return the least number of steps from each entry to a goal, whatever limits them.

        First by causes alone, then by causes and exactly one remedy.
        """
        by_causes, with_remedy = dict.fromkeys(self.get_ends(goal), 0), dict[EntryKey, int]()
        newest, newest_with_remedy, distance = set(by_causes), set[EntryKey](), 0
        while newest or newest_with_remedy:
            distance += 1
            through_remedy = {start for end in newest for start in self.get_starts(end, EdgeKind.REMEDY)}
            through_remedy |= {start for end in newest_with_remedy for start in self.get_starts(end, EdgeKind.CAUSE)}
            newest = {start for end in newest for start in self.get_starts(end, EdgeKind.CAUSE)} - by_causes.keys()
            newest_with_remedy = through_remedy - with_remedy.keys()
            by_causes |= dict.fromkeys(newest, distance)
            with_remedy |= dict.fromkeys(newest_with_remedy, distance)
        return by_causes, with_remedy

    def find_relief(self, treatment: EntryKey, goal: EntryKey) -> list[StepSupport]:
        """Return the statements that a treatment, or a class of it, relieves, prevents or reduces an entry.

        What is said of a broader entry or of a kind of one counts as well; what is only possible does not.
        """
        nearby, steps = self.find_nearby(goal), self.get_steps(treatment, EdgeKind.RELIEF)
        firm = [support for end in steps.keys() & nearby for support in steps[end] if support.basis != Basis.POSSIBLE]
        return sorted(firm, key=lambda support: support.edge.slug)


def basis_of_scope_and_path(edge: StatementEdge, path: list[str]) -> Basis:
    """Return the basis of a step: what is said of some is only possible, even of the entry itself."""
    return Basis.POSSIBLE if edge.scope == Scope.SOME else basis_of_path(path, edge.scope)
