"""What links a treatment with a symptom: no denial where anything does, and both sides where both are stated."""

import pytest

from kb.models import Cancer
from symptoms.models import Comparison, Guidance, ManagementOption, RiskFactor, SideEffect, Switch, Symptom
from treatments.models import Treatment

DENIAL = "No statement in these sources says that it causes this."
NO_PROOF = "That is no proof that it does not."


@pytest.fixture
def add(universe):
    """Add a statement about treatments and symptoms that are given by their slugs."""

    def add(model, slug="new", **fields):
        records = {
            name: (Treatment if "treatment" in name or name == "comparator" else Symptom).objects.get(slug=value)
            for name, value in fields.items()
            if name.endswith("treatment") or name in {"symptom", "comparator"}
        }
        return universe.make_statement(model, slug, **fields | records)

    return add


@pytest.fixture
def explain(get_json):
    """Return what is answered about one treatment and one symptom."""

    def explain(treatment, symptom):
        (suspect,) = get_json("explain/", symptom=symptom, taking=treatment)["taking"]
        return suspect

    return explain


@pytest.mark.parametrize(
    ("treatment", "symptom", "link", "basis"),
    [
        ("class", "bone-ache", "stated", "direct"),
        ("drug", "bone-ache", "stated-of-class", "inherited"),
        ("class", "joint-ache", "possible", "possible"),
        ("other", "pain", "stated-of-class", "inherited"),
        ("medicine", "bone-ache", "member", "possible"),
    ],
)
def test_what_brings_a_symptom_on_decides_by_its_basis(explain, universe, treatment, symptom, link, basis):
    suspect = explain(treatment, symptom)
    assert (suspect["link"], suspect["basis"]) == (link, basis)
    assert DENIAL not in suspect["says"]


def test_a_denial_needs_that_nothing_at_all_links_the_two(explain, universe):
    universe.make(Symptom, "rash")
    suspect = explain("drug", "rash")
    assert (suspect["link"], suspect["basis"]) == ("none", None)
    assert suspect["says"] == f"{DENIAL} {NO_PROOF}"


@pytest.mark.parametrize(
    ("model", "fields", "link", "place"),
    [
        (
            Comparison,
            {"treatment": "loner", "comparator": "class", "outcome": "less-often"},
            "comparison",
            "comparisons",
        ),
        (
            Comparison,
            {"treatment": "drug", "comparator": "loner", "outcome": "less-often"},
            "comparison",
            "comparisons",
        ),
        (Switch, {"from_treatment": "class", "to_treatment": "loner"}, "guidance", "mentioned_in"),
        (Switch, {"from_treatment": "loner", "to_treatment": "drug"}, "guidance", "mentioned_in"),
        (ManagementOption, {"treatment": "loner", "cause_treatment": "class"}, "guidance", "mentioned_in"),
        (ManagementOption, {"treatment": "class"}, "opposite", "helps"),
        (SideEffect, {"treatment": "class", "effect": "protects"}, "opposite", "protects"),
        (SideEffect, {"treatment": "class", "effect": "raises-risk"}, "stated-of-class", "causes"),
        (SideEffect, {"treatment": "class", "effect": "unstated"}, "guidance", "mentioned_in"),
        (
            RiskFactor,
            {"factor_treatment": "class", "factor": "it", "effect": "raises"},
            "stated-of-class",
            "risk_factors",
        ),
        (RiskFactor, {"factor_treatment": "class", "factor": "it", "effect": "lowers"}, "opposite", "risk_factors"),
    ],
)
def test_a_statement_of_any_kind_links_them(explain, universe, add, model, fields, link, place):
    universe.make(Symptom, "rash")
    add(model, symptom="rash", **fields)
    suspect = explain("drug", "rash")
    assert suspect["link"] == link
    assert [statement["slug"] for statement in suspect[place]] == ["new"]
    assert DENIAL not in suspect["says"]
    assert (NO_PROOF in suspect["says"]) == (link in {"guidance", "opposite"})


