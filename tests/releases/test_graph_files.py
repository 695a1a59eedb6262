"""The knowledge graph of a release: nodes and edges as KGX, in terms of Biolink that say no more than we do."""

import csv
from io import StringIO

import pytest

from kb.models import Source
from kb.releases import build_release
from kb.releases.graph_files import CATEGORIES, CONDITIONS, PREDICATES, PREFIX, TREATMENTS, format_line
from symptoms.models import ManagementOption, Manifestation, SideEffect, Symptom
from treatments.models import Treatment

# Domain and range of the predicates in the Biolink model 4.4.4, as far as categories of ours are in them.
BIOLINK_ENDS = {
    "biolink:has_side_effect": (TREATMENTS, CONDITIONS),
    "biolink:predisposes_to_condition": (TREATMENTS, CONDITIONS),
    "biolink:treats_or_applied_or_studied_to_treat": (TREATMENTS, CONDITIONS),
    "biolink:has_phenotype": (CONDITIONS, {"biolink:PhenotypicFeature"}),
    "biolink:related_to": ({*CATEGORIES.values()}, {*CATEGORIES.values()}),
    "biolink:subclass_of": ({*CATEGORIES.values()}, {*CATEGORIES.values()}),
}


@pytest.fixture
def read_graph():
    """Make a release, and return its nodes and its edges as rows."""

    def read(name="2026.12"):
        files = build_release(name).files
        texts = [files.get(name=file).content.decode() for file in ("nodes.tsv", "edges.tsv")]
        return [list(csv.DictReader(StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)) for text in texts]

    return read


def find_edge(edges, statement):
    (edge,) = [edge for edge in edges if edge["statement"] == f"{PREFIX}:{statement}"]
    return edge


def test_each_entry_is_a_node_with_its_codes_as_biolink_writes_them(universe, read_graph):
    Treatment.objects.filter(slug="drug").update(kind="drug", codes=["rxnorm:72965", "chembl.compound:CHEMBL1444"])
    Symptom.objects.filter(slug="bone-ache").update(kind="symptom", synonyms=["aching bones", "sore\tbones"])
    nodes = {node["id"]: node for node in read_graph()[0]}
    drug, ache = nodes[f"{PREFIX}:treatments/drug"], nodes[f"{PREFIX}:symptoms/bone-ache"]
    assert (drug["category"], drug["name"]) == ("biolink:Drug", "Drug")
    assert drug["xref"] == "RXCUI:72965|CHEMBL.COMPOUND:CHEMBL1444"
    assert (ache["category"], ache["synonym"]) == ("biolink:PhenotypicFeature", "aching bones|sore bones")
    assert len(nodes) == 9
    assert {node["provided_by"] for node in nodes.values()} == {PREFIX}


def test_an_edge_names_its_source_and_one_stands_for_each_source(universe, read_graph):
    statement, other = SideEffect.objects.get(slug="loner-bone"), Source.objects.get()
    other.pk, other.slug, other.title, other.address = None, "sheet", "Sheet", "https://example.org/sheet"
    other.sha256 = "b" * 64
    other.save()
    statement.citations.create(source=other, section="Head", first_line=3, last_line=4)
    edges = [edge for edge in read_graph()[1] if edge["statement"].endswith("side-effects/loner-bone")]
    assert [(edge["primary_knowledge_source"], edge["publications"], edge["citations"]) for edge in edges] == [
        (f"{PREFIX}:sources/page", "", "page:1-2"),
        (f"{PREFIX}:sources/sheet", "https://example.org/sheet", "sheet:3-4"),
    ]
    assert len({edge["id"] for edge in edges}) == 2
    assert {edge["knowledge_level"] for edge in edges} == {edge["agent_type"] for edge in edges} == {"not_provided"}
    assert edges[0]["text"] == statement.text


