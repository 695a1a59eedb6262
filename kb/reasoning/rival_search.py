"""The search for rivals: which statements may contradict some others, by their columns alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Q

from kb.models import ContradictionRule, Statement, entry_model
from kb.reasoning.claims import Claim, Subject
from kb.reasoning.hierarchies import EntryHierarchies

Rules: TypeAlias = Mapping[type[Statement], Sequence[ContradictionRule]]
SubjectSet: TypeAlias = frozenset[Subject]


class NearClaim(NamedTuple):
    """A claim, with all that is near what it names: by part, or None where it names nothing in particular."""

    position: int
    nearby: Mapping[str, SubjectSet | None]

    def may_contradict(self, position: int, subjects: Mapping[str, SubjectSet]) -> bool:
        """Return whether a claim from a position about these subjects, by part, may contradict this one."""
        return position != self.position and all(
            nearby is None or not subjects[part] or not nearby.isdisjoint(subjects[part])
            for part, nearby in self.nearby.items()
        )


class RivalSearch:
    """Finds the keys of the public statements that may contradict some claims.

    A rival stands in another position on the same point, and in each part it names the same, something above or below
    it, or nothing in particular. The columns of the statements tell that, and only these are read; the database leaves
    out what names nothing near any of the claims. What is found may still be no rival, as the finder of contradictions
    decides; what is not found is none.
    """

    def __init__(self, claims: Iterable[Claim], hierarchies: EntryHierarchies) -> None:
        self.hierarchies = hierarchies
        self.claims_by_point: defaultdict[str, list[NearClaim]] = defaultdict(list)
        self._nearby: dict[Subject, SubjectSet] = {}
        for claim in claims:
            nearby = {part: self.find_nearby(subjects) for part, subjects in claim.subjects.items()}
            self.claims_by_point[claim.rule.point].append(NearClaim(claim.position, nearby))

    def find_nearby(self, subjects: SubjectSet) -> SubjectSet | None:
        """Return these subjects, with the entries above and below them; None if there are none."""
        for subject in subjects - self._nearby.keys():
            model, key = subject
            keys = self.hierarchies[model].get_ancestors_and_descendants({key}) if model else {key}
            self._nearby[subject] = frozenset((model, near) for near in keys)
        return SubjectSet().union(*(self._nearby[subject] for subject in subjects)) if subjects else None

    def find_keys(self, model: type[Statement], rules: Iterable[ContradictionRule]) -> set[int]:
        """Return the keys of the statements of a model that may contradict a claim on the point of one of its rules."""
        rules = [rule for rule in rules if rule.point in self.claims_by_point]
        if not rules:
            return set()
        readers = [ClaimReader(model, rule) for rule in rules]
        columns = ["pk", *dict.fromkeys(column for reader in readers for column in reader.columns)]
        matches = reduce(or_, (self.build_condition(reader) for reader in readers))
        rows = model.objects.public().filter(matches).order_by().values_list(*columns)
        return {
            row[0]
            for row in rows.iterator()
            for values in [dict(zip(columns, row, strict=True))]
            if any(self.may_contradict(reader, values) for reader in readers)
        }

    def may_contradict(self, reader: "ClaimReader", values: Mapping[str, Any]) -> bool:
        """Return whether a statement with these values may contradict one of the claims on the point of a rule."""
        position = reader.find_position(values)
        if position is None:
            return False
        subjects = reader.find_subjects(values)
        return any(claim.may_contradict(position, subjects) for claim in self.claims_by_point[reader.rule.point])

    def build_condition(self, reader: "ClaimReader") -> Q:
        """Return the condition that is met by every statement that may contradict one of the claims."""
        claims = self.claims_by_point[reader.rule.point]
        rival_values = {
            value
            for claim in claims
            for position, values in enumerate(reader.rule.positions)
            if position != claim.position
            for value in values
        }
        conditions = [Q(**{f"{reader.rule.field}__in": sorted(rival_values)})]
        for part in reader.rule.parts:
            nearby = [claim.nearby[part] for claim in claims]
            if None not in nearby:
                conditions.append(reader.build_part_condition(part, SubjectSet().union(*filter(None, nearby))))
        return reduce(and_, conditions)


class ClaimReader:
    """Reads what the statements of a model say on the point of a rule out of their columns."""

    def __init__(self, model: type[Statement], rule: ContradictionRule) -> None:
        self.rule = rule
        self.entry_models = {field.name: entry_model(field) for field in model.entry_fields()}
        self.columns = [rule.field, *(name for names in rule.parts.values() for name in names)]

    def find_position(self, values: Mapping[str, Any]) -> int | None:
        """Return on which side a statement with these values stands; None if it says nothing on the point."""
        value = values[self.rule.field]
        return next((position for position, side in enumerate(self.rule.positions) if value in side), None)

    def find_subjects(self, values: Mapping[str, Any]) -> dict[str, SubjectSet]:
        """Return what a statement with these values names, by part: what any of the fields of the part names."""
        return {
            part: frozenset(
                (self.entry_models.get(name), values[name]) for name in names if not self.is_empty(values[name])
            )
            for part, names in self.rule.parts.items()
        }

    def is_empty(self, value: Any) -> bool:
        """Return whether a field with this value names nothing in particular."""
        return value is None or value == "" or value in self.rule.empty_values

    def build_part_condition(self, part: str, subjects: SubjectSet) -> Q:
        """Return the condition that a statement names one of these subjects in a part, or nothing in particular."""
        names_one, names_none = Q(), Q()
        for name in self.rule.parts[part]:
            of = self.entry_models.get(name)
            names_one |= Q(**{f"{name}__in": sorted(key for model, key in subjects if model is of)})
            names_none &= Q(
                **{f"{name}__isnull": True} if of else {f"{name}__in": ["", *sorted(self.rule.empty_values)]}
            )
        return names_one | names_none
