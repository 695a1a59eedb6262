"""Links: every public statement that speaks of a treatment together with a symptom, and how strongly it links them.

Whatever answers whether a treatment could bring a symptom on, or denies it, asks here: a denial needs that there is no
link at all.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from itertools import product

from django.db.models import Q, TextChoices

from kb.models import Cancer, EdgeKind, Entry, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey
from kb.reasoning.inheritance import Basis, Inference, Lineage, build_lineage, copy_with_lineages, inference_sort_key
from kb.reasoning.populations import PopulationEntries


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
    CHAIN = "chain", "It follows from a chain of statements"
    MEMBER = "member", "It is stated only of a member of it"
    BROADER = "broader", "It is stated only of a broader symptom"
    GUIDANCE = "guidance", "It is spoken of in advice or an explanation"
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
PAIR_OF_NAMES = re.compile(r" (\w+) (?:and|or) (\w+) (\w+) ")  # Two names that share their last word.
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


def weaken_links_of_others(
    links: Iterable[Link], given: Collection[EntryKey], populations: PopulationEntries
) -> list[Link]:
    """Return links of which those are only possible that are stated of people with another cancer than one given."""
    return sort_links(
        replace(link, inference=(Basis.POSSIBLE, link.inference[1]))
        if is_of_others(link.statement, given, populations)
        else link
        for link in links
    )


def is_of_others(statement: Statement, given: Collection[EntryKey], populations: PopulationEntries) -> bool:
    """Return whether a statement holds only for people, or for the use for a cancer, that none of these can be."""
    uses = {
        (statement.entry_model_of(name), getattr(statement, f"{name}_id"))
        for name in statement.use_field_names()
        if getattr(statement, f"{name}_id") is not None
    }
    cancers = [key for model, key in given if model is Cancer]
    return populations.is_excluded(statement.population, given) or any(
        not populations.can_go_together(use, cancer) for _, use in uses for cancer in cancers
    )


def drop_repeated_links(links: Iterable[Link]) -> list[Link]:
    """Return the first link of each statement in each role: one that names both ends of a switch is told once."""
    kept: dict[tuple[type[Statement], int, LinkRole], Link] = {}
    for link in links:
        kept.setdefault((type(link.statement), link.statement.pk, link.role), link)
    return list(kept.values())


def assess_strength(links: Collection[Link], has_chain: bool, has_chain_to_broader: bool = False) -> LinkStrength:
    """Return by what a treatment and a symptom are linked: the strongest of their links and chains."""
    strengths = {link.strength for link in links}
    strengths |= {LinkStrength.CHAIN} if has_chain else set()
    strengths |= {LinkStrength.BROADER} if has_chain_to_broader else set()
    return min(strengths, key=ORDERED_STRENGTHS.index, default=LinkStrength.NONE)


def has_any_name(text: str, names: Collection[str]) -> bool:
    """Return whether a text holds one of these names, or all of one in a pair: bone pain in “bone and joint pain”.

    Both are given as the search index has them: in lower case, with one space between words.
    """
    padded = f" {' '.join(text.split())} "
    readings = [padded, PAIR_OF_NAMES.sub(r" \1 \3 ", padded)]
    return any(f" {name} " in reading for name in names for reading in readings)


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
        return {key: drop_repeated_links(sort_links(found)) for key, found in links.items()}

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
        names = {name.strip() for index in indexes for name in index.split("|")[0].split("\n") if name.strip()}
        for treatment_field in model.entry_field_names(self.treatment_model):
            if treatment_field in model.limit_field_names():
                continue
            about = model.objects.public().with_related().filter(**{f"{treatment_field}__in": family_ids})
            for statement in about.order_by("slug"):
                if has_any_name(statement.search_index.rpartition("|")[2], names):
                    yield statement, treatment_field, LinkRole.MENTIONED, None
