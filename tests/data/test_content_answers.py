"""The shipped data answer as the documents demand."""

import pytest
from django.core.cache import caches

pytestmark = pytest.mark.usefixtures("shipped_data")


def get_results(get_json, path, **params):
    return get_json(f"{path}/", page_size=200, **params)["results"]


def get_fits_and_cautions(get_json, taking):
    """For each treatment, how it fits against joint pain, and what it needs care with, for who takes that."""
    found = {}
    for option in get_results(get_json, "management-options", symptom="joint-pain", taking=taking):
        fit, cautions = found.setdefault(option["treatment"]["slug"], (set(), set()))
        fit.add(option["fit"])
        cautions.update(caution["slug"] for caution in option["cautions"])
    return found


def test_for_tamoxifen_duloxetine_carries_its_caution_and_acupuncture_is_stated_for_another_cause(get_json):
    found = get_fits_and_cautions(get_json, "tamoxifen")
    assert found["duloxetine"][1] == {"duloxetine-with-tamoxifen"}
    assert found["acupuncture"] == ({"stated-for-other-cause"}, set())
    assert "stated-for-this-cause" not in found["duloxetine"][0]


@pytest.mark.parametrize("taking", ["letrozole", "Femara", "FEMARA"])
def test_for_letrozole_both_are_stated_for_this_cause(get_json, taking):
    found = get_fits_and_cautions(get_json, taking)
    assert found["acupuncture"] == ({"stated-for-this-cause"}, set())
    assert "stated-for-this-cause" in found["duloxetine"][0]
    assert found["duloxetine"][1] == set()


def test_exercise_for_pain_from_treatment_in_general_fits_any_treatment(get_json):
    assert get_fits_and_cautions(get_json, "letrozole")["exercise"][0] == {"general"}


def test_pegfilgrastim_could_cause_bone_pain_through_its_class_and_paracetamol_is_not_spoken_of(get_json):
    answer = get_json("explain/", symptom="bone pain", taking=["Neulasta", "acetaminophen"])
    assert [(s["treatment"]["slug"], s["basis"]) for s in answer["taking"]] == [
        ("pegfilgrastim", "inherited"),
        ("paracetamol", None),
    ]
    assert {flag["urgency"] for flag in answer["red_flags"]} == {"soon", "unstated", "immediate"}


def test_a_chain_is_found_from_chemotherapy_to_the_bone_pain_of_growth_factors(get_json):
    chains = [
        [path["steps"][0]["start"]["slug"], *(step["end"]["slug"] for step in path["steps"])]
        for path in get_json("paths/", **{"from": "chemotherapy", "to": "bone-pain"})["paths"]
    ]
    assert ["chemotherapy", "neutropenia", "growth-factors", "bone-pain"] in chains


def test_what_is_open_and_what_is_explained_between_the_sources(get_json):
    found = get_results(get_json, "disagreements")
    open_ones = [d for d in found if d["verdict"] == "open"]
    assert sorted(sorted(d["words"]) for d in open_ones) == [*[["better", "worse"]] * 2, ["comes-and-goes", "constant"]]
    (open_one,) = [d for d in open_ones if d["point"] == "constancy"]
    cited = {c["source"]["slug"] for s in open_one["statements"] for c in s["citations"]}
    assert cited == {"bone-and-joint-pain", "secondary-bone-cancer"}
    explained = {(d["point"], d["explained_by"]) for d in found if d["verdict"] == "explained"}
    assert explained == {("effect", "population"), ("movement", "time"), ("constancy", "time")}


def test_a_disagreement_shows_in_the_answers_that_use_it(get_json):
    (said,) = get_results(get_json, "side-effects", treatment="tamoxifen", effect="protects", exact="true")
    marked = {d["slug"]: (d["verdict"], d["explained_by"]) for d in said["disagreements"]}
    assert marked["tamoxifen-causes-bone-loss"] == ("explained", "population")


@pytest.mark.parametrize(
    ("asked", "most"),
    [
        ("explain/?symptom=bone-pain&taking=docetaxel&taking=letrozole&taking=pegfilgrastim", 40),
        ("differential/?question=treatment-or-metastasis", 30),
        ("paths/?from=chemotherapy&to=bone-pain&max_hops=5", 60),
        ("disagreements/", 40),
        ("coverage/?page_size=200", 20),
        ("search/?q=letrazole+joint+pain&page_size=200", 65),
        ("management-options/?symptom=pain&taking=letrozole&taking=tamoxifen&page_size=200", 25),
    ],
)
def test_each_answer_takes_a_bounded_number_of_queries(api, django_assert_max_num_queries, asked, most):
    with django_assert_max_num_queries(most):
        assert api.get(f"/api/v1/{asked}").status_code == 200


@pytest.mark.parametrize(
    ("phrase", "first"),
    [
        ("bone mets", "bone-metastasis"),
        ("too much calcium", "hypercalcaemia"),
        ("hypercalcemia", "hypercalcaemia"),
        ("estrogen", "low-oestrogen"),
        ("Femara", "letrozole"),
        ("letrazole", "letrozole"),
        ("taxol", "paclitaxel"),
    ],
)
def test_a_search_in_lay_words_and_any_spelling_finds_the_entry_first(get_json, phrase, first):
    assert get_results(get_json, "search", q=phrase)[0]["slug"] == first


def test_all_of_it_is_read_well_within_what_anybody_may_ask_in_a_minute(api, get_json, settings):
    settings.READS_PER_MINUTE = 60  # A tenth of the default.
    caches["counts"].clear()
    read = 0
    for resource in get_json("")["resources"]:
        page = resource["url"]
        while page:
            answer = api.get(page)
            assert answer.status_code == 200, answer.content
            page, read = answer.json()["next"], read + len(answer.json()["results"])
    assert read == sum(resource["count"] for resource in get_json("")["resources"])