def test_a_predicate_says_no_more_than_the_statement(universe, read_graph):
    bone = Symptom.objects.get(slug="bone-ache")
    for slug, fields in {"plain": {}, "of-some": {"scope": "some"}, "for-women": {"population": "women"}}.items():
        treatment = universe.make(Treatment, slug, kind="drug")
        universe.make_statement(
            SideEffect, f"{slug}-bone", treatment=treatment, symptom=bone, effect="causes", **fields
        )
    for slug, certainty in {"surely": "definite", "maybe": "possible"}.items():
        treatment = universe.make(Treatment, slug, kind="drug")
        universe.make_statement(
            SideEffect, slug, treatment=treatment, symptom=bone, effect="raises-risk", certainty=certainty
        )
    joint = Symptom.objects.get(slug="joint-ache")
    universe.make_statement(
        ManagementOption, "helps", treatment=Treatment.objects.get(slug="plain"), symptom=joint, effect="relieves"
    )
    edges = read_graph()[1]
    predicates = {
        name: find_edge(edges, f"side-effects/{name}")["predicate"].removeprefix("biolink:")
        for name in ("plain-bone", "of-some-bone", "for-women-bone", "surely", "maybe")
    }
    assert predicates == {
        "plain-bone": "has_side_effect",
        "of-some-bone": "related_to",
        "for-women-bone": "related_to",
        "surely": "predisposes_to_condition",
        "maybe": "related_to",
    }
    helps = find_edge(edges, "management-options/helps")
    assert helps["predicate"] == "biolink:treats_or_applied_or_studied_to_treat"
    assert (helps["subject"], helps["object"]) == (f"{PREFIX}:treatments/plain", f"{PREFIX}:symptoms/joint-ache")
    assert helps["original_predicate"] == f"{PREFIX}:helps-with"


def test_what_is_contradicted_is_only_related(universe, read_graph):
    loner, bone = Treatment.objects.get(slug="loner"), Symptom.objects.get(slug="bone-ache")
    universe.make_statement(SideEffect, "loner-spares-bone", treatment=loner, symptom=bone, effect="protects")
    edge = find_edge(read_graph()[1], "side-effects/loner-bone")
    assert (edge["predicate"], edge["disagreements"]) == ("biolink:related_to", "side-effects/loner-spares-bone")


def test_what_is_only_aimed_at_is_caused_by_nothing(universe, read_graph):
    SideEffect.objects.filter(slug="class-bone").update(certainty="aim")
    assert f"{PREFIX}:side-effects/class-bone" not in {edge["statement"] for edge in read_graph()[1]}


def test_classes_are_edges_whose_source_is_the_knowledge_base(universe, read_graph):
    (edge,) = [edge for edge in read_graph()[1] if edge["subject"] == f"{PREFIX}:treatments/drug" and not edge["text"]]
    assert (edge["predicate"], edge["object"]) == ("biolink:subclass_of", f"{PREFIX}:treatments/class")
    assert edge["primary_knowledge_source"] == PREFIX


def test_a_cell_holds_no_tab_and_no_line_break():
    assert format_line(["a\tb", "c\nd", ["e", "f\r\ng"], 1]) == b"a b\tc d\te|f g\t1\n"


def test_every_edge_of_the_shipped_data_is_between_nodes_and_within_the_biolink_model(shipped_data, read_graph):
    nodes, edges = read_graph()
    categories = {node["id"]: node["category"] for node in nodes}
    for edge in edges:
        domain, reach = BIOLINK_ENDS[edge["predicate"]]
        assert categories[edge["subject"]] in domain, edge
        assert categories[edge["object"]] in reach, edge
        assert edge["primary_knowledge_source"], edge
    assert {predicate.name for predicate in PREDICATES.values()} <= BIOLINK_ENDS.keys()
    told = {edge["statement"].rpartition("/")[2] for edge in edges} - {""}
    for model, left_out in {SideEffect: {"effect": "unstated"}, Manifestation: {"certainty": "aim"}}.items():
        assert {*model.objects.public().exclude(**left_out).values_list("slug", flat=True)} <= told
