"""Disagreements: pairs of statements that contradict each other on one field, and what explains them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

from django.db.models import Q, TextChoices

from kb.choices import UNLIMITED_POPULATIONS, Scope, are_disjoint
from kb.models import RelationField, Statement, entry_model
from kb.reasoning.hierarchies import EntryHierarchies

SubjectKey = tuple[int | None, tuple[Any, ...]]


class Verdict(TextChoices):
    """Whether the sources themselves resolve a disagreement."""

    EXPLAINED = (
        "explained",
        "Explained: the statements are limited to other people, another time, another use or another cause",
    )
    OPEN = "open", "Open: nothing in the sources explains it"


class Explainer(TextChoices):
    """What explains a disagreement."""

    POPULATION = "population", "They hold for different people"
    TIME = "time", "They hold at different times"
    CONTEXT = "context", "They hold for different uses or causes"


@dataclass(frozen=True)
class Disagreement:
    """Two statements of one model that cannot both hold of the same people at the same time."""

    left: Statement
    right: Statement
    point: str  # The field in which they contradict each other.
    is_partial: bool  # One of them holds only for some of a class: there it contests, but does not contradict.
    explained_by: Explainer | None

    @property
    def verdict(self) -> Verdict:
        return Verdict.EXPLAINED if self.explained_by else Verdict.OPEN

    def with_left(self, statement: Statement) -> "Disagreement":
        """Return the same disagreement with that statement on the left."""
        if statement.pk == self.left.pk:
            return self
        return Disagreement(self.right, self.left, self.point, self.is_partial, self.explained_by)


class ContradictionFinder:
    """Finds the statements of one model that contradict each other, by the hierarchies of what they name."""

    def __init__(self, model: type[Statement], hierarchies: EntryHierarchies) -> None:
        self.model, self.rule, self.hierarchies = model, model.contest, hierarchies
        self.fields = [f for f in model.subject_fields() if f.name not in self.rule.ignored_fields]
        self.limit_fields = [f for f in model.entry_fields() if f.name in model.limit_field_names()]

    def find_disagreements(self, among: Sequence[Statement] | None = None) -> list[Disagreement]:
        """Return every disagreement of these statements with any of their model; of all of them if None is given."""
        if not self.rule.points:
            return []
        candidates = self.find_candidates(among)
        by_subject = defaultdict(list)
        for candidate in candidates:
            by_subject[self.get_subject_key(candidate)].append(candidate)
        disagreements: dict[tuple[int, int, str], Disagreement] = {}
        wanted = None if among is None else {statement.pk for statement in among}
        for left in (candidate for candidate in candidates if wanted is None or candidate.pk in wanted):
            rivals = chain.from_iterable(by_subject[key] for key in self.iterate_nearby_subject_keys(left))
            for right in sorted(rivals, key=attrgetter("pk")):
                for point in self.find_contradicting_fields(left, right):
                    if (right.pk, left.pk, point) not in disagreements:
                        disagreements[left.pk, right.pk, point] = self.build_disagreement(left, right, point)
        return list(disagreements.values())

    def find_candidates(self, among: Sequence[Statement] | None) -> list[Statement]:
        """Return the public statements with a contested value about the entries of `among`, or near them."""
        has_contested_value = Q()
        for name, sides in self.rule.points.items():
            has_contested_value |= Q(**{f"{name}__in": sorted(set().union(*sides))})
        candidates = self.model.objects.public().filter(has_contested_value)
        for field in self.fields if among is not None else ():
            keys = {getattr(statement, field.attname) for statement in among or ()}
            nearby_ids = self.hierarchies[entry_model(field)].get_ancestors_and_descendants(keys - {None})
            is_near = Q(**{f"{field.name}__in": nearby_ids})
            candidates = candidates.filter(is_near | Q(**{f"{field.name}__isnull": True}) if None in keys else is_near)
        candidates = candidates.prefetch_related("citations") if self.rule.time_field else candidates
        return list(candidates.order_by("pk"))

    def get_subject_key(self, statement: Statement) -> SubjectKey:
        """Return the entry that a statement names in the first field for one, and the site or the like that it names.

        Statements can only disagree if these entries are the same or one is above the other, and the rest is the same.
        """
        match_values = tuple(getattr(statement, name) for name in self.rule.match_fields)
        return getattr(statement, self.fields[0].attname), match_values

    def iterate_nearby_subject_keys(self, statement: Statement) -> Iterator[SubjectKey]:
        """Yield the subject keys of the statements that can disagree with this one, its own included."""
        entry_id, match_values = self.get_subject_key(statement)
        hierarchy = self.hierarchies[entry_model(self.fields[0])]
        nearby_ids = hierarchy.get_ancestors_and_descendants({entry_id}) if entry_id is not None else [None]
        yield from ((nearby_id, match_values) for nearby_id in nearby_ids)

    def find_contradicting_fields(self, left: Statement, right: Statement) -> Iterator[str]:
        """Yield the names of the fields in which two statements contradict each other."""
        for name, (side, opposite) in self.rule.points.items():
            values = getattr(left, name), getattr(right, name)
            is_opposed = (values[0] in side and values[1] in opposite) or (values[0] in opposite and values[1] in side)
            if is_opposed and all(self.is_same_subject(field, left, right, values) for field in self.fields):
                yield name

    def is_same_subject(self, field: RelationField, left: Statement, right: Statement, values: tuple[str, str]) -> bool:
        """Return whether two statements with these contested values are about the same thing in a field.

        A statement about a class is about its members. One that protects from a symptom protects from every kind of it.
        """
        left_id, right_id = (getattr(statement, field.attname) for statement in (left, right))
        if left_id == right_id:
            return True
        if left_id is None or right_id is None:
            return False
        hierarchy = self.hierarchies[entry_model(field)]
        left_is_below = right_id in hierarchy.get_self_and_ancestors(left_id)
        right_is_below = left_id in hierarchy.get_self_and_ancestors(right_id)
        if entry_model(field).inherits:
            return left_is_below or right_is_below
        left_is_universal, right_is_universal = (value in self.rule.universal_values for value in values)
        return (left_is_below and right_is_universal) or (right_is_below and left_is_universal)

    def build_disagreement(self, left: Statement, right: Statement, point: str) -> Disagreement:
        broader = [
            statement for statement, member in ((left, right), (right, left)) if self.is_class_of(statement, member)
        ]
        is_partial = any(statement.scope == Scope.SOME for statement in broader)
        return Disagreement(left, right, point, is_partial, self.find_explanation(left, right, broader))

    def is_class_of(self, statement: Statement, member: Statement) -> bool:
        """Return whether a statement is about a class, and the other about a member of that class."""
        pairs = [
            (self.hierarchies[entry_model(field)], getattr(statement, field.attname), getattr(member, field.attname))
            for field in self.fields
            if entry_model(field).inherits
        ]
        return any(
            class_id != member_id and class_id in hierarchy.get_self_and_ancestors(member_id)
            for hierarchy, class_id, member_id in pairs
        )

    def find_explanation(self, left: Statement, right: Statement, broader: Sequence[Statement]) -> Explainer | None:
        """Return what explains a disagreement: different people, times, uses or causes; None while it is open.

        `broader` are those of the two that are about a class of which the other names a member. A member that is
        spoken of for some people only is an exception to its class; but a population that is merely narrower explains
        nothing between two statements about the same thing.
        """
        exceptions = [
            s for s in (left, right) if broader and s not in broader and s.population not in UNLIMITED_POPULATIONS
        ]
        if are_disjoint(left.population, right.population) or (exceptions and left.population != right.population):
            return Explainer.POPULATION
        if self.has_different_times(left, right):
            return Explainer.TIME
        return Explainer.CONTEXT if self.has_different_contexts(left, right) else None

    def has_different_contexts(self, left: Statement, right: Statement) -> bool:
        """Return whether two statements are limited to uses or causes of which neither is a kind of the other."""
        for field in self.limit_fields:
            ancestors = self.hierarchies[entry_model(field)].get_self_and_ancestors
            left_id, right_id = getattr(left, field.attname), getattr(right, field.attname)
            if left_id and right_id and left_id not in ancestors(right_id) and right_id not in ancestors(left_id):
                return True
        return False

    def has_different_times(self, left: Statement, right: Statement) -> bool:
        """Return whether both are limited to a time, and to another one; or only one, where one source states both."""
        if not self.rule.time_field:
            return False
        times = {getattr(statement, self.rule.time_field) for statement in (left, right)}
        left_sources, right_sources = (
            {passage.source_id for passage in statement.citations.all()} for statement in (left, right)
        )
        return len(times) == 2 and ("" not in times or not left_sources.isdisjoint(right_sources))


def find_disagreements(
    model: type[Statement], among: Sequence[Statement] | None = None, hierarchies: EntryHierarchies | None = None
) -> list[Disagreement]:
    """Return every disagreement of these statements with any of their model; of all of them if None is given."""
    return ContradictionFinder(model, hierarchies or EntryHierarchies()).find_disagreements(among)


def group_disagreements_by_statement(
    model: type[Statement], among: Iterable[Statement], hierarchies: EntryHierarchies | None = None
) -> defaultdict[int, list[Disagreement]]:
    """Map the key of each of these statements of one model to its disagreements, with it on the left."""
    statements = list(among)
    grouped: defaultdict[int, list[Disagreement]] = defaultdict(list)
    for disagreement in find_disagreements(model, statements, hierarchies) if statements else ():
        for side in (disagreement.left, disagreement.right):
            grouped[side.pk].append(disagreement.with_left(side))
    return grouped
