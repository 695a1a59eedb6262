"""Paths from one entry to another over statements: causes and cascades, limits, words, and bounds on the search."""

import pytest

from kb.models import Cancer, MetastaticSite
from kb.reasoning.hierarchies import HIERARCHIES_CACHE
from symptoms.models import (
    Diagnostic,
    Investigation,
    ManagementOption,
    Manifestation,
    RedFlag,
    RiskFactor,
    SideEffect,
    Symptom,
)
from treatments.models import Indication, Treatment


@pytest.fixture
def chained_universe(universe):
    """The universe, with chains:

    medicine (some) lowers low-count; lifters (with lifter) treat low-count from medicine, and cause bone-ache; growth
    shows as low-count, is treated with drug, and spreads to spread, a kind of it; weak from spread leads to bone-ache;
    spread shows as weak.
    """
    u = universe
    medicine, bone_ache = Treatment.objects.get(slug="medicine"), Symptom.objects.get(slug="bone-ache")
    low_count, weak, growth = u.make(Symptom, "low-count"), u.make(Symptom, "weak"), Cancer.objects.get(slug="growth")
    spread = u.make(Cancer, "spread", parents=[growth])
    lifters = u.make(Treatment, "lifters")
    u.make(Treatment, "lifter", parents=[lifters])
    u.make_statement(SideEffect, "medicine-low", treatment=medicine, symptom=low_count, effect="causes", scope="some")
    u.make_statement(ManagementOption, "lifters-treat", treatment=lifters, symptom=low_count, cause_treatment=medicine)
    u.make_statement(SideEffect, "lifters-ache", treatment=lifters, symptom=bone_ache, effect="causes")
    u.make_statement(Manifestation, "growth-low", symptom=low_count, cancer=growth)
    u.make_statement(Indication, "growth-drug", treatment=Treatment.objects.get(slug="drug"), cancer=growth)
    u.make_statement(MetastaticSite, "growth-spreads", cancer=growth, site="bone", metastasis=spread)
    u.make_statement(MetastaticSite, "spread-stays", cancer=spread, site="spine", metastasis=spread)
    u.make_statement(Manifestation, "spread-weak", cancer=spread, symptom=weak)
    u.make_statement(Manifestation, "weak-ache", condition=weak, symptom=bone_ache, cause_cancer=spread)
    return u


@pytest.fixture
def ask(get_json):
    """Ask for the chains between two entries; each comes as the slugs of its entries."""

    def ask(start, goal, kind="paths", **params):
        answer = get_json("paths/", **{"from": start, "to": goal}, **params)
        return [
            [chain["steps"][0]["start"]["slug"], *(step["end"]["slug"] for step in chain["steps"])]
            for chain in answer[kind]
        ]

    return ask


def get_entry(model, slug):
    return model.objects.get(slug=slug)


def test_chains_of_causes_stand_apart_from_those_through_a_remedy(chained_universe, get_json, ask):
    assert ask("drug", "bone-ache") == [["drug", "bone-ache"]]
    (cascade,) = get_json("paths/", **{"from": "drug", "to": "bone-ache"})["cascades"]
    assert [step["end"]["slug"] for step in cascade["steps"]] == ["low-count", "lifters", "bone-ache"]
    assert [step["basis"] for step in cascade["steps"]] == ["possible", "direct", "direct"]
    assert cascade["basis"] == "possible"
    assert cascade["remedy"]["slug"] == "lifters"
    assert cascade["says"] == (
        "Drug can cause low-count, which is treated with lifters (only when it comes from medicine), which can cause "
        "bone-ache."
    )
    assert all(statement["citations"] for step in cascade["steps"] for statement in step["statements"])


def test_a_cascade_has_exactly_one_remedy_and_may_end_with_it(chained_universe, ask):
    assert ask("drug", "lifter", "cascades") == [["drug", "low-count", "lifters"]]
    assert ask("growth", "lifters", "cascades", max_hops=5) == []  # Only through drug, which would be a second remedy.
    assert ask("growth", "drug", "cascades") == [["growth", "drug"], ["growth", "spread", "drug"]]
    assert ask("growth", "drug") == []


def test_an_option_for_one_cause_is_a_step_only_where_that_is_on_the_way_or_given(chained_universe, ask):
    assert ask("low-count", "lifters", "cascades") == []
    assert ask("low-count", "lifters", "cascades", having="growth") == []
    assert ask("low-count", "lifters", "cascades", having=["growth", "drug"]) == [["low-count", "lifters"]]
    assert ask("weak", "bone-ache") == []
    assert ask("weak", "bone-ache", having="spread") == [["weak", "bone-ache"]]
    assert ask("spread", "bone-ache") == [["spread", "weak", "bone-ache"]]