def test_guidance_that_names_the_symptom_in_its_words_links_them(explain, universe):
    rash = universe.make(Symptom, "rash", synonyms=["red spots"])
    universe.make(Symptom, "hives", parents=[rash])
    group = Treatment.objects.get(slug="class")
    universe.make_statement(Guidance, "word", treatment=group, text="Somebody who takes it may get a red spot.")
    assert [statement["slug"] for statement in explain("drug", "rash")["mentioned_in"]] == ["word"]
    assert explain("drug", "rash")["link"] == "guidance"
    assert explain("drug", "hives")["link"] == "none"
    assert explain("loner", "rash")["link"] == "none"


def test_what_is_said_of_a_broader_symptom_only_is_told_as_that(explain, universe, add):
    universe.make(Treatment, "pill")
    add(SideEffect, treatment="pill", symptom="pain", effect="causes")
    suspect = explain("pill", "joint-ache")
    assert (suspect["link"], suspect["basis"], suspect["causes"]) == ("broader", None, [])
    assert [statement["slug"] for statement in suspect["broader"]] == ["new"]
    assert suspect["says"] == f"Nothing is stated of this symptom itself; a broader one is. {NO_PROOF}"


def test_the_stronger_link_decides(explain, universe, add):
    add(Comparison, "compared", treatment="drug", comparator="loner", symptom="bone-ache", outcome="less-often")
    add(ManagementOption, "helps", treatment="drug", symptom="bone-ache")
    suspect = explain("drug", "bone-ache")
    assert suspect["link"] == "stated-of-class"
    assert suspect["says"].endswith("The opposite is stated, too: it is said to help with this or to protect from it.")
    assert [statement["slug"] for statement in suspect["comparisons"] + suspect["helps"]] == ["compared", "helps"]


def test_a_limit_of_what_decides_is_said_in_words(explain, universe, add):
    universe.make(Symptom, "rash")
    growth = Cancer.objects.get(slug="growth")
    add(SideEffect, treatment="class", symptom="rash", effect="causes", for_cancer=growth)
    assert explain("class", "rash")["says"] == "It could be the cause: that is stated of it. Only when used for growth."
    suspect = explain("drug", "rash")
    assert (suspect["link"], suspect["basis"]) == ("possible", "possible")
    assert suspect["says"].endswith("Only when used for growth.")


@pytest.mark.parametrize(("path", "side"), [("side-effects", "loner-bone"), ("management-options", "loner-helps")])
def test_a_list_and_a_detail_tell_the_other_side(get_json, universe, path, side):
    other = {"loner-bone": "loner-helps", "loner-helps": "loner-bone"}[side]
    (listed,) = get_json(f"{path}/", slug=side)["results"]
    for record in (listed, get_json(f"{path}/{side}/")):
        (opposite,) = record["opposite_roles"]
        assert opposite["slug"] == other
        assert opposite["frequency"] == ("rare" if other == "loner-bone" else None)
        assert opposite["effect"] == ("causes" if other == "loner-bone" else "relieves")


def test_the_other_side_is_that_of_the_treatment_asked_about(get_json, universe, add):
    add(ManagementOption, "class-helps", treatment="class", symptom="pain", effect="relieves")
    add(SideEffect, "drug-bone", treatment="drug", symptom="bone-ache", effect="causes")
    add(SideEffect, "medicine-bone", treatment="medicine", symptom="bone-ache", effect="causes", scope="some")

    def get_opposites(treatment):
        records = get_json("management-options/", treatment=treatment)["results"]
        (record,) = [record for record in records if record["slug"] == "class-helps"]
        return [opposite["slug"] for opposite in record["opposite_roles"]]

    assert get_opposites("drug") == ["class-bone", "drug-bone"]
    assert get_opposites("other") == ["class-bone"]


@pytest.mark.parametrize("path", ["side-effects", "management-options"])
def test_sparse_lists_can_leave_the_other_side_out(get_json, universe, django_assert_max_num_queries, path):
    assert "opposite_roles" not in get_json(f"{path}/", omit="opposite_roles")["results"][0]
    record = get_json(f"{path}/", fields="opposite_roles", treatment="loner", symptom="bone-ache")["results"][0]
    assert len(record["opposite_roles"]) == 1
