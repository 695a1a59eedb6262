"""Inheritance of statements: basis, path and contradictions when a statement of a class answers for a member."""

import pytest

from kb.reasoning.inheritance import Lineage, infer_basis_and_path
from symptoms.models import SideEffect

pytestmark = pytest.mark.usefixtures("universe")

DRUG_JOINT = {"kind": "side-effects", "slug": "drug-joint", "text": "drug-joint.", "limits": []}


def get_bases(get_json, path="side-effects/", **params):
    return {r["slug"]: (r["basis"], r["via"]) for r in get_json(path, **params)["results"]}


def test_a_member_inherits_from_its_class_but_only_possibly_what_holds_for_some(get_json):
    assert get_bases(get_json, treatment="drug") == {
        "class-bone": ("inherited", ["drug", "class"]),
        "medicine-joint": ("possible", ["drug", "class", "medicine"]),
        "drug-joint": ("direct", ["drug"]),
    }


def test_a_statement_of_a_class_is_contested_by_an_opposite_one_of_a_member(get_json):
    contested_by = {r["slug"]: r["contested_by"] for r in get_json("side-effects/", treatment="drug")["results"]}
    assert contested_by == {"class-bone": [], "medicine-joint": [DRUG_JOINT], "drug-joint": []}
    contested_by = {r["slug"]: r["contested_by"] for r in get_json("side-effects/", treatment="other")["results"]}
    assert contested_by == {"class-bone": [], "medicine-joint": []}
    assert {r["contested_by"] is None for r in get_json("side-effects/")["results"]} == {True}
    side_effects = get_json("treatments/drug/")["statements"]["side_effects"]["results"]
    assert {r["slug"]: r["contested_by"] for r in side_effects}["medicine-joint"] == [DRUG_JOINT]


def test_contradictions_and_red_flags_take_few_queries(api, django_assert_max_num_queries):
    params = {"treatment": "drug", "symptom": "pain"}
    api.get("/api/v1/side-effects/", params)  # What is read once after each change is kept.
    with django_assert_max_num_queries(20):
        api.get("/api/v1/side-effects/", params)


def test_nothing_is_inherited_from_a_sibling_or_a_member(get_json):
    assert "loner-bone" not in get_bases(get_json, treatment="drug")
    assert set(get_bases(get_json, treatment="medicine")) == {"medicine-joint"}


def test_a_statement_about_some_of_a_class_is_direct_for_the_class(get_json):
    assert get_bases(get_json, treatment="medicine")["medicine-joint"] == ("direct", ["medicine"])


def test_exact_limits_statements_to_the_entry_itself(get_json):
    assert get_bases(get_json, treatment="drug", exact="true") == {"drug-joint": ("direct", ["drug"])}
    assert get_bases(get_json, symptom="pain", exact="true") == {}


def test_two_treatments_mean_either_and_the_strongest_basis_counts(get_json):
    bases = get_bases(get_json, treatment=["drug", "class"])
    assert bases["class-bone"] == ("direct", ["class"])
    assert set(bases) == {"class-bone", "medicine-joint", "drug-joint"}


def test_treatment_class_includes_statements_of_all_members(get_json):
    assert set(get_bases(get_json, treatment_class="medicine")) == {
        "class-bone",
        "medicine-joint",
        "drug-joint",
        "loner-bone",
    }


def test_a_symptom_includes_narrower_ones_but_not_broader_ones(get_json):
    assert set(get_bases(get_json, symptom="pain")) == {"class-bone", "medicine-joint", "drug-joint", "loner-bone"}
    assert set(get_bases(get_json, symptom="bone-ache")) == {"class-bone", "loner-bone"}


def test_without_a_treatment_there_is_no_basis(get_json):
    assert get_bases(get_json, symptom="pain")["class-bone"] == (None, None)


def test_treatments_that_cause_and_manage_a_symptom_are_found(get_json):
    treatments = get_json("treatments/", causes="bone-ache", manages="bone-ache")["results"]
    assert [r["slug"] for r in treatments] == ["loner"]


def test_causes_includes_inherited_statements_but_not_possible_ones(get_json):
    def get_slugs(**params):
        return {r["slug"] for r in get_json("treatments/", **params)["results"]}

    assert get_slugs(causes="bone-ache") == {"class", "drug", "other", "loner"}
    assert get_slugs(causes="bone-ache", exact="true") == {"class", "loner"}
    assert get_slugs(causes="joint-ache") == {"medicine"}


def test_the_detail_of_a_treatment_marks_inherited_statements(get_json):
    payload = get_json("treatments/drug/")
    assert [[r["slug"] for r in path] for path in payload["breadcrumbs"]] == [["medicine", "class"]]
    effects = {r["slug"]: r["basis"] for r in payload["statements"]["side_effects"]["results"]}
    assert effects == {"class-bone": "inherited", "medicine-joint": "possible", "drug-joint": "direct"}


def test_the_basis_of_two_filters_is_the_weaker_one():
    statement = SideEffect(scope="unstated", treatment_id=1, symptom_id=2)
    by_treatment, by_symptom = Lineage(("treatment",), {1: ["a"]}), Lineage(("symptom",), {2: ["b", "c"]})
    assert infer_basis_and_path(statement, [by_treatment, by_symptom]) == ("inherited", ["b", "c"])
    assert infer_basis_and_path(statement, []) == (None, None)


def test_the_basis_of_a_filter_on_two_fields_is_the_stronger_one():
    statement = SideEffect(scope="some", treatment_id=1, symptom_id=2)
    assert infer_basis_and_path(statement, [Lineage(("treatment", "symptom"), {1: ["a", "b"], 2: ["b"]})]) == (
        "direct",
        ["b"],
    )