def test_what_is_said_of_the_place_of_spread_follows_and_it_spreads_nowhere_to_itself(chained_universe, ask):
    assert ask("growth", "bone-ache") == [["growth", "spread", "weak", "bone-ache"]]
    assert ask("growth", "spread") == [["growth", "spread"]]


def test_a_path_ends_at_a_class_or_a_kind_of_the_goal(chained_universe, ask, get_json):
    assert ["drug", "bone-ache"] in ask("drug", "pain")
    assert ask("drug", "other", "cascades") == []
    growth = get_entry(Cancer, "growth")
    other = chained_universe.make(Cancer, "other-growth", parents=[growth])
    chained_universe.make_statement(
        SideEffect,
        "x",
        treatment=get_entry(Treatment, "loner"),
        symptom=get_entry(Symptom, "weak"),
        effect="raises-risk",
    )
    assert ask("loner", "weak") == [["loner", "weak"]]
    assert [s["says"] for s in get_json("paths/", **{"from": "loner", "to": "weak"})["paths"][0]["steps"]] == [
        "can raise the risk of"
    ]
    chained_universe.make_statement(MetastaticSite, "y", cancer=other, site="lungs", metastasis=other)
    assert ask("other-growth", "growth") == [["other-growth", "spread"]]  # A kind of it.


def test_tests_and_red_flags_are_no_steps(chained_universe, ask):
    u, weak, growth = chained_universe, get_entry(Symptom, "weak"), get_entry(Cancer, "growth")
    scan = u.make(Investigation, "scan")
    u.make_statement(Diagnostic, "scan-growth", investigation=scan, cancer=growth)
    u.make_statement(RedFlag, "weak-growth", action="act", suspects_cancer=growth).signs.add(weak)
    for kind in ("paths", "cascades"):
        assert ask("growth", "scan", kind) == ask("weak", "growth", kind) == []


@pytest.mark.parametrize("fields", [{"effect": "protects"}, {"effect": "unstated"}, {"certainty": "aim"}])
def test_protection_and_aims_are_no_causes(chained_universe, ask, fields):
    loner, itch = get_entry(Treatment, "loner"), chained_universe.make(Symptom, "itch")
    fields = {"treatment": loner, "symptom": itch, "effect": "causes"} | fields
    chained_universe.make_statement(SideEffect, "loner-itch", **fields)
    assert ask("loner", "itch") == []


def test_steps_for_different_people_make_no_chain_and_a_step_says_for_whom_it_is(chained_universe, ask, get_json):
    u, loner, itch = chained_universe, get_entry(Treatment, "loner"), chained_universe.make(Symptom, "itch")
    rash, fields = u.make(Symptom, "rash"), {"treatment": loner, "symptom": itch, "effect": "causes"}
    u.make_statement(SideEffect, "men-itch", population="men", **fields)
    u.make_statement(Manifestation, "itch-rash", condition=itch, symptom=rash, population="women")
    assert ask("loner", "rash") == []
    u.make_statement(SideEffect, "women-itch", population="postmenopausal-women", scope="some", **fields)
    (path,) = get_json("paths/", **{"from": "loner", "to": "rash"})["paths"]
    assert [s["slug"] for s in path["steps"][0]["statements"]] == ["women-itch"]
    assert path["steps"][0]["limits"] == ["Only for postmenopausal women."]
    assert path["basis"] == "possible"


def test_what_is_said_of_a_use_is_no_step_for_another_cancer_and_only_possible_without_one(chained_universe, get_json):
    u, growth = chained_universe, get_entry(Cancer, "growth")
    loner, itch, tumour = get_entry(Treatment, "loner"), u.make(Symptom, "itch"), u.make(Cancer, "tumour")
    u.make_statement(SideEffect, "x", treatment=loner, symptom=itch, effect="causes", for_cancer=growth)

    def get_bases(**params):
        return [path["basis"] for path in get_json("paths/", **{"from": "loner", "to": "itch"}, **params)["paths"]]

    assert get_bases() == ["possible"]
    assert get_bases(having="tumour") == []
    assert get_bases(having="growth") == get_bases(having=["spread", "tumour"]) == ["direct"]
    u.make_statement(Indication, "loner-spread", treatment=loner, cancer=get_entry(Cancer, "spread"))
    assert get_bases() == ["direct"]
    assert get_bases(having=tumour.slug) == []


