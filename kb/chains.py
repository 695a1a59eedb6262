"""Chains of statements from one entry to another, such as from chemotherapy to the bone pain of what follows it."""

from collections import defaultdict
from dataclasses import dataclass

from django.apps import apps

from kb.inheritance import STRENGTH, Tree, basis
from kb.models import Entry, Statement

MOST_LINKS, MOST_CHAINS, MOST_TRIALS = 20_000, 50, 50_000  # Bounds on the work, whatever is asked.


@dataclass(frozen=True)
class Link:
    """That one statement leads from one entry to another."""

    kind: type
    pk: int
    words: str
    start: tuple  # The model and the key of an entry.
    end: tuple
    given: frozenset  # The causes for which alone it is said.
    basis: str
    via: tuple  # The slugs from the entry in the chain to the one that the statement names.


def kinds_that_lead():
    return [model for model in apps.get_models() if issubclass(model, Statement) and model.leads]


class Chains:
    """The chains from one entry to another, shortest first, no entry twice in any of them."""

    def __init__(self, start, goal, max_hops):
        self.trees = {model: Tree(model) for model in apps.get_models() if issubclass(model, Entry)}
        self.start, self.goal, self.max_hops = (type(start), start.pk), (type(goal), goal.pk), max_hops
        self.links, self.truncated = defaultdict(lambda: defaultdict(list)), False
        self.explore()
        self.found = list(self.chains())

    def explore(self):
        """Gather the links that leave each entry within reach, hop by hop."""
        reached, frontier = {self.start}, {self.start}
        for _ in range(self.max_hops):
            arrived = set()
            for many, link in enumerate(self.leaving(frontier)):
                if many == MOST_LINKS:
                    self.truncated = True
                    break
                self.links[link.start][link.end, link.words].append(link)
                arrived.add(link.end)
            frontier = arrived - reached
            reached |= arrived

    def leaving(self, frontier):
        """Every statement that leads away from these entries: said of them, or of a class that they belong to."""
        for kind in kinds_that_lead():
            for step in kind.leads:
                from_model = kind._meta.get_field(step.start).related_model
                end_model = kind._meta.get_field(step.end).related_model
                tree = self.trees[from_model]
                named = defaultdict(list)  # What a statement may name, and the entries of the chain that it speaks for.
                for key in (key for model, key in frontier if model is from_model):
                    for above in tree.line(key) if from_model.inherits else [key]:
                        named[above].append(key)
                columns = ["pk", "scope", step.start, step.end, *step.given]
                said = kind.objects.public().filter(**{f"{step.start}__in": list(named)}, **step.only)
                said = said.exclude(**{step.end: None}).order_by("slug").values_list(*columns)
                for pk, scope, start, end, *causes in said.iterator() if named else ():
                    models = [kind._meta.get_field(name).related_model for name in step.given]
                    given = frozenset((m, key) for m, key in zip(models, causes, strict=True) if key is not None)
                    for key in named[start]:
                        via = tuple(tree.paths([key])[start])
                        yield Link(
                            kind, pk, step.words, (from_model, key), (end_model, end), given, basis(via, scope), via
                        )

    def chains(self):
        """Every chain, as a list of steps; each step is a list of links that say the same."""
        self.distance, self.trials = self.distances(), 0
        count = 0
        for length in range(1, self.max_hops + 1):
            for chain in self.extend([self.start], [], length):
                yield chain
                count += 1
                if count == MOST_CHAINS:
                    self.truncated = True
                    return

    def extend(self, entries, steps, left):
        """The chains of exactly this many more steps that go on from here."""
        for (end, _), links in sorted(self.links[entries[-1]].items(), key=lambda item: item[1][0].pk):
            self.trials += 1
            if self.trials > MOST_TRIALS:
                self.truncated = True
                return
            if end in entries or self.distance.get(end, self.max_hops) > left - 1:
                continue
            said = [link for link in links if self.holds(link, entries[:-1])]
            if not said:
                continue
            if left == 1:
                if self.arrives(end):
                    yield [*steps, said]
            elif not self.arrives(end):
                yield from self.extend([*entries, end], [*steps, said], left - 1)

    def holds(self, link, earlier):
        """Whether a statement that is said only of some cause speaks of this chain: the cause stands earlier in it."""
        causes = {(model, above) for model, key in earlier for above in self.trees[model].line(key)}
        return not link.given or not earlier or not link.given.isdisjoint(causes)

    def arrives(self, entry):
        """Whether it is the goal, a class that the goal belongs to, or a kind of the symptom that is the goal."""
        (model, key), (wanted, goal) = entry, self.goal
        if model is not wanted:
            return False
        near = self.trees[model].line(goal) if model.inherits else self.trees[model].below({goal})
        return key in near

    def distances(self):
        """How many steps each entry is from the goal, at least."""
        into = defaultdict(set)
        for start, ends in self.links.items():
            for end, _ in ends:
                into[end].add(start)
        nodes = {end for ends in self.links.values() for end, _ in ends}
        found = {node: 0 for node in nodes if self.arrives(node)}
        frontier = set(found)
        while frontier:
            frontier = {start for end in frontier for start in into[end] if start not in found}
            distance = max(found.values()) + 1
            found |= dict.fromkeys(frontier, distance)
        return found


def strongest(links):
    """The basis of a step that several statements support."""
    return min((link.basis for link in links), key=STRENGTH.index)
