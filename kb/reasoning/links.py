"""Links: every public statement that speaks of a treatment together with a symptom, and how strongly it links them.

Whatever answers whether a treatment could bring a symptom on, or denies it, asks here: a denial needs that there is no
link at all.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from django.db.models import Q, TextChoices

from kb.models import Entry, Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey
from kb.reasoning.inheritance import Basis, Inference, Lineage, build_lineage, copy_with_lineages, inference_sort_key
from kb.reasoning.link_rules import LinkRole, find_link_rules, get_link_rules
from kb.reasoning.names_in_text import has_any_name
from kb.reasoning.populations import PopulationEntries
from kb.reasoning.record_cache import fetch_queryset, fetch_records


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
    def key(self) -> tuple[type[Statement], int, LinkRole]:
        return type(self.statement), self.statement.pk, self.role

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
    """Return links; only possible is what is stated of people with another cancer than one given."""
    return sort_links(
        replace(link, inference=(Basis.POSSIBLE, link.inference[1]))
        if populations.excludes_statement(link.statement, given)
        else link
        for link in links
    )


def is_weaker_than_broader(strength: LinkStrength) -> bool:
    """Return whether two are linked more weakly than by what is stated of a broader symptom."""
    return ORDERED_STRENGTHS.index(strength) > ORDERED_STRENGTHS.index(LinkStrength.BROADER)


def drop_repeated_links(links: Iterable[Link]) -> list[Link]:
    """Return the first link of each statement in each role: one that names both ends of a switch is told once."""
    first: dict[tuple[type[Statement], int, LinkRole], Link] = {}
    return [link for link in links if first.setdefault(link.key, link) is link]


def assess_strength(links: Collection[Link], has_chain: bool, has_chain_to_broader: bool = False) -> LinkStrength:
    """Return by what a treatment and a symptom are linked: the strongest of their links and chains."""
    by_chains = {LinkStrength.CHAIN: has_chain, LinkStrength.BROADER: has_chain_to_broader}
    strengths = {link.strength for link in links} | {strength for strength, found in by_chains.items() if found}
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
        for statement in fetch_queryset(model.objects.public().filter(matches).order_by("slug"), self.hierarchies):
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
            about = model.objects.public().filter(**{f"{treatment_field}__in": family_ids}).order_by("slug")
            texts = about.values_list("pk", "search_index").iterator()  # Of many statements, few are read whole.
            keys = [(model, pk) for pk, text in texts if has_any_name(text.rpartition("|")[2], names)]
            records = fetch_records(keys, self.hierarchies)
            for key in keys:
                if key in records:
                    yield records[key], treatment_field, LinkRole.MENTIONED, None
