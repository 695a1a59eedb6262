"""What is said of a class, asked of a member: the small universe of conftest."""

import pytest
from django.core.exceptions import ValidationError

from kb.dataset.version import data_version
from kb.reasoning.inheritance import Lineage, infer_basis_and_path
from symptoms.models import SideEffect
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("universe")


def get_bases(get_json, path="side-effects/", **params):
    return {r["slug"]: (r["basis"], r["via"]) for r in get_json(path, **params)["results"]}


def test_a_member_inherits_what_is_said_of_its_class_but_only_possibly_what_is_said_of_some(get_json):
    assert get_bases(get_json, treatment="drug") == {
        "class-bone": ("inherited", ["drug", "class"]),
        "medicine-joint": ("possible", ["drug", "class", "medicine"]),
        "drug-joint": ("direct", ["drug"]),
    }


def test_what_a_class_does_is_contested_by_a_member_that_does_the_opposite(get_json):
    found = {r["slug"]: r["contested_by"] for r in get_json("side-effects/", treatment="drug")["results"]}
    assert found == {"class-bone": [], "medicine-joint": ["drug-joint"], "drug-joint": []}
    found = {r["slug"]: r["contested_by"] for r in get_json("side-effects/", treatment="other")["results"]}
    assert found == {"class-bone": [], "medicine-joint": []}
    assert {r["contested_by"] is None for r in get_json("side-effects/")["results"]} == {True}
    shown = get_json("treatments/drug/")["statements"]["side_effects"]
    assert {r["slug"]: r["contested_by"] for r in shown}["medicine-joint"] == ["drug-joint"]


def test_contests_and_red_flags_cost_a_few_queries_however_long_the_list(api, django_assert_max_num_queries):
    data_version()  # Read once after each change, for all answers.
    with django_assert_max_num_queries(15):
        api.get("/api/v1/side-effects/", {"treatment": "drug", "symptom": "pain"})


def test_nothing_is_inherited_from_a_sister_or_a_member(get_json):
    assert "loner-bone" not in get_bases(get_json, treatment="drug")
    assert set(get_bases(get_json, treatment="medicine")) == {"medicine-joint"}


def test_what_is_said_of_some_of_a_class_is_said_of_the_class_itself(get_json):
    assert get_bases(get_json, treatment="medicine")["medicine-joint"] == ("direct", ["medicine"])


def test_exactly_gives_what_is_said_of_the_slug_alone(get_json):
    assert get_bases(get_json, treatment="drug", exact="true") == {"drug-joint": ("direct", ["drug"])}
    assert get_bases(get_json, symptom="pain", exact="true") == {}


def test_two_treatments_mean_either_and_the_nearer_reason_counts(get_json):
    found = get_bases(get_json, treatment=["drug", "class"])
    assert found["class-bone"] == ("direct", ["class"])
    assert set(found) == {"class-bone", "medicine-joint", "drug-joint"}


def test_a_class_gathers_what_is_said_of_anything_in_it(get_json):
    assert set(get_bases(get_json, treatment_class="medicine")) == {
        "class-bone",
        "medicine-joint",
        "drug-joint",
        "loner-bone",
    }


def test_a_symptom_includes_its_kinds_but_not_the_other_way_round(get_json):
    assert set(get_bases(get_json, symptom="pain")) == {"class-bone", "medicine-joint", "drug-joint", "loner-bone"}
    assert set(get_bases(get_json, symptom="bone-ache")) == {"class-bone", "loner-bone"}


def test_no_basis_is_claimed_where_no_treatment_was_asked_about(get_json):
    assert get_bases(get_json, symptom="pain")["class-bone"] == (None, None)


def test_helpers_that_also_harm_are_found(get_json):
    found = get_json("treatments/", causes="bone-ache", manages="bone-ache")["results"]
    assert [r["slug"] for r in found] == ["loner"]


def test_a_treatment_causes_what_its_class_causes_but_not_what_some_of_its_class_cause(get_json):
    def slugs(**params):
        return {r["slug"] for r in get_json("treatments/", **params)["results"]}

    assert slugs(causes="bone-ache") == {"class", "drug", "other", "loner"}
    assert slugs(causes="bone-ache", exact="true") == {"class", "loner"}
    assert slugs(causes="joint-ache") == {"medicine"}


def test_the_detail_of_a_treatment_marks_what_is_inherited(get_json):
    shown = get_json("treatments/drug/")
    assert [r["slug"] for r in shown["breadcrumb"]] == ["medicine", "class"]
    effects = {r["slug"]: r["basis"] for r in shown["statements"]["side_effects"]}
    assert effects == {"class-bone": "inherited", "medicine-joint": "possible", "drug-joint": "direct"}


def test_an_answer_to_two_questions_rests_on_its_weakest_reason():
    statement = SideEffect(scope="unstated", treatment_id=1, symptom_id=2)
    near, far = Lineage(("treatment",), {1: ["a"]}), Lineage(("symptom",), {2: ["b", "c"]})
    assert infer_basis_and_path(statement, [near, far]) == ("inherited", ["b", "c"])
    assert infer_basis_and_path(statement, []) == (None, None)


def test_an_answer_through_one_of_two_fields_rests_on_its_strongest_reason():
    statement = SideEffect(scope="some", treatment_id=1, symptom_id=2)
    assert infer_basis_and_path(statement, [Lineage(("treatment", "symptom"), {1: ["a", "b"], 2: ["b"]})]) == (
        "direct",
        ["b"],
    )


def test_a_tree_must_not_run_in_a_circle():
    top, low = Treatment.objects.get(slug="medicine"), Treatment.objects.get(slug="drug")
    top.parent = low
    with pytest.raises(ValidationError, match="circle") as refused:
        top.full_clean()
    assert "parent" in refused.value.message_dict
