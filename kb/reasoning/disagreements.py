"""Disagreements: pairs of statements, of any kinds, that contradict each other on one point; what explains them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import reduce
from operator import or_

from django.db.models import Q

from kb.choices import UNLIMITED_POPULATIONS, Scope, are_disjoint
from kb.models import Statement, concrete_models, entry_model
from kb.reasoning.claims import (
    Claim,
    Disagreement,
    Explainer,
    StatementKey,
    Subject,
    Verdict,
    build_claim,
    get_key,
    has_different_times,
    is_class,
)
from kb.reasoning.hierarchies import EntryHierarchies, get_current_hierarchies
from kb.reasoning.rival_search import RivalSearch


class ContradictionFinder:
    """Finds the statements that contradict each other on these points, by the hierarchies of what they name."""

    def __init__(self, points: Collection[str], hierarchies: EntryHierarchies) -> None:
        self.hierarchies = hierarchies
        self.rules = {
            model: rules
            for model in concrete_models(Statement)
            if (rules := [rule for rule in model.contest if rule.point in points])
        }

    def find_disagreements(self, among: Collection[Statement] | None = None) -> list[Disagreement]:
        """Return every disagreement of these statements with any other; of all statements if None is given.

        Open ones come first, then by point and by the slugs of the two.
        """
        claims = list(self.find_claims() if among is None else self.find_claims_with_rivals(among))
        wanted = None if among is None else {get_key(statement) for statement in among}
        claims_by_subject: defaultdict[tuple[str, int, Subject], list[Claim]] = defaultdict(list)
        for claim in claims:
            for subject in claim.anchors:
                claims_by_subject[claim.rule.point, claim.position, subject].append(claim)
        disagreements: dict[tuple[str, StatementKey, StatementKey], Disagreement] = {}
        for claim in claims:
            if wanted is not None and get_key(claim.statement) not in wanted:
                continue
            for rival in self.iterate_rivals(claim, claims_by_subject):
                left, right = sorted((claim, rival), key=lambda side: get_key(side.statement))
                key = claim.rule.point, get_key(left.statement), get_key(right.statement)
                if left.statement != right.statement and key not in disagreements and self.is_same_subject(left, right):
                    disagreements[key] = self.build_disagreement(left, right)
        return sorted(disagreements.values(), key=disagreement_sort_key)

    def find_claims_with_rivals(self, among: Collection[Statement]) -> Iterator[Claim]:
        """Yield what these statements say on the points, and what may contradict it."""
        keys: defaultdict[type[Statement], set[int]] = defaultdict(set)
        for statement in among:
            keys[type(statement)].add(statement.pk)
        claims = [claim for model in self.rules if keys[model] for claim in self.find_claims_of(model, keys[model])]
        search = RivalSearch(claims, self.hierarchies)
        yield from claims
        for model, rules in self.rules.items():
            if rival_keys := search.find_keys(model, rules) - keys[model]:
                yield from self.find_claims_of(model, rival_keys)

    def find_claims(self) -> Iterator[Claim]:
        """Yield what all public statements say on the points."""
        for model in self.rules:
            yield from self.find_claims_of(model)

    def find_claims_of(self, model: type[Statement], keys: Collection[int] | None = None) -> Iterator[Claim]:
        """Yield what the public statements of a model with these keys say on the points; all of them if None is given.

        Several fields are read for all statements at once: the number of queries is that of the fields.
        """
        rules, entry_fields = self.rules[model], {field.name: field for field in model.entry_fields()}
        matches = reduce(or_, (Q(**{f"{rule.field}__in": sorted(rule.values)}) for rule in rules))
        if keys is not None:
            matches &= Q(pk__in=keys)
        part_fields = {name for rule in rules for fields in rule.parts.values() for name in fields}
        related = {name for name, field in entry_fields.items() if field.many_to_many} & part_fields
        related |= {"citations"} if any(rule.time_field for rule in rules) else set()
        limits = [name for name in entry_fields if name in model.limit_field_names()]  # Shown with the statement.
        statements = model.objects.public().filter(matches).order_by("pk").select_related(*limits)
        for statement in statements.prefetch_related(*sorted(related)):
            for rule in rules:
                if (claim := build_claim(statement, rule, entry_fields)) and claim.anchors:
                    yield claim

    def iterate_rivals(
        self, claim: Claim, claims_by_subject: Mapping[tuple[str, int, Subject], Collection[Claim]]
    ) -> Iterator[Claim]:
        """Yield what is said from another position of the same entries, or of those above and below them."""
        nearby = {
            (model, near)
            for model, key in claim.anchors
            if model is not None
            for near in self.hierarchies[model].get_ancestors_and_descendants({key})
        }
        for position in range(len(claim.rule.positions)):
            for subject in nearby if position != claim.position else ():
                yield from claims_by_subject.get((claim.rule.point, position, subject), ())

    def is_same_subject(self, left: Claim, right: Claim) -> bool:
        """Return whether two claims on one point are about the same thing in each of its parts."""
        return all(
            not (left.subjects[part] and right.subjects[part])
            or any(
                self.is_same_part(part, left, left_subject, right, right_subject)
                for left_subject in left.subjects[part]
                for right_subject in right.subjects[part]
            )
            for part in left.rule.parts
        )

    def is_same_part(self, part: str, left: Claim, left_subject: Subject, right: Claim, right_subject: Subject) -> bool:
        """Return whether two claims are about the same thing in a part for which they name these.

        A statement about a class of treatments is about its members. What protects from a symptom protects from every
        kind of it.
        """
        if left_subject == right_subject:
            return True
        if self.is_above(left_subject, right_subject):
            return is_class(left_subject) or left.holds_of_kinds(part)
        if self.is_above(right_subject, left_subject):
            return is_class(right_subject) or right.holds_of_kinds(part)
        return False

    def is_above(self, subject: Subject, other: Subject) -> bool:
        """Return whether something is an entry to which another belongs."""
        (model, key), (other_model, other_key) = subject, other
        if model is None or model is not other_model or key == other_key:
            return False
        return key in self.hierarchies[model].get_self_and_ancestors(other_key)

    def build_disagreement(self, left: Claim, right: Claim) -> Disagreement:
        """Return the disagreement of two claims, with what explains it."""
        broader = [claim for claim, member in ((left, right), (right, left)) if self.is_of_class(claim, member)]
        is_partial = any(claim.statement.scope == Scope.SOME for claim in broader)
        return Disagreement(left, right, is_partial, self.find_explanation(left, right, broader))

    def is_of_class(self, claim: Claim, member: Claim) -> bool:
        """Return whether a claim is about a class, and the other about a member of that class."""
        return any(
            is_class(subject) and self.is_above(subject, other)
            for part, subjects in claim.subjects.items()
            for subject in subjects
            for other in member.subjects[part]
        )

    def find_explanation(self, left: Claim, right: Claim, broader: Collection[Claim]) -> Explainer | None:
        """Return what explains a disagreement: different people, times, uses or causes; None while it is open.

        `broader` are those of the two that are about a class of which the other names a member. A member that is
        spoken of for some people only is an exception to its class; but a population that is merely narrower explains
        nothing between two statements about the same thing.
        """
        populations = [claim.statement.population for claim in (left, right)]
        exceptions = [
            claim
            for claim in (left, right)
            if broader and claim not in broader and claim.statement.population not in UNLIMITED_POPULATIONS
        ]
        if are_disjoint(*populations) or (exceptions and len(set(populations)) == 2):
            return Explainer.POPULATION
        if has_different_times(left, right):
            return Explainer.TIME
        has_other_context = is_of_anything_in_one_only(left, right) or self.has_different_contexts(
            left.statement, right.statement
        )
        return Explainer.CONTEXT if has_other_context else None

    def has_different_contexts(self, left: Statement, right: Statement) -> bool:
        """Return whether two statements are limited to uses or causes of which neither is a kind of the other."""
        for field in left.entry_fields():
            if field.name in left.limit_field_names() and field.name in right.limit_field_names():
                ancestors = self.hierarchies[entry_model(field)].get_self_and_ancestors
                left_id, right_id = getattr(left, field.attname), getattr(right, field.attname)
                if left_id and right_id and left_id not in ancestors(right_id) and right_id not in ancestors(left_id):
                    return True
        return False


def is_of_anything_in_one_only(left: Claim, right: Claim) -> bool:
    """Return whether one of two claims is about anything in a part, such as any cause, and the other about something.

    The particular one is then an exception to the general one.
    """
    return any(bool(left.subjects[part]) != bool(right.subjects[part]) for part in left.rule.parts)


def find_compared_models(model: type[Statement]) -> list[type[Statement]]:
    """Return the models of statements that can contradict those of this model, itself included."""
    points = {rule.point for rule in model.contest}
    others = [other for other in concrete_models(Statement) if points & {rule.point for rule in other.contest}]
    return others or [model]


def disagreement_sort_key(pair: Disagreement) -> tuple[bool, str, str, str]:
    """Order disagreements: open ones first, then by point and by the slugs of the two."""
    return pair.verdict != Verdict.OPEN, pair.point, pair.left.slug, pair.right.slug


def find_disagreements(
    among: Collection[Statement] | None = None, hierarchies: EntryHierarchies | None = None
) -> list[Disagreement]:
    """Return every disagreement of these statements with any other; of all statements if None is given."""
    models = concrete_models(Statement) if among is None else {type(statement) for statement in among}
    points = {rule.point for model in models for rule in model.contest}
    return ContradictionFinder(points, hierarchies or get_current_hierarchies()).find_disagreements(among)
