"""Opposite roles: what helps can harm, and each answer about one side tells the other."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from kb.models import Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.inheritance import Basis, Lineage, build_lineage
from kb.reasoning.link_rules import OPPOSITE_ROLES, LinkRule, find_link_rules, get_link_rules
from kb.reasoning.links import StatementKey


def find_subject_ids(statement: Statement, treatment_field: str, lineages: Iterable[Lineage]) -> set[int]:
    """Return the key of the treatment that a statement names, and those of its members that were asked about."""
    named_id = getattr(statement, f"{treatment_field}_id")
    asked_ids = {named_id}
    for lineage in lineages:
        if treatment_field in lineage.fields and named_id in lineage.ancestor_paths:
            asked_ids |= {key for key, path in lineage.ancestor_paths.items() if len(path) == 1}
    return asked_ids


@dataclass(frozen=True)
class OppositeSearch:
    """A search for what says the opposite of one statement, by one of the ways in which a model links entries."""

    statement: Statement
    rule: LinkRule
    lineage: Lineage  # Of the treatment, in the field of the link.
    near_ids: set[int]  # The keys of the symptom, its kinds and the broader ones.

    def finds(self, other: Statement) -> bool:
        """Return whether another statement of the model firmly says the opposite."""
        if getattr(other, f"{self.rule.symptom_field}_id") not in self.near_ids or not self.rule.is_met_by(other):
            return False
        inference = self.lineage.infer_basis_and_path(other)
        return inference is not None and inference[0] != Basis.POSSIBLE


class OppositeRoleFinder:
    """Finds for statements of one answer those that say the opposite of the same treatment: what helps can harm.

    Bisphosphonates relieve bone pain and can cause it. The opposite is said of the treatment, of the one asked about,
    or firmly of a class of either; and of the same symptom, a kind of it or a broader one.
    """

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        self.hierarchies = hierarchies

    def find_opposites(
        self, statements: Sequence[Statement], lineages: Sequence[Lineage] = ()
    ) -> dict[StatementKey, list[Statement]]:
        """Map each of these statements that has opposites to them (one query for each model that can state one)."""
        opposites: defaultdict[StatementKey, list[Statement]] = defaultdict(list)
        for model in concrete_models(Statement):
            searches = [
                search
                for rule in get_link_rules(model)
                for search in self.build_searches(rule, model, statements, lineages)
            ]
            if not searches:
                continue
            others = model.objects.public().with_related(["citations", "symptom"])
            for other in others.filter(build_opposites_query(model, searches)).order_by("slug"):
                for search in searches:
                    found = opposites[type(search.statement), search.statement.pk]
                    if other not in found and search.finds(other):
                        found.append(other)
        return opposites

    def build_searches(
        self, rule: LinkRule, model: type[Statement], statements: Sequence[Statement], lineages: Sequence[Lineage]
    ) -> list[OppositeSearch]:
        """Return the searches for the opposites of these statements by one rule of a model."""
        treatment_model, symptom_model = map(model.entry_model_of, (rule.treatment_field, rule.symptom_field))
        searches = []
        for statement in statements:
            for own_rule in find_link_rules(statement):
                if OPPOSITE_ROLES.get(own_rule.role) == rule.role:
                    asked = getattr(statement, "lineages", None) or lineages
                    keys = find_subject_ids(statement, own_rule.treatment_field, asked)
                    lineage = build_lineage(self.hierarchies, treatment_model, keys, [rule.treatment_field])
                    symptom_id = own_rule.get_symptom_id(statement)
                    near_ids = self.hierarchies[symptom_model].get_ancestors_and_descendants(
                        {symptom_id} if symptom_id else set()
                    )
                    searches.append(OppositeSearch(statement, rule, lineage, near_ids))
        return searches


def build_opposites_query(model: type[Statement], searches: Sequence[OppositeSearch]) -> Q:
    """Return the condition that a statement of a model links entries of which any of these searches asks."""
    query = Q()
    for rule in get_link_rules(model):
        asking = [search for search in searches if search.rule is rule]
        treatment_ids = {key for search in asking for key in search.lineage.ancestor_paths}
        symptom_ids = {key for search in asking for key in search.near_ids}
        named = {f"{rule.treatment_field}__in": treatment_ids, f"{rule.symptom_field}__in": symptom_ids}
        query |= Q(**named, **{f"{name}__in": values for name, values in rule.conditions.items()})
    return query
