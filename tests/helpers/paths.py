"""An oracle of paths: which chains the statements allow, worked out from their records alone, without the graph."""

from functools import cache
from itertools import combinations, product

from kb.choices import POPULATION_ENTRIES, are_disjoint
from kb.models import Cancer, Entry, MetastaticSite, concrete_models
from symptoms.models import ManagementOption, Manifestation, RiskFactor, SideEffect
from treatments.models import Indication, Treatment

CAUSES, REMEDIES = "causes", "remedies"
STRENGTHS = ["direct", "inherited", "possible"]


def get_key(entry):
    return type(entry), entry.pk


def find_ends_of_statement(statement):
    """Return whether a statement is a cause or a remedy, with the entries from which and to which it leads."""
    match statement:
        case SideEffect(effect="causes" | "raises-risk"):
            kind, start, end = CAUSES, statement.treatment, statement.symptom
        case RiskFactor(effect="raises"):
            start = statement.factor_treatment or statement.factor_cancer or statement.factor_condition
            kind, end = CAUSES, statement.cancer or statement.symptom
        case Manifestation():
            kind, start, end = CAUSES, statement.cancer or statement.condition, statement.symptom
        case MetastaticSite():
            kind, start, end = CAUSES, statement.cancer, statement.metastasis
        case ManagementOption():
            kind, start, end = REMEDIES, statement.symptom, statement.treatment
        case Indication():
            kind, start, end = REMEDIES, statement.cancer, statement.treatment
        case _:
            return None
    is_aim = kind == CAUSES and statement.certainty == "aim"
    return None if is_aim or not start or not end or start == end else (kind, get_key(start), get_key(end))


