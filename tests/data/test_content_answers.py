"""Answers of the API from the shipped data: explain, options, paths, disagreements, search; number of queries."""

import pytest
from django.core.cache import caches

from tests.helpers.lists import get_results

pytestmark = pytest.mark.usefixtures("shipped_data")


def get_fits_and_cautions(get_json, taking):
    """Return, by treatment, the fits and cautions of its options against joint pain for a current treatment."""
    by_treatment = {}
    for option in get_results(get_json, "management-options", symptom="joint-pain", taking=taking):
        fit, cautions = by_treatment.setdefault(option["treatment"]["slug"], (set(), set()))
        fit.add(option["fit"])
        cautions.update(caution["slug"] for caution in option["cautions"])
    return by_treatment


def test_tamoxifen_has_a_caution_with_duloxetine_and_no_stated_acupuncture(get_json):
    by_treatment = get_fits_and_cautions(get_json, "tamoxifen")
    assert by_treatment["duloxetine"][1] == {"duloxetine-with-tamoxifen"}
    assert by_treatment["acupuncture"] == ({"stated-for-other-cause"}, set())
    assert "stated-for-this-cause" not in by_treatment["duloxetine"][0]


@pytest.mark.parametrize("taking", ["letrozole", "Femara", "FEMARA"])
def test_duloxetine_and_acupuncture_are_stated_for_letrozole(get_json, taking):
    by_treatment = get_fits_and_cautions(get_json, taking)
    assert by_treatment["acupuncture"] == ({"stated-for-this-cause"}, set())
    assert "stated-for-this-cause" in by_treatment["duloxetine"][0]
    assert by_treatment["duloxetine"][1] == set()


def test_exercise_for_pain_from_treatment_in_general_fits_any_treatment(get_json):
    assert get_fits_and_cautions(get_json, "letrozole")["exercise"][0] == {"general"}


def test_pegfilgrastim_could_cause_bone_pain_and_paracetamol_has_no_statement(get_json):
    payload = get_json("explain/", symptom="bone pain", taking=["Neulasta", "acetaminophen"])
    assert [(s["treatment"]["slug"], s["basis"]) for s in payload["taking"]] == [
        ("pegfilgrastim", "direct"),
        ("paracetamol", None),
    ]
    assert {flag["urgency"] for flag in payload["red_flags"]} == {"unstated", "immediate"}


def test_a_cascade_leads_from_chemotherapy_to_the_bone_pain_of_growth_factors(get_json):
    answer = get_json("paths/", **{"from": "chemotherapy", "to": "bone-pain"})
    chains = {
        kind: [[step["end"]["slug"] for step in chain["steps"]] for chain in answer[kind]]
        for kind in ("paths", "cascades")
    }
    assert ["neutropenia", "growth-factors", "bone-pain"] in chains["cascades"]
    assert ["low-oestrogen", "bone-pain"] in chains["paths"]


def test_a_chain_says_for_whom_its_steps_hold_and_what_contests_them(get_json):
    path = get_json("paths/", **{"from": "tamoxifen", "to": "bone-loss"})["paths"][0]
    (step,) = path["steps"]
    assert step["limits"] == ["Only for premenopausal women."]
    assert [(s["slug"], s["limits"]) for s in step["contested_by"]] == [
        ("tamoxifen-protects-from-bone-loss", ["Only for postmenopausal women."])
    ]
    assert "only for premenopausal women" in path["says"]


def test_a_cascade_tells_that_its_remedy_is_also_said_to_help(get_json):
    cascades = get_json("paths/", **{"from": "chemotherapy", "to": "bone-pain"})["cascades"]
    (cascade,) = [cascade for cascade in cascades if cascade["remedy"]["slug"] == "bone-strengthening-drugs"]
    assert [s["slug"] for s in cascade["remedy_also_helps"]] == ["bone-strengthening-drugs-relieves-bone-pain"]
    assert "as a help against bone pain" in cascade["says"]


def test_open_and_explained_disagreements_between_the_sources(get_json):
    disagreements = get_results(get_json, "disagreements")
    unresolved = [d for d in disagreements if d["verdict"] == "open"]
    assert {(d["point"], *sorted(d["words"])) for d in unresolved} == {
        ("constancy", "comes-and-goes", "constant"),
        ("curability", "not-curable", "not-typically-curable"),
        ("movement", "better", "worse"),
        ("spread", "common", "rare"),
    }
    for disagreement in (d for d in unresolved if d["point"] == "constancy"):
        cited = {c["source"]["slug"] for s in disagreement["statements"] for c in s["citations"]}
        assert cited == {"bone-and-joint-pain", "secondary-bone-cancer"}
    explained = {(d["point"], d["explained_by"]) for d in disagreements if d["verdict"] == "explained"}
    assert explained == {
        ("effect", "population"),
        ("movement", "time"),
        ("movement", "context"),
        ("constancy", "time"),
    }


def test_a_statement_carries_its_disagreements(get_json):
    (statement,) = get_results(
        get_json, "side-effects", treatment="tamoxifen", symptom="bone-loss", effect="protects", exact="true"
    )
    verdicts = {d["slug"]: (d["verdict"], d["explained_by"]) for d in statement["disagreements"]}
    assert verdicts["tamoxifen-causes-bone-loss"] == ("explained", "population")


@pytest.mark.parametrize(
    ("url", "max_queries"),
    [
        ("explain/?symptom=bone-pain&taking=docetaxel&taking=letrozole&taking=pegfilgrastim", 110),
        ("differential/?question=treatment-or-metastasis", 45),
        ("paths/?from=chemotherapy&to=bone-pain&max_hops=5", 60),
        ("disagreements/", 60),
        ("coverage/?page_size=200", 24),
        ("search/?q=letrazole+joint+pain&page_size=200", 65),
        ("management-options/?symptom=pain&taking=letrozole&taking=tamoxifen&page_size=200", 55),
    ],
)
def test_each_query_takes_a_bounded_number_of_database_queries(api, django_assert_max_num_queries, url, max_queries):
    with django_assert_max_num_queries(max_queries):
        assert api.get(f"/api/v1/{url}").status_code == 200


@pytest.mark.parametrize(
    ("phrase", "slug"),
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
def test_a_search_in_lay_words_and_any_spelling_finds_the_entry_first(get_json, phrase, slug):
    assert get_results(get_json, "search", q=phrase)[0]["slug"] == slug


def test_all_records_can_be_read_well_within_the_rate_limit(api, get_json, settings):
    settings.READS_PER_MINUTE = 60  # A tenth of the default.
    caches["counts"].clear()
    record_count = 0
    for resource in get_json("")["resources"]:
        url = resource["url"]
        while url:
            response = api.get(url)
            assert response.status_code == 200, response.content
            url, record_count = response.json()["next"], record_count + len(response.json()["results"])
    assert record_count == sum(resource["count"] for resource in get_json("")["resources"])
