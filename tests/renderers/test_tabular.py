"""Whole lists as CSV and NDJSON, and cursor pagination through a list."""

import pytest

from kb.dataset.version import data_version
from kb.import_export.cells import unescape_formula
from kb.renderers import tabular
from symptoms.models import SideEffect, Symptom
from tests.helpers.lists import get_csv_rows, get_ndjson_records, iter_pages
from treatments.models import Treatment


@pytest.fixture
def get_rows(api):
    return lambda path, **params: get_csv_rows(api, path, **params)


@pytest.fixture
def get_records(api):
    return lambda path, **params: get_ndjson_records(api, path, **params)


def test_the_columns_do_not_depend_on_the_rows(extended_universe, get_rows):
    rows, no_rows = get_rows("side-effects/"), get_rows("side-effects/", treatment="balm")
    assert no_rows == []
    (row,) = get_rows("side-effects/", slug="drug-joint")
    assert row.keys() == rows[0].keys()
    assert list(row)[:6] == ["slug", "url", "treatment", "treatment_name", "symptom", "symptom_name"]
    assert list(row)[-2:] == ["red_flags", "red_flags_name"]
    assert (row["treatment"], row["treatment_name"], row["citations"]) == ("drug", "Drug", "page:1-2")


def test_filters_and_selected_fields_apply_to_whole_lists(extended_universe, get_rows, get_records):
    (row,) = get_rows("side-effects/", treatment="drug", symptom="bone-ache", fields="slug,basis,via")
    assert row == {
        "slug": "class-bone",
        "basis": "inherited",
        "via": "drug | class",
        "red_flags": "flag",  # Red flags cannot be omitted.
        "red_flags_name": "flag.",
    }
    assert "text" not in get_rows("side-effects/", omit="text")[0]
    assert [r["slug"] for r in get_rows("side-effects/", slug=["loner-bone", "drug-joint"])] == [
        "drug-joint",
        "loner-bone",
    ]
    assert get_rows("side-effects/", updated_since="2999-01-01") == []
    assert len(get_records("side-effects/", updated_since="2000-01-01")) == 4
    (option,) = get_rows("management-options/", slug="balm-helps", taking="drug")
    assert (option["fit"], option["cautions"]) == ("general", "balm-with-drug. [balm-with-drug]")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1+1", "\n=1+1", " \n =1+1", "\xa0@SUM(A1)"]
)
def test_no_csv_cell_is_a_formula(universe, get_rows, text):
    universe.make(Treatment, "trap", name=f"{text} trap", synonyms=[f"{text} too"], summary=text)
    (row,) = get_rows("treatments/", slug="trap")
    assert all(not cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row.values())
    assert all(not cell.startswith(("\t", "\r")) for cell in row.values())
    assert (unescape_formula(row["name"]), unescape_formula(row["summary"])) == (f"{text} trap", text)


def test_the_number_of_queries_of_a_whole_list_does_not_grow_with_its_records(
    universe, get_records, monkeypatch, django_assert_max_num_queries
):
    drug, bone = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="bone-ache")
    for number in range(40):
        universe.make_statement(SideEffect, f"more-{number:02}", treatment=drug, symptom=bone, onset=f"day {number}")
    data_version()  # Computed once after each change, then cached.
    with django_assert_max_num_queries(46):  # With every cache empty, that of content types too.
        assert len(get_records("side-effects/")) == 44
    monkeypatch.setattr(tabular, "BATCH_SIZE", 7)
    assert [record["slug"] for record in get_records("side-effects/")] == sorted(
        SideEffect.objects.values_list("slug", flat=True)
    )


def test_page_parameters_are_refused_for_a_whole_list(universe, get_json):
    payload = get_json("treatments/", 400, format="csv", page="2", page_size="10")
    assert [error["parameter"] for error in payload["errors"]] == ["page", "page_size"]


def test_an_unknown_format_is_refused_and_the_nearest_is_named(universe, get_json):
    (error,) = get_json("treatments/", 400, format="cvs")["errors"]
    assert (error["parameter"], error["nearest"]) == ("format", "csv")
    assert get_json("treatments/", 400, format="")["errors"][0]["parameter"] == "format"
    assert get_json("explain/", 400, symptom="pain", taking="drug", format="csv")["errors"][0]["parameter"] == "format"


