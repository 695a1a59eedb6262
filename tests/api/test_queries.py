"""The query endpoints on the small universe: explain, differential, paths, coverage, and options with cautions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.dataset.version import data_version
from symptoms.models import ManagementOption, SideEffect, Symptom
from treatments.models import Caution, Treatment

DRUG_JOINT = {"kind": "side-effects", "slug": "drug-joint"}


def get_options(get_json, **params):
    return {r["slug"]: r for r in get_json("management-options/", symptom="joint-ache", **params)["results"]}


def test_an_option_fits_if_stated_for_a_current_treatment_or_its_class(extended_universe, get_json):
    fits = {slug: r["fit"] for slug, r in get_options(get_json, taking="drug").items()}
    assert fits == {
        "needle-helps": "stated-for-this-cause",
        "balm-helps": "general",
        "walk-helps": "general",
        "rest-helps": "stated-for-other-cause",
    }
    assert next(iter(fits)) == "needle-helps"
    assert {r["fit"] for r in get_options(get_json).values()} == {None}
    assert {r["cautions"] for r in get_options(get_json).values()} == {None}


def test_current_treatments_are_accepted_by_any_name_and_several_at_once(extended_universe, get_json):
    options_by_name = [get_options(get_json, taking=name) for name in ("drug", "Brandol", "DRÜG-E")]
    assert options_by_name[0] == options_by_name[1] == options_by_name[2]
    fits = {slug: r["fit"] for slug, r in get_options(get_json, taking=["Brandol", "loner"]).items()}
    assert fits["needle-helps"] == fits["rest-helps"] == "stated-for-this-cause"


def test_an_option_stated_for_a_class_does_not_fit_its_parent(extended_universe, get_json):
    assert get_options(get_json, taking="medicine")["needle-helps"]["fit"] == "stated-for-other-cause"


def test_an_option_fits_through_a_condition_that_the_treatment_causes(extended_universe, get_json):
    condition, joint = extended_universe.make(Symptom, "low-count"), Symptom.objects.get(slug="joint-ache")
    extended_universe.make_statement(
        ManagementOption,
        "rest-for-low",
        treatment=Treatment.objects.get(slug="rest"),
        symptom=joint,
        cause_condition=condition,
    )
    assert get_options(get_json, taking="drug")["rest-for-low"]["fit"] == "stated-for-other-cause"
    extended_universe.make_statement(
        SideEffect, "class-low", treatment=Treatment.objects.get(slug="class"), symptom=condition, effect="causes"
    )
    assert get_options(get_json, taking="drug")["rest-for-low"]["fit"] == "stated-for-a-possible-effect"


def test_a_requested_order_is_kept_and_cautions_are_always_included(extended_universe, get_json):
    slugs = list(get_options(get_json, taking="drug", ordering="-slug"))
    assert slugs == sorted(slugs, reverse=True)
    assert get_options(get_json, taking="drug", fields="slug")["balm-helps"]["cautions"][0]["slug"] == "balm-with-drug"
    assert "cautions" not in get_options(get_json, fields="slug")["balm-helps"]


def test_cautions_apply_through_classes_and_their_members(extended_universe, get_json):
    cautions = {slug: [c["slug"] for c in r["cautions"]] for slug, r in get_options(get_json, taking="drug").items()}
    assert cautions == {"balm-helps": ["balm-with-drug"], "needle-helps": [], "walk-helps": [], "rest-helps": []}
    (caution,) = get_options(get_json, taking="class")["balm-helps"][
        "cautions"
    ]  # A patient on "class" may be on "drug".
    assert (caution["basis"], caution["via"]) == ("possible", ["class", "drug"])
    assert get_options(get_json, taking="other")["balm-helps"]["cautions"] == []
    assert [c["slug"] for c in get_options(get_json, taking="other")["needle-helps"]["own_cautions"]] == ["needle-care"]


def test_a_caution_about_a_class_is_a_caution_about_its_members(extended_universe, get_json):
    balms = extended_universe.make(Treatment, "balms")
    balms.members.add(Treatment.objects.get(slug="balm"))
    group = Treatment.objects.get(slug="class")
    extended_universe.make_statement(Caution, "class-with-balms", treatment=group, with_treatment=balms, effect="z")
    basis_by_slug = {c["slug"]: c["basis"] for c in get_options(get_json, taking="other")["balm-helps"]["cautions"]}
    assert basis_by_slug == {"class-with-balms": "inherited"}


def test_many_options_take_a_bounded_number_of_queries(extended_universe, api, django_assert_max_num_queries):
    params = {"symptom": "joint-ache", "taking": ["drug", "loner", "class"]}
    api.get("/api/v1/management-options/", params)  # What is read once after each change is kept.
    with django_assert_max_num_queries(30):
        api.get("/api/v1/management-options/", params)


def test_explain_says_of_each_treatment_whether_it_could_be_the_cause(extended_universe, get_json):
    payload = get_json("explain/", symptom="bone-ache", taking=["Brandol", "loner", "balm"])
    suspects = {suspect["treatment"]["slug"]: suspect for suspect in payload["taking"]}
    assert {slug: suspect["basis"] for slug, suspect in suspects.items()} == {
        "drug": "inherited",
        "loner": "direct",
        "balm": None,
    }
    assert suspects["balm"]["says"] == (
        "No statement in these sources says that it causes this. That is no proof that it does not."
    )
    assert suspects["drug"]["causes"][0]["via"] == ["drug", "class"]
    assert [flag["slug"] for flag in payload["red_flags"]] == ["flag"]
    assert {feature["slug"] for feature in payload["features"]} == {"worse-at-night", "both-sides"}


def test_explain_separates_what_protects_from_what_causes(extended_universe, get_json):
    (suspect,) = get_json("explain/", symptom="joint-ache", taking="drug")["taking"]
    assert [s["slug"] for s in suspect["protects"]] == ["drug-joint"]
    assert [(s["slug"], s["contested_by"]) for s in suspect["causes"]] == [
        ("medicine-joint", [{"kind": "side-effects", "slug": "drug-joint", "text": "drug-joint.", "limits": []}])
    ]
    assert suspect["basis"] == "possible"


def test_explain_lists_cautions_between_two_current_treatments(extended_universe, get_json):
    cautions = get_json("explain/", symptom="pain", taking=["balm", "class", "loner"])["cautions"]
    assert [(c["slug"], c["basis"]) for c in cautions] == [("balm-with-drug", "possible")]
    assert get_json("explain/", symptom="pain", taking=["balm", "loner"])["cautions"] == []


def test_explain_includes_members_of_a_class_and_broader_symptoms(extended_universe, get_json):
    (suspect,) = get_json("explain/", symptom="bone-ache", taking="medicine")["taking"]
    assert suspect["basis"] == "possible"
    assert {tuple(s["via"]) for s in suspect["causes"]} == {("medicine", "class"), ("medicine", "loner")}
    extended_universe.make(Symptom, "deep-ache", parents=[Symptom.objects.get(slug="bone-ache")])
    (suspect,) = get_json("explain/", symptom="deep-ache", taking="drug")["taking"]
    assert (suspect["basis"], suspect["causes"], suspect["broader"][0]["slug"]) == (None, [], "class-bone")
    assert "broader" in suspect["says"]


def test_explain_reports_that_a_statement_is_contested_by_a_broader_one(extended_universe, get_json):
    deep = extended_universe.make(Symptom, "deep-ache", parents=[Symptom.objects.get(slug="joint-ache")])
    extended_universe.make_statement(
        SideEffect, "class-deep", treatment=Treatment.objects.get(slug="class"), symptom=deep, effect="causes"
    )
    (suspect,) = get_json("explain/", symptom="deep-ache", taking="drug")["taking"]
    assert [(s["slug"], s["contested_by"]) for s in suspect["causes"]] == [
        ("class-deep", [{"kind": "side-effects", "slug": "drug-joint", "text": "drug-joint.", "limits": []}])
    ]
    assert [s["slug"] for s in suspect["protects"]] == ["drug-joint"]
    assert "opposite" in suspect["says"]


def test_the_number_of_queries_of_explain_does_not_grow_with_the_treatments(extended_universe, api):
    slugs = [extended_universe.make(Treatment, f"pill-{n}").slug for n in range(18)] + ["drug", "loner"]
    data_version()  # Computed once after each change, then cached.

    def count_queries(taking):
        with CaptureQueriesContext(connection) as queries:
            answer = api.get("/api/v1/explain/", {"symptom": "pain", "taking": taking}).json()
        assert len(answer["taking"]) == len(taking)
        return len(queries)

    count_queries(slugs)  # What is read once for a state of the data is kept.
    assert count_queries(slugs) <= count_queries(["drug", "loner", slugs[0]]) <= 48


@pytest.mark.parametrize(
    ("path", "params", "parameter"),
    [
        ("explain/", {}, "symptom"),
        ("explain/", {"symptom": "bone-ach", "taking": "drug"}, "symptom"),
        ("explain/", {"symptom": ["bone-ache", "pain"], "taking": "drug"}, "symptom"),
        ("explain/", {"symptom": "bone-ache", "taking": ""}, "taking"),
        ("explain/", {"symptom": "bone-ache", "taking": [f"t{n}" for n in range(200)]}, "taking"),
        ("explain/", {"symptom": "bone-ache", "taking": "drug", "exact": "true"}, "exact"),
        ("management-options/", {"taking": [f"t{n}" for n in range(200)]}, "taking"),
        ("paths/", {"from": "drug"}, "to"),
        ("paths/", {"from": "drug", "to": "pain", "max_hops": "0"}, "max_hops"),
        ("paths/", {"from": "drug", "to": "pain", "max_hops": "6"}, "max_hops"),
        ("paths/", {"from": "drug", "to": "pain", "max_hops": "two"}, "max_hops"),
        ("differential/", {}, "question"),
        ("differential/", {"question": "bone-or-join"}, "question"),
        ("differential/", {"question": "bone-or-joint", "feature": "worse-at-night"}, "feature"),
        ("differential/", {"question": "treatment-or-metastasis", "feature": "no-such"}, "feature"),
        ("coverage/", {"rows": "treatments", "cols": "investigations"}, "cols"),
        ("coverage/", {"rows": "sources"}, "rows"),
        ("coverage/", {"row": "pain"}, "row"),
        ("coverage/", {"kind": "indications"}, "kind"),
        ("coverage/", {"page_size": "0"}, "page_size"),
        ("disagreements/", {"verdict": "closed"}, "verdict"),
        ("disagreements/", {"about": "no such thing"}, "about"),
        ("search/", {}, "q"),
        ("search/", {"q": " "}, "q"),
        ("search/", {"q": "(!?"}, "q"),
        ("search/", {"q": "ache " * 50}, "q"),
        ("search/", {"q": "a1 " * 20}, "q"),
        ("search/", {"q": ["drug", "pain"]}, "q"),
    ],
)
def test_an_invalid_parameter_is_refused_by_name(extended_universe, get_json, path, params, parameter):
    problem = get_json(path, status=400, **params)
    assert parameter in {error["parameter"] for error in problem["errors"]}
    assert parameter in problem["detail"]


def test_too_many_values_are_refused_and_the_limit_is_named(extended_universe, get_json):
    assert (
        "give 20 at most"
        in get_json("explain/", status=400, symptom="pain", taking=[f"t{n}" for n in range(200)])["detail"]
    )


def test_a_misspelt_name_is_refused_and_the_nearest_is_named(extended_universe, get_json):
    assert get_json("explain/", status=400, symptom="paim", taking="drug")["errors"][0]["nearest"] == "pain"


def test_features_are_grouped_by_side_and_given_ones_marked_without_a_score(extended_universe, get_json):
    payload = get_json("differential/", question="treatment-or-metastasis", feature="worse-at-night")
    (aspect,) = payload["aspects"]
    sides = {side["points_to"]: {f["slug"]: f["given"] for f in side["features"]} for side in aspect["sides"]}
    assert sides == {"treatment": {"both-sides": False}, "metastasis": {"worse-at-night": True}}
    assert [flag["slug"] for flag in payload["red_flags"]] == ["flag"]
    assert not {"score", "diagnosis", "likely"} & set(payload)


def test_the_api_root_lists_every_question_with_a_working_example(extended_universe, get_json, api):
    questions = {question["name"]: question for question in get_json("")["questions"]}
    assert set(questions) == {"ask", "explain", "differential", "paths", "coverage", "disagreements", "search"}
    assert all(question["description"].endswith(".") for question in questions.values())
    assert api.get(questions["disagreements"]["example"]).status_code == 200
