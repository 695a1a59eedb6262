"""Opposite roles: what helps can harm, and each answer about one side tells the other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import Q

from kb.models import Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.inheritance import Basis, Lineage, build_lineage
from kb.reasoning.link_rules import OPPOSITE_ROLES, LinkRule, find_link_rules, get_link_rules
from kb.reasoning.links import StatementKey
from kb.utils.bounded_dict import BoundedDict

MAX_INDEXED_QUESTIONS = 20_000


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
    """A search for what says the opposite of a statement, by one of the ways in which a model links entries."""

    rule: LinkRule
    lineage: Lineage  # Of the treatment, in the field of the link.
    near_ids: set[int]  # The keys of the symptom, its kinds and the broader ones.

    def finds(self, other: Statement) -> bool:
        """Return whether another statement of the model firmly says the opposite."""
        if getattr(other, f"{self.rule.symptom_field}_id") not in self.near_ids or not self.rule.is_met_by(other):
            return False
        inference = self.lineage.infer_basis_and_path(other)
        return inference is not None and inference[0] != Basis.POSSIBLE


@dataclass(frozen=True)
class OppositeQuestion:
    """What says the opposite of one statement, of these treatments: which depends on what was asked about."""

    statement: Statement
    subject_ids: tuple[tuple[LinkRule, frozenset[int]], ...]  # For each way in which it links: the treatments' keys.

    @property
    def key(self) -> tuple[StatementKey, tuple[frozenset[int], ...]]:
        return (type(self.statement), self.statement.pk), tuple(ids for _, ids in self.subject_ids)


class OppositeRoleIndex(BoundedDict[Any, list[Statement]]):
    """The opposites of statements in one state of the data, by the key of their question."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        super().__init__(MAX_INDEXED_QUESTIONS)


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
        """Map each of these statements that has opposites to them; each is looked up once for a state of the data."""
        questions = {question.key: question for question in self.build_questions(statements, lineages)}
        opposites: defaultdict[StatementKey, list[Statement]] = defaultdict(list)
        for key, others in self.hierarchies.derive(OppositeRoleIndex).get_all(questions, self.look_up).items():
            own = opposites[key[0]]
            own += [other for other in others if other not in own]
        return opposites

    def build_questions(
        self, statements: Sequence[Statement], lineages: Sequence[Lineage]
    ) -> Iterator[OppositeQuestion]:
        """Yield what is to be looked up for those of these statements that can have opposites."""
        for statement in statements:
            asked = getattr(statement, "lineages", None) or lineages
            subject_ids = tuple(
                (rule, frozenset(find_subject_ids(statement, rule.treatment_field, asked)))
                for rule in find_link_rules(statement)
                if rule.role in OPPOSITE_ROLES
            )
            if subject_ids:
                yield OppositeQuestion(statement, subject_ids)

    def look_up(self, questions: Sequence[OppositeQuestion]) -> dict[Any, list[Statement]]:
        """Find the answers to these questions in the database (one query for each model that can state one)."""
        opposites: dict[Any, list[Statement]] = {question.key: [] for question in questions}
        for model in concrete_models(Statement):
            searches = [
                (question, search)
                for rule in get_link_rules(model)
                for question in questions
                for search in self.build_searches(rule, model, question)
            ]
            if not searches:
                continue
            searches_by_treatment = index_by_treatment(searches)
            others = model.objects.public().with_related(["citations", "symptom"])
            for other in others.filter(pk__in=find_keys_near(model, searches_by_treatment)).order_by("slug"):
                for field in {rule.treatment_field for rule in get_link_rules(model)}:
                    for question, search in searches_by_treatment.get((field, getattr(other, f"{field}_id")), ()):
                        own = opposites[question.key]
                        if (not own or own[-1] != other) and search.finds(other):
                            own.append(other)
        return opposites

    def build_searches(
        self, rule: LinkRule, model: type[Statement], question: OppositeQuestion
    ) -> Iterator[OppositeSearch]:
        """Yield the searches that answer a question by one rule of a model."""
        treatment_model, symptom_model = map(model.entry_model_of, (rule.treatment_field, rule.symptom_field))
        for own_rule, subject_ids in question.subject_ids:
            if OPPOSITE_ROLES[own_rule.role] == rule.role:
                lineage = build_lineage(self.hierarchies, treatment_model, subject_ids, [rule.treatment_field])
                symptom_id = own_rule.get_symptom_id(question.statement)
                near_ids = self.hierarchies[symptom_model].get_ancestors_and_descendants(
                    {symptom_id} if symptom_id else set()
                )
                yield OppositeSearch(rule, lineage, near_ids)


SearchIndex: TypeAlias = Mapping[tuple[str, int | None], Sequence[tuple[OppositeQuestion, OppositeSearch]]]


def index_by_treatment(searches: Iterable[tuple[OppositeQuestion, OppositeSearch]]) -> SearchIndex:
    """Index searches by the field and the key of each treatment that what they find can name."""
    index: defaultdict[tuple[str, int | None], list[tuple[OppositeQuestion, OppositeSearch]]] = defaultdict(list)
    for question, search in searches:
        for treatment_id in search.lineage.ancestor_paths:
            index[search.rule.treatment_field, treatment_id].append((question, search))
    return index


def find_keys_near(model: type[Statement], searches_by_treatment: SearchIndex) -> set[int]:
    """Return the keys of the statements that name a treatment and a symptom of which one search asks (one query).

    The columns tell that: of all treatments with all symptoms of an answer, much more is said.
    """
    searches = [search for found in searches_by_treatment.values() for _, search in found]
    fields = [(rule.treatment_field, rule.symptom_field) for rule in get_link_rules(model)]
    columns = [f"{name}_id" for pair in fields for name in pair]
    rows = model.objects.public().filter(build_opposites_query(model, searches)).order_by()
    keys = set()
    for pk, *named in rows.values_list("pk", *columns):
        for index, (field, _) in enumerate(fields):
            treatment_id, symptom_id = named[2 * index : 2 * index + 2]
            if any(symptom_id in search.near_ids for _, search in searches_by_treatment.get((field, treatment_id), ())):
                keys.add(pk)
    return keys


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
