"""Links: every public statement that speaks of a treatment together with a symptom, and how strongly it links them.

Whatever answers whether a treatment could bring a symptom on, or denies it, asks here: a denial needs that there is no
link at all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import product

from django.db.models import Q, TextChoices

from kb.models import EdgeKind, Entry, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.inheritance import Basis, Inference, Lineage, build_lineage, copy_with_lineages, inference_sort_key


class LinkRole(Enum):
    """What part a treatment plays for a symptom in a statement that names both."""

    BRINGS_ON = "brings on"  # It brings the symptom on, or raises its risk.
    HELPS = "helps"  # It helps with the symptom, prevents it, or lowers its risk.
    COMPARED = "compared"  # It is compared with another treatment as to the symptom.
    MENTIONED = "mentioned"  # It is spoken of together with the symptom in another way.


ROLES_BY_EDGE_KIND = {EdgeKind.CAUSE: LinkRole.BRINGS_ON, EdgeKind.RELIEF: LinkRole.HELPS}
OPPOSITE_ROLES = {LinkRole.BRINGS_ON: LinkRole.HELPS, LinkRole.HELPS: LinkRole.BRINGS_ON}


@dataclass(frozen=True)
class LinkRule:
    """How statements of one model link a treatment with a symptom."""

    treatment_field: str
    symptom_field: str
    role: LinkRole
    conditions: Mapping[str, Collection[str]]  # Field name: the values that it must have.

    def is_met_by(self, statement: Statement) -> bool:
        """Return whether a statement names both, and links them in this way."""
        is_named = None not in (self.get_treatment_id(statement), self.get_symptom_id(statement))
        return is_named and all(getattr(statement, name) in values for name, values in self.conditions.items())

    def get_treatment_id(self, statement: Statement) -> int | None:
        key: int | None = getattr(statement, f"{self.treatment_field}_id")
        return key

    def get_symptom_id(self, statement: Statement) -> int | None:
        key: int | None = getattr(statement, f"{self.symptom_field}_id")
        return key


@cache
def get_link_rules(model: type[Statement]) -> list[LinkRule]:
    """Return how statements of a model link treatments with symptoms: by its edges of the causal graph, or else.

    What is no edge still speaks of both: every field with a treatment counts, also one that only limits the statement.
    """
    models = {field.name: model.entry_model_of(field.name) for field in model.entry_fields() if field.many_to_one}
    treatment_fields = [name for name, entry_model in models.items() if entry_model.is_treatment]
    symptom_fields = [
        name for name, entry_model in models.items() if entry_model.is_symptom and name not in model.limit_field_names()
    ]
    rules = []
    for fields in product(treatment_fields, symptom_fields):
        rules += [
            LinkRule(*fields, ROLES_BY_EDGE_KIND[edge.kind], edge.conditions)
            for edge in model.leads
            if edge.kind in ROLES_BY_EDGE_KIND and (edge.start_field, edge.end_field) == fields
        ]
        rules.append(LinkRule(*fields, LinkRole.COMPARED if model.compares else LinkRole.MENTIONED, {}))
    return rules


def find_link_rules(statement: Statement) -> Iterator[LinkRule]:
    """Yield the ways in which a statement links treatments with symptoms: the first that each pair of fields meets."""
    found = set()
    for rule in get_link_rules(type(statement)):
        fields = rule.treatment_field, rule.symptom_field
        if fields not in found and rule.is_met_by(statement):
            found.add(fields)
            yield rule


class LinkStrength(TextChoices):
    """By what a treatment and a symptom are linked, the strongest first."""

    STATED = "stated", "It is stated of it"
    STATED_OF_CLASS = "stated-of-class", "It is stated of a class that it belongs to"
    POSSIBLE = "possible", "It is possible: it is stated of some of a class, or of another use"
    COMPARISON = "comparison", "It is said in a comparison with another treatment"
    GUIDANCE = "guidance", "It is spoken of in advice or an explanation"
    CHAIN = "chain", "It follows from a chain of statements"
    MEMBER = "member", "It is stated only of a member of it"
    BROADER = "broader", "It is stated only of a broader symptom"
    OPPOSITE = "opposite", "Only the opposite is stated"
    NONE = "none", "No statement links the two"


STRENGTH_BY_BASIS = {
    Basis.DIRECT: LinkStrength.STATED,
    Basis.INHERITED: LinkStrength.STATED_OF_CLASS,
    Basis.POSSIBLE: LinkStrength.POSSIBLE,
}
STRENGTH_BY_ROLE = {
    LinkRole.COMPARED: LinkStrength.COMPARISON,
    LinkRole.MENTIONED: LinkStrength.GUIDANCE,
    LinkRole.HELPS: LinkStrength.OPPOSITE,
}
ORDERED_STRENGTHS = list(LinkStrength)
StatementKey = tuple[type[Statement], int]  # The model and the primary key of a statement.


@dataclass(frozen=True)
class Link:
    """A statement that speaks of a treatment, its class or its member, together with a symptom or one near it."""

    statement: Statement  # With its lineage: it answers about the treatment that was asked about.
    role: LinkRole
    inference: Inference  # The basis on which it answers about the treatment, and the path of slugs to the one named.
    is_broader: bool  # Whether it is about a broader symptom than the one asked about; else about it or a kind of it.
    is_of_member: bool  # Whether it is about a member of the treatment.

    @property
    def basis(self) -> Basis:
        return self.inference[0]

    @property
    def strength(self) -> LinkStrength:
        """How strongly this statement alone links the two."""
        if self.role != LinkRole.BRINGS_ON:
            return STRENGTH_BY_ROLE[self.role]
        if self.is_broader:
            return LinkStrength.BROADER
        return LinkStrength.MEMBER if self.is_of_member else STRENGTH_BY_BASIS[self.basis]


def sort_links(links: Iterable[Link]) -> list[Link]:
    """Return links in the order in which they are shown: the nearest to the treatment first."""
    return sorted(links, key=lambda link: (*inference_sort_key(link.inference), link.statement.slug))


def assess_strength(links: Collection[Link], has_chain: bool) -> LinkStrength:
    """Return by what a treatment and a symptom are linked: the strongest of their links and chains."""
    strengths = {link.strength for link in links} | ({LinkStrength.CHAIN} if has_chain else set())
    return min(strengths, key=ORDERED_STRENGTHS.index, default=LinkStrength.NONE)


class LinkFinder:
    """Finds the links between treatments and one symptom; the number of queries does not depend on how many."""

    def __init__(self, treatment_model: type[Entry], symptom: Entry, hierarchies: EntryHierarchies) -> None:
        self.treatment_model, self.symptom, self.hierarchies = treatment_model, symptom, hierarchies
        hierarchy = hierarchies[type(symptom)]
        self.kind_ids = hierarchy.get_self_and_descendants({symptom.pk})
        self.near_ids = hierarchy.get_ancestors_and_descendants({symptom.pk})
        self._lineages: dict[tuple[int, str], Lineage] = {}

    def find_links(self, treatment_ids: Collection[int]) -> dict[int, list[Link]]:
        """Map the key of each of these treatments to its links with the symptom, the nearest first."""
        hierarchy = self.hierarchies[self.treatment_model]
        families = {key: hierarchy.get_ancestors_and_descendants({key}) for key in treatment_ids}
        links: dict[int, list[Link]] = {key: [] for key in families}
        for statement, treatment_field, role, symptom_id in self.find_statements(set().union(*families.values())):
            for key in families:
                lineage = self.build_lineage(key, treatment_field)
                inference = lineage.infer_basis_and_path(statement)
                if inference is not None:
                    is_broader = symptom_id is not None and symptom_id not in self.kind_ids
                    is_of_member = getattr(statement, f"{treatment_field}_id") in lineage.descendant_paths
                    answering = copy_with_lineages(statement, [lineage])
                    links[key].append(Link(answering, role, inference, is_broader, is_of_member))
        return {key: sort_links(found) for key, found in links.items()}

    def build_lineage(self, key: int, treatment_field: str) -> Lineage:
        """Return the lineage of a treatment, with its classes and members, in a field; built once for each."""
        if (key, treatment_field) not in self._lineages:
            self._lineages[key, treatment_field] = build_lineage(
                self.hierarchies, self.treatment_model, [key], [treatment_field], with_members=True
            )
        return self._lineages[key, treatment_field]

    def find_statements(self, family_ids: set[int]) -> Iterator[tuple[Statement, str, LinkRole, int | None]]:
        """Yield the statements that link some of these treatments with the symptom or one near it.

        With each: the field that names the treatment, its role, and the key of the symptom; None if only the text
        speaks of one of the two.
        """
        for model in concrete_models(Statement):
            yield from self.find_statements_by_fields(model, family_ids)
            if model.names_in_text:
                yield from self.find_statements_by_text(model, family_ids)

    def find_statements_by_fields(
        self, model: type[Statement], family_ids: set[int]
    ) -> Iterator[tuple[Statement, str, LinkRole, int | None]]:
        """Yield the statements of one model that name both in fields (one query)."""
        matches = Q()
        for rule in get_link_rules(model):
            matches |= Q(
                **{f"{rule.treatment_field}__in": family_ids, f"{rule.symptom_field}__in": self.near_ids},
            )
        if not matches:
            return
        for statement in model.objects.public().with_related().filter(matches).order_by("slug"):
            for rule in find_link_rules(statement):
                symptom_id = rule.get_symptom_id(statement)
                if symptom_id in self.near_ids:
                    yield statement, rule.treatment_field, rule.role, symptom_id

    def find_statements_by_text(
        self, model: type[Statement], family_ids: set[int]
    ) -> Iterator[tuple[Statement, str, LinkRole, int | None]]:
        """Yield the statements about one of the treatments whose text names the symptom or a kind (two queries)."""
        symptom_model = type(self.symptom)
        indexes = symptom_model._default_manager.filter(pk__in=self.kind_ids).values_list("search_index", flat=True)
        names = {f" {name} " for index in indexes for name in index.split("|")[0].split("\n") if name.strip()}
        for treatment_field in model.entry_field_names(self.treatment_model):
            if treatment_field in model.limit_field_names():
                continue
            about = model.objects.public().with_related().filter(**{f"{treatment_field}__in": family_ids})
            for statement in about.order_by("slug"):
                text = f" {statement.search_index.rpartition('|')[2].strip()} "
                if any(name in text for name in names):
                    yield statement, treatment_field, LinkRole.MENTIONED, None


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
                    if search.finds(other):
                        opposites[type(search.statement), search.statement.pk].append(other)
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
