"""Counts of lists: facets beside the records, counts in their place, in JSON and CSV, for each state of the data."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.filters import tallies
from symptoms.models import SideEffect
from tests.helpers.lists import get_csv_rows, get_ndjson_records, get_whole_list

pytestmark = pytest.mark.usefixtures("universe")


@pytest.fixture
def get_counts(get_json):
    """Both counts of each value of one facet of a list, which stands alone."""

    def get_counts(path, name, **params):
        (facet,) = get_json(path, count=name, **params)["facets"]
        assert facet["name"] == name
        return {value["value"]: (value["count"], value["narrowed"]) for value in facet["results"]}

    return get_counts


def test_a_statement_about_a_class_counts_for_the_class_and_answers_for_its_members(get_counts):
    assert get_counts("side-effects/", "treatment") == {
        "class": (1, 2),  # What is said of the class, and of medicine, to which it belongs.
        "drug": (1, 3),
        "loner": (1, 2),
        "medicine": (1, 1),
        "other": (0, 2),  # Nothing is said of it itself.
    }
    assert get_counts("side-effects/", "symptom") == {"bone-ache": (2, 2), "joint-ache": (2, 2), "pain": (0, 4)}
    assert get_counts("side-effects/", "treatment", exact="true")["class"] == (1, 1)


def test_only_what_passes_the_filters_is_counted(get_counts):
    assert get_counts("side-effects/", "frequency") == {"unstated": (3, 3), "rare": (1, 1)}
    assert get_counts("side-effects/", "frequency", treatment="loner") == {"rare": (1, 1), "unstated": (1, 1)}
    assert get_counts("side-effects/", "frequency", **{"frequency!": "rare"}) == {"unstated": (3, 3)}
    assert get_counts("side-effects/", "effect", search="joint") == {"causes": (1, 1), "protects": (1, 1)}


def test_lists_of_words_count_for_each_word(get_counts):
    assert get_counts("management-options/", "severity") == {"mild": (1, 1), "severe": (1, 1)}
    assert get_counts("management-options/", "severity", taking="drug") == {"mild": (1, 1), "severe": (1, 1)}


def test_treatments_are_counted_by_what_they_cause(get_counts):
    assert get_counts("treatments/", "causes") == {
        "bone-ache": (2, 4),  # Stated of class and loner; drug and other inherit it.
        "joint-ache": (1, 1),  # Of some medicines: none inherits it.
        "pain": (0, 5),
    }
    assert get_counts("treatments/", "causes", slug=["drug", "other"]) == {"bone-ache": (0, 2), "pain": (0, 2)}


def test_facets_stand_beside_the_records_and_counts_in_their_place(get_json):
    beside = get_json("side-effects/", facets="frequency,treatment", page_size=1, symptom="bone-ache")
    alone = get_json("side-effects/", count="frequency,treatment", symptom="bone-ache")
    assert [facet["name"] for facet in beside["facets"]] == ["frequency", "treatment"]
    assert beside["facets"] == alone["facets"]
    assert (len(beside["results"]), alone["results"]) == (1, [])
    for answer in (beside, alone):
        assert (answer["count"], answer["total"], answer["absence"]) == (2, 4, None)
    assert "facets" not in get_json("side-effects/")
    assert "total" not in get_json("side-effects/")


def test_each_value_is_named_and_each_facet_says_what_it_counts(get_json):
    answer = get_json("side-effects/", count="treatment,frequency")
    treatment, frequency = answer["facets"]
    value = next(value for value in treatment["results"] if value["value"] == "class")
    assert value.pop("url").endswith("/api/v1/treatments/class/")
    assert value == {"value": "class", "name": "Class", "kind": "class", "count": 1, "narrowed": 2}
    assert "classes" in treatment["says"]
    assert (frequency["results"][0]["name"], frequency["results"][0]["url"]) == ("Not stated", None)


def test_counts_come_in_pages_and_in_the_order_that_is_asked_for(get_json):
    params = {"count": "treatment,frequency", "page_size": 4}
    first = get_json("side-effects/", **params)
    second = get_json(first["next"].partition("/api/v1/")[2])
    assert [facet["count"] for facet in first["facets"]] == [5, 2]
    assert [[value["value"] for value in facet["results"]] for facet in first["facets"]] == [
        ["drug", "class", "loner", "medicine"],
        [],
    ]
    assert [len(facet["results"]) for facet in second["facets"]] == [1, 2]
    get_json("side-effects/", status=404, **params, page=3)
    by_value = get_json("side-effects/", count="treatment", ordering="value")["facets"][0]["results"]
    assert [value["value"] for value in by_value] == sorted(value["value"] for value in by_value)
    by_narrowed = get_json("side-effects/", count="symptom", ordering="-narrowed")["facets"][0]["results"]
    assert by_narrowed[0]["value"] == "pain"


def test_a_long_facet_leads_to_all_its_values(get_json, monkeypatch):
    monkeypatch.setattr("kb.views.counts.MAX_SHOWN", 2)
    answer = get_json("side-effects/", facets="treatment", ordering="-updated_at", frequency="unstated", page_size=1)
    (facet,) = answer["facets"]
    assert len(facet["results"]) == 2
    whole = get_json(facet["next"].partition("/api/v1/")[2])
    assert len(whole["facets"][0]["results"]) == facet["count"] == 5
    assert whole["count"] == answer["count"]


def test_csv_and_ndjson_hold_all_counts_with_both_totals(api):
    rows = get_csv_rows(api, "side-effects/", count="frequency", symptom="bone-ache")
    assert rows == [
        {"parameter": "frequency", "value": value, "name": name, "kind": "", "count": "1", "narrowed": "1"}
        | {"matching": "2", "total": "4"}
        for value, name in [("rare", "Rare"), ("unstated", "Not stated")]
    ]
    lines = get_ndjson_records(api, "side-effects/", count="frequency", symptom="bone-ache")
    assert [{name: str(value) for name, value in line.items()} for line in lines] == rows
    response = api.get("/api/v1/side-effects/?format=csv&count=frequency")
    assert 'filename="side-effects-counts_' in response["Content-Disposition"]


def test_what_names_nothing_is_counted_as_missing(api, get_json):
    (facet,) = get_json("management-options/", count="cause_treatment")["facets"]
    assert (facet["missing"], facet["results"]) == (1, [])
    (row,) = get_csv_rows(api, "management-options/", count="cause_treatment")
    assert (row["value"], row["count"]) == ("", "1")


@pytest.mark.parametrize(
    ("params", "parameter", "nearest"),
    [
        ({"count": "frequncy"}, "count", "frequency"),
        ({"facets": "treatment,symtom"}, "facets", "symptom"),
        ({"count": "search"}, "count", None),
        ({"count": "slug"}, "count", None),
        ({"facets": ""}, "facets", None),
        ({"count": "frequency", "facets": "effect"}, "facets", None),
        ({"count": "frequency", "cursor": "*"}, "cursor", None),
        ({"count": "frequency", "ordering": "slug"}, "ordering", None),
        ({"ordering": "-count"}, "ordering", None),
        ({"facets": "frequency", "format": "csv"}, "facets", None),
        ({"count": "frequency", "format": "csv", "page": "1"}, "page", None),
        ({"facet": "frequency"}, "facet", "facets"),
        ({"group_by": "frequency"}, "group_by", "facets"),
    ],
)
def test_what_cannot_be_counted_is_refused(get_json, params, parameter, nearest):
    error = get_json("side-effects/", status=400, **params)["errors"][0]
    assert error["parameter"] == parameter
    assert nearest is None or error["nearest"] == nearest


@pytest.mark.parametrize("parameter", ["count", "facets"])
def test_fhir_has_no_counts(get_json, parameter):
    outcome = get_json("side-effects/", status=400, **{parameter: "frequency", "format": "fhir"})
    assert outcome["resourceType"] == "OperationOutcome"
    assert parameter in json.dumps(outcome["issue"])


def test_an_unknown_facet_lists_those_that_there_are(get_json):
    assert "there are: certainty, citation_check" in get_json("side-effects/", status=400, count="nothing")["detail"]


def test_more_facets_than_ten_are_too_many(get_json):
    names = "certainty citation_check citation_state effect for_cancer frequency population scope seriousness source"
    get_json("side-effects/", count=names.replace(" ", ","))
    get_json("side-effects/", status=400, count=names.replace(" ", ",") + ",treatment")


def test_counts_of_nothing_say_so_in_words(api, get_json):
    answer = get_json("side-effects/", count="frequency", treatment="other", exact="true")
    assert (answer["count"], answer["total"], answer["facets"][0]["results"]) == (0, 4, [])
    assert "none of them" in answer["absence"]["says"] or answer["absence"]["says"]
    response = api.get("/api/v1/side-effects/?count=frequency&treatment=other&exact=true&format=csv")
    assert response["X-KB-Absence"] == answer["absence"]["says"]
    assert get_whole_list(api, "side-effects/", "csv", count="frequency", treatment="other", exact="true") == ""


def test_counts_about_a_symptom_come_with_its_red_flags(extended_universe, api, get_json):
    assert [flag["slug"] for flag in get_json("side-effects/", count="effect", symptom="bone-ache")["red_flags"]] == [
        "flag"
    ]
    assert get_json("side-effects/", count="effect", symptom="joint-ache")["red_flags"] == []
    assert [flag["slug"] for flag in get_json("side-effects/", count="symptom")["red_flags"]] == ["flag"]
    link = api.get("/api/v1/side-effects/?count=effect&symptom=bone-ache&format=csv")["Link"]
    assert "/red-flags/flag/" in link


def count_groupings(api, path):
    with CaptureQueriesContext(connection) as captured:
        assert api.get(f"/api/v1/side-effects/{path}").status_code == 200
    return len([query for query in captured if "GROUP BY" in query["sql"]])


def test_the_database_counts_once_for_a_state_of_the_data(api, get_counts):
    tallies.TALLIES_CACHE.clear()
    paths = ["?count=frequency", "?facets=frequency", "?count=frequency&page_size=1", "?count=frequency&exact=true"]
    assert [count_groupings(api, path) for path in paths] == [1, 0, 0, 1]
    assert count_groupings(api, "?count=frequency&effect=causes") == 1
    SideEffect.objects.filter(slug="class-bone").update(frequency="rare")
    assert get_counts("side-effects/", "frequency") == {"rare": (2, 2), "unstated": (2, 2)}
    SideEffect.objects.filter(slug="class-bone").update(status="retired")
    assert get_counts("side-effects/", "frequency") == {"unstated": (2, 2), "rare": (1, 1)}


def test_the_etag_of_counts_changes_with_the_data(api):
    path = "/api/v1/side-effects/?count=frequency"
    etag = api.get(path)["ETag"]
    assert api.get(path, headers={"If-None-Match": etag}).status_code == 304
    SideEffect.objects.filter(slug="class-bone").update(frequency="rare")
    assert api.get(path, headers={"If-None-Match": etag}).status_code == 200


def test_a_draft_is_counted_nowhere(universe, get_counts, get_json):
    before = get_counts("side-effects/", "treatment")
    SideEffect.objects.filter(slug="class-bone").update(status="draft")
    after = get_counts("side-effects/", "treatment")
    assert (before["class"], after["class"]) == ((1, 2), (0, 1))
    assert get_json("side-effects/", count="treatment")["total"] == 3