class PathOracle:
    """Says of a step whether it may follow other entries, and on what basis; reads every record once."""

    def __init__(self):
        self.classes, self.slugs = {}, {}
        for model in concrete_models(Entry):
            self.slugs |= {get_key(entry): entry.slug for entry in model.objects.all()}
            for low, high in model.ancestries().values_list("descendant", "ancestor"):
                self.classes.setdefault((model, low), set()).add((model, high))
        self.statements, self.steps = {}, []
        self.find_next_steps = cache(self.find_next_steps)
        self.can_be_one_disease = cache(self.can_be_one_disease)
        for model in (SideEffect, RiskFactor, Manifestation, MetastaticSite, ManagementOption, Indication):
            names = [field.name for field in model.entry_fields()]
            for statement in model.objects.filter(status="published").select_related(*names):
                self.statements[model, statement.pk] = statement
                if step := find_ends_of_statement(statement):
                    self.steps.append((statement, *step))
        self.uses = [
            (get_key(use.treatment), get_key(use.cancer))
            for use in self.statements.values()
            if isinstance(use, Indication) and use.scope != "some"
        ]

    def is_or_belongs_to(self, low, high):
        return high in self.classes[low]

    def answers_for(self, named, entry):
        """Return whether what is said of one entry is said of another: of itself, or of a member that inherits."""
        return named == entry or (entry[0].inherits and self.is_or_belongs_to(entry, named))

    def find_basis(self, statement, named, entries, having):
        """Return the basis on which a statement leads on from the last of these entries; None if a limit forbids it."""
        given = [*entries, *having]
        for name in ("cause_treatment", "cause_cancer", "cause_condition"):
            cause = getattr(statement, name, None)
            if cause and not any(self.is_or_belongs_to(entry, get_key(cause)) for entry in given):
                return None
        if self.excludes(statement.population, [key for model, key in given if model is Cancer]):
            return None
        if isinstance(statement, MetastaticSite) and not self.can_be_one_disease(
            entries[-1], get_key(statement.metastasis)
        ):
            return None
        basis = "direct" if named == entries[-1] else "inherited"
        if statement.scope == "some":
            basis = "possible"
        if getattr(statement, "for_cancer", None):
            use = get_key(statement.for_cancer)
            cancers = [entry for entry in given if entry[0] is Cancer]
            is_named = any(self.is_or_belongs_to(cancer, use) for cancer in cancers)
            if cancers and not is_named and not all(self.is_or_belongs_to(use, cancer) for cancer in cancers):
                return None
            is_used = any(
                self.is_or_belongs_to(entries[-1], treatment) and self.is_or_belongs_to(cancer, use)
                for treatment, cancer in self.uses
            )
            if not is_used and not (is_named and named == entries[-1]):
                basis = "possible"
        return basis

    def excludes(self, population, cancers):
        """Return whether a population has a cancer that cannot be the disease of somebody with one of these."""
        _, slugs = POPULATION_ENTRIES.get(population, ("", []))
        own = [key for key, slug in self.slugs.items() if slug in slugs and key[0] is Cancer]
        if any(self.is_or_belongs_to((Cancer, cancer), key) for cancer in cancers for key in own):
            return False  # It or a kind of it stands in the chain, or was named.
        together = [all(self.can_be_one_disease(key, (Cancer, cancer)) for cancer in cancers) for key in own]
        return bool(own) and not any(together)

    def can_be_one_disease(self, *pair):
        """Return whether two cancers have a kind in common, or one of them can spread as the other."""
        if any(set(pair) <= classes for classes in self.classes.values()):
            return True
        spreads = [s for s in self.statements.values() if isinstance(s, MetastaticSite) and s.metastasis]
        for cancer, state in (pair, pair[::-1]):
            for spread in spreads:
                named, reached = get_key(spread.cancer), get_key(spread.metastasis)
                is_near = self.is_or_belongs_to(reached, state) or self.is_or_belongs_to(state, reached)
                members = {low for low in self.classes if self.is_or_belongs_to(low, named)}
                spreading = {named} if spread.scope == "some" else members
                if is_near and any(self.is_or_belongs_to(low, cancer) for low in spreading):
                    return True
        return False

    def find_next_steps(self, entries, having=()):
        """Map the kind and the end of each step that may follow these entries to its statements with their bases."""
        steps = {}
        for statement, kind, named, end in self.steps:
            is_new = end not in entries and not self.is_or_belongs_to(entries[-1], end)
            if is_new and self.answers_for(named, entries[-1]):
                basis = self.find_basis(statement, named, entries, having)
                if basis:
                    steps.setdefault((kind, end), []).append((statement, basis))
        return steps

    def find_goal_basis(self, goal, end, scope):
        """Return the basis on which an entry counts as the goal; None if it does not."""
        if end == goal or (goal[0] is not Treatment and goal[0] is end[0] and self.is_or_belongs_to(end, goal)):
            return "direct"
        if goal[0].inherits and goal[0] is end[0] and self.is_or_belongs_to(goal, end):
            return "possible" if scope == "some" else "inherited"
        return None

    def combine(self, goal, end, steps):
        """Return the basis of these steps together, and the statements of each that stand in some combination.

        A combination has one statement of each step, and nobody is left out by two of them at once.
        """
        combined, used = None, [set() for _ in steps]
        groups = [{} for _ in steps]  # By what matters in a combination: the basis and the population.
        for number, step in enumerate(steps):
            for statement, basis in step:
                if number == len(steps) - 1:
                    basis = max(basis, self.find_goal_basis(goal, end, statement.scope), key=STRENGTHS.index)
                key = type(statement), statement.pk
                groups[number].setdefault((basis, statement.population), set()).add(key)
        for combination in product(*groups):
            if any(are_disjoint(left, right) for (_, left), (_, right) in combinations(combination, 2)):
                continue
            weakest = max((basis for basis, _ in combination), key=STRENGTHS.index)
            combined = min(combined or weakest, weakest, key=STRENGTHS.index)
            for statements, group, chosen in zip(used, groups, combination, strict=True):
                statements |= group[chosen]
        return combined, used

    def iterate_chains(self, start, max_hops, remedies, having=()):
        """Yield every chain of entries and steps from a start that has at most so many steps and remedies."""
        waiting = [([start], [], remedies)]
        while waiting:
            entries, steps, left = waiting.pop()
            for (kind, end), statements in self.find_next_steps(tuple(entries), tuple(having)).items():
                chain = [*entries, end], [*steps, statements], left - (kind == REMEDIES)
                if chain[2] >= 0:
                    yield chain
                    if len(steps) + 1 < max_hops:
                        waiting.append(chain)

    def select_paths(self, chains, goal):
        """Yield the chains that end at a goal and meet it nowhere before, with no remedy left, as `check_path` says."""
        for entries, steps, left in chains:
            ends = [self.find_goal_basis(goal, entry, "unstated") for entry in entries[1:]]
            if left == 0 and ends[-1] and not any(ends[:-1]):
                basis, used = self.combine(goal, entries[-1], steps)
                if basis:
                    yield tuple(entries), (basis, used)

    def check_path(self, entries, kinds, goal, having=()):
        """Return the basis of the path through these entries, and the statements of its steps; None if it is none."""
        steps = []
        for number, kind in enumerate(kinds, 1):
            next_steps = self.find_next_steps(tuple(entries[:number]), tuple(having))
            if (kind, entries[number]) not in next_steps:
                return None, None
            steps.append(next_steps[kind, entries[number]])
        return self.combine(goal, entries[-1], steps)


def get_entries(path):
    """Return the entries of a path, in their order."""
    return (path.steps[0].start, *(step.end for step in path.steps))


def get_statements(path):
    """Return the statements of each step of a path, by model and key."""
    return [{(support.edge.model, support.edge.pk) for support in step.supports} for step in path.steps]
