"""Where two statements contradict each other on one point, and what explains it, if the sources do."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, TextChoices

from kb.choices import Population, Scope, are_disjoint
from kb.models import Statement
from kb.reasoning.inheritance import EntryTree


class Verdict(TextChoices):
    """Whether the sources themselves resolve a disagreement."""

    EXPLAINED = "explained", "Explained: the statements are limited to other people, or to another time"
    OPEN = "open", "Open: nothing in the sources explains it"


class Explainer(TextChoices):
    """What explains a disagreement."""

    POPULATION = "population", "They hold for different people"
    TIME = "time", "They hold at different times"


@dataclass(frozen=True)
class Disagreement:
    """Two statements of one kind that cannot both hold of the same people at the same time."""

    left: Statement
    right: Statement
    point: str
    is_partial: bool  # One of them is said only of some of a class: there it contests, but does not contradict.
    explained_by: str | None

    @property
    def verdict(self):
        return Verdict.EXPLAINED if self.explained_by else Verdict.OPEN

    def with_left(self, statement):
        """The same, with that statement first."""
        if statement.pk == self.left.pk:
            return self
        return Disagreement(self.right, self.left, self.point, self.is_partial, self.explained_by)


class ContradictionFinder:
    """Where statements of one kind contradict each other, in the trees of what they speak of."""

    def __init__(self, kind):
        self.kind, self.contest, self.fields = kind, kind.contest, kind.entry_fields()
        self.trees = {}
        if self.contest.points:
            models = {field.related_model for field in self.fields}
            self.trees = {model: EntryTree(model) for model in models}

    def find_disagreements(self, among=None):
        """Every disagreement of these statements with any of their kind; of all of them, if none are given."""
        if not self.contest.points:
            return []
        rivals = self.find_candidates(among)
        buckets = defaultdict(list)
        for rival in rivals:
            buckets[self.get_group_key(rival)].append(rival)
        found = {}
        wanted = None if among is None else {statement.pk for statement in among}
        for one in (rival for rival in rivals if wanted is None or rival.pk in wanted):
            for other in buckets[self.get_group_key(one)]:
                for point in self.find_contradicting_fields(one, other):
                    if (other.pk, one.pk, point) not in found:
                        found[one.pk, other.pk, point] = self.build_disagreement(one, other, point)
        return list(found.values())

    def find_candidates(self, among):
        """The statements that have a say on a contested point, about what those are about."""
        says = Q()
        for field, sides in self.contest.points.items():
            says |= Q(**{f"{field}__in": sorted(set().union(*sides))})
        found = self.kind.objects.public().filter(says)
        for field in self.fields if among is not None else ():
            keys = {getattr(statement, field.attname) for statement in among}
            near = Q(
                **{f"{field.name}__in": self.trees[field.related_model].get_ancestors_and_descendants(keys - {None})}
            )
            found = found.filter(near | Q(**{f"{field.name}__isnull": True}) if None in keys else near)
        found = found.prefetch_related("citations") if self.contest.time_field else found
        return list(found.order_by("pk"))

    def get_group_key(self, statement):
        """Statements in different buckets speak of different things: of entries in other trees."""
        line = [
            (self.trees[f.related_model].get_self_and_ancestors(getattr(statement, f.attname)) or [None])[-1]
            for f in self.fields
        ]
        return (*line, *(getattr(statement, field) for field in self.contest.match_fields))

    def find_contradicting_fields(self, one, other):
        """On which points two statements contradict each other."""
        for field, (these, those) in self.contest.points.items():
            words = getattr(one, field), getattr(other, field)
            opposed = (words[0] in these and words[1] in those) or (words[0] in those and words[1] in these)
            if opposed and all(self.is_same_subject(f, one, other, words) for f in self.fields):
                yield field

    def is_same_subject(self, field, one, other, words):
        """Whether what two statements name in a field is the same thing, as far as what they say goes.

        What is said of a class is said of its members. What protects from a symptom protects from every kind of it.
        """
        these, those = (
            self.trees[field.related_model].get_self_and_ancestors(getattr(s, field.attname)) for s in (one, other)
        )
        if these[:1] == those[:1]:
            return True
        if not these or not those:
            return False
        if field.related_model.inherits:
            return those[0] in these or these[0] in those
        of_all = [word in self.contest.universal_values for word in words]
        return (those[0] in these and of_all[1]) or (these[0] in those and of_all[0])

    def build_disagreement(self, one, other, point):
        broader = [s for s, member in ((one, other), (other, one)) if self.is_class_of(s, member)]
        some = any(statement.scope == Scope.SOME for statement in broader)
        return Disagreement(one, other, point, some, self.find_explanation(one, other, broader))

    def is_class_of(self, one, other):
        """Whether a statement is about a class, and another about a member of it."""
        return any(
            getattr(one, f.attname) in self.trees[f.related_model].get_self_and_ancestors(getattr(other, f.attname))[1:]
            for f in self.fields
            if f.related_model.inherits
        )

    def find_explanation(self, one, other, broader):
        """What explains it: different people, a member that is spoken of for some people only, or different times.

        A population that is merely narrower explains nothing between two statements about the same thing.
        """
        everybody = {Population.UNSTATED, Population.EVERYONE}
        exceptions = [s for s in (one, other) if broader and s not in broader and s.population not in everybody]
        if are_disjoint(one.population, other.population) or (exceptions and one.population != other.population):
            return Explainer.POPULATION
        return Explainer.TIME if self.has_different_times(one, other) else None

    def has_different_times(self, one, other):
        """Whether both are limited to a time, and not to the same; or one is, where one source says both."""
        if not self.contest.time_field:
            return False
        times = {getattr(statement, self.contest.time_field) for statement in (one, other)}
        sources = [{passage.source_id for passage in s.citations.all()} for s in (one, other)]
        return len(times) == 2 and ("" not in times or not sources[0].isdisjoint(sources[1]))


def find_disagreements(kind, among=None):
    """Every disagreement of these statements of one kind with any of their kind; of all of them, if none are given."""
    return ContradictionFinder(kind).find_disagreements(among)


def group_disagreements_by_statement(kind, among):
    """For the key of each of these statements of one kind: its disagreements, seen from it."""
    found = defaultdict(list)
    for disagreement in find_disagreements(kind, among) if among else ():
        for side in (disagreement.left, disagreement.right):
            found[side.pk].append(disagreement.with_left(side))
    return found