def test_the_format_can_be_requested_by_the_accept_header(universe, api):
    response = api.get("/api/v1/treatments/", headers={"accept": "text/csv"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = f"treatments_{data_version()}_no-licence-chosen.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_an_error_is_a_problem_in_any_format(universe, api):
    response = api.get("/api/v1/treatments/", {"format": "csv", "nmae": "x"})
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_urls_in_a_response_do_not_repeat_its_format(universe, get_records):
    assert {record["url"].partition("?")[2] for record in get_records("treatments/")} == {""}


def test_cursor_pages_skip_no_record_when_others_appear_or_disappear(universe, api):
    pages, slugs = iter_pages(api, "treatments/", page_size=2), []
    slugs += [record["slug"] for record in next(pages)["results"]]
    Treatment.objects.filter(slug=slugs[0]).update(status="draft")  # With numbered pages the third would be skipped.
    universe.make(Treatment, "aaa")
    slugs += [record["slug"] for page in pages for record in page["results"]]
    assert slugs == ["class", "drug", "loner", "medicine", "other"]


def test_cursor_pages_keep_filters_and_selected_fields(universe, api):
    pages = list(iter_pages(api, "side-effects/", page_size=1, treatment="drug", fields="slug,basis"))
    assert [page["results"] for page in pages] == [
        [{"slug": "class-bone", "basis": "inherited"}],
        [{"slug": "drug-joint", "basis": "direct"}],
        [{"slug": "medicine-joint", "basis": "possible"}],
    ]
    assert {page["count"] for page in pages} == {3}
    assert pages[1]["previous"]


@pytest.mark.parametrize("cursor", ["nonsense", "2", "cD0A", "cD0%00", "ünïcode"])
def test_an_invalid_cursor_is_refused(universe, get_json, cursor):
    (error,) = get_json("treatments/", 400, cursor=cursor)["errors"]
    assert (error["parameter"], error["nearest"]) == ("cursor", "*")


@pytest.mark.parametrize("params", [{"page": "2"}, {"ordering": "-slug"}, {"page_size": "0"}, {"cursor": ["*", "*"]}])
def test_parameters_that_conflict_with_a_cursor_are_refused(universe, get_json, params):
    name = next(iter(params))
    assert [error["parameter"] for error in get_json("treatments/", 400, **{"cursor": "*"} | params)["errors"]] == [
        name
    ]


def test_an_empty_csv_carries_the_red_flags_in_a_link_header(extended_universe, api):
    extended_universe.make(Symptom, "bone-twinge", parents=[Symptom.objects.get(slug="bone-ache")])
    response = api.get("/api/v1/side-effects/", {"symptom": "bone-twinge", "format": "csv"})
    assert len(b"".join(response.streaming_content).splitlines()) == 1
    *links, described = response["Link"].split(", ")
    assert described.endswith('&format=csvm>; rel="describedby"; type="application/csvm+json"')
    assert ", ".join(links) == (
        '<http://testserver/api/v1/red-flags/flag/>; rel="related"; title="Red flag", '
        '<http://testserver/api/v1/side-effects/?symptom=bone-ache&exact=true>; rel="related"; title="Nearest"'
    )
    assert "Red flag" not in api.get("/api/v1/side-effects/", {"symptom": "joint-ache", "format": "csv"})["Link"]


@pytest.mark.parametrize("path", ["treatments/?page=", "treatments/?page_size=", "treatments/?cursor=*&page_size="])
def test_a_number_of_thousands_of_digits_is_refused(universe, api, path):
    response = api.get(f"/api/v1/{path}{'9' * 4400}")
    assert response.status_code == 400
    assert len(response.json()["detail"]) < 200


@pytest.mark.parametrize("path", ["treatments/?format=csv", "changes/?format=atom", "treatments/drug/?format=jsonld"])
def test_options_answers_in_json_whatever_the_formats(universe, api, path):
    response = api.options(f"/api/v1/{path}")
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