def test_a_cascade_tells_that_its_remedy_is_said_to_help_against_its_end(chained_universe, get_json):
    u, lifters, pain = chained_universe, get_entry(Treatment, "lifters"), get_entry(Symptom, "pain")
    bone_ache = get_entry(Symptom, "bone-ache")
    question = {"from": "drug", "to": "bone-ache"}
    assert get_json("paths/", **question)["cascades"][0]["remedy_also_helps"] == []
    u.make_statement(ManagementOption, "lifters-pain", treatment=lifters, symptom=pain, population="women")
    u.make_statement(SideEffect, "lifters-protect", treatment=lifters, symptom=bone_ache, effect="protects")
    (cascade,) = get_json("paths/", **question)["cascades"]
    assert [(s["slug"], s["limits"]) for s in cascade["remedy_also_helps"]] == [
        ("lifters-pain", ["Only for women."]),
        ("lifters-protect", []),
    ]
    assert cascade["says"].endswith(
        "But 2 statements name lifters, or a class of it, as a help against pain and bone-ache."
    )
    contesting = {"kind": "side-effects", "slug": "lifters-protect", "text": "lifters-protect.", "limits": []}
    assert cascade["steps"][-1]["contested_by"] == [contesting]


def test_a_step_names_the_statements_of_its_entry_or_a_nearer_one_that_say_the_opposite(chained_universe, get_json):
    u, fields = chained_universe, {"symptom": get_entry(Symptom, "bone-ache"), "effect": "protects"}

    def get_contesting_slugs():
        path = get_json("paths/", **{"from": "drug", "to": "bone-ache"})["paths"][0]
        return [statement["slug"] for statement in path["steps"][0]["contested_by"]]

    u.make_statement(SideEffect, "other-bone", treatment=get_entry(Treatment, "other"), **fields)
    u.make_statement(SideEffect, "medicine-bone", treatment=get_entry(Treatment, "medicine"), **fields)
    assert get_contesting_slugs() == []  # Neither another member nor a broader class.
    u.make_statement(SideEffect, "drug-bone", treatment=get_entry(Treatment, "drug"), **fields)
    u.make_statement(SideEffect, "class-protects", treatment=get_entry(Treatment, "class"), **fields)
    assert get_contesting_slugs() == ["class-protects", "drug-bone"]
    risk = {"factor": "drug", "factor_treatment": get_entry(Treatment, "drug"), "symptom": fields["symptom"]}
    u.make_statement(RiskFactor, "drug-lowers", effect="lowers", **risk)
    assert get_contesting_slugs() == ["class-protects", "drug-bone", "drug-lowers"]  # Of any kind.


def test_the_answer_says_what_the_treatment_at_the_start_is_said_to_help_against(chained_universe, get_json):
    answer = get_json("paths/", **{"from": "loner", "to": "bone-ache"})
    assert [s["slug"] for s in answer["start_also_helps"]] == ["loner-helps"]
    assert len(answer["paths"]) == 1


def test_an_answer_without_chains_says_that_it_proves_nothing_and_names_the_nearest(chained_universe, get_json):
    answer = get_json("paths/", **{"from": "drug", "to": "growth"})
    assert (answer["paths"], answer["cascades"], answer["sources"]) == ([], [], 1)
    assert answer["says"] == (
        "No chain of causes, and none through a remedy, leads from drug to growth in the 1 source read here, in 3 "
        "steps at most. That is no proof that there is none."
    )
    chained_universe.make(Symptom, "shin-ache", parents=[get_entry(Symptom, "bone-ache")])
    answer = get_json("paths/", **{"from": "drug", "to": "shin-ache"})
    assert [entry["slug"] for entry in answer["nearest"]] == ["pain", "bone-ache"]


def test_a_path_respects_max_hops_and_visits_no_entry_twice(chained_universe, ask):
    assert ask("growth", "bone-ache", max_hops=2) == []
    for path in [*ask("growth", "bone-ache", max_hops=5), *ask("growth", "bone-ache", "cascades", max_hops=5)]:
        assert len(path) == len(set(path))
    assert ask("bone-ache", "growth") == []


@pytest.mark.parametrize("bound", ["causal_graph.MAX_EDGES", "paths.MAX_PATHS", "paths.MAX_ATTEMPTS"])
def test_the_search_for_paths_is_limited_and_the_response_says_so(chained_universe, get_json, monkeypatch, bound):
    question = {"from": "growth", "to": "pain", "max_hops": 4}
    answer = get_json("paths/", **question)
    assert answer["truncated"] is False
    assert max(len(answer["paths"]), len(answer["cascades"])) > 1
    monkeypatch.setattr(f"kb.reasoning.{bound}", 1)
    HIERARCHIES_CACHE.clear()  # With what was derived from them.
    answer = get_json("paths/", **question)
    assert answer["truncated"] is True
    assert max(len(answer["paths"]), len(answer["cascades"])) <= 1
