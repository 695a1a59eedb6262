"""The format of an answer is the best that the Accept header takes, by its weights; `format` goes first."""

import pytest

JSON, JSON_LD, CSV = "application/json", "application/ld+json", "text/csv; charset=utf-8"
BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
MALFORMED_ACCEPT = "application/json;a*=foo''x"
DETAIL_URL, LIST_URL = "/api/v1/treatments/drug/", "/api/v1/treatments/"


@pytest.mark.parametrize(
    ("path", "accept", "given"),
    [
        (DETAIL_URL, "application/ld+json, application/json;q=0.9, */*;q=0.1", JSON_LD),
        (DETAIL_URL, "application/json;q=0.9, application/ld+json", JSON_LD),
        (DETAIL_URL, "application/json, application/ld+json;q=0.5", JSON),
        (DETAIL_URL, "application/ld+json;q=0.5, application/*;q=0.8", JSON),
        (DETAIL_URL, "application/ld+json, application/*", JSON_LD),
        (DETAIL_URL, "application/json;q=0, */*", JSON_LD),
        (DETAIL_URL, "application/json, application/ld+json", JSON),
        (DETAIL_URL, 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', JSON_LD),
        (LIST_URL, "text/csv, application/json;q=0", CSV),
        (LIST_URL, "text/csv;q=0.2, application/json;q=0.1", CSV),
        (LIST_URL, "text/csv;q=1, */*;q=0", CSV),
        (LIST_URL, "APPLICATION/JSON; charset=utf-8", JSON),
        (LIST_URL, "text/*", CSV),
        (DETAIL_URL, BROWSER_ACCEPT, JSON),
        (LIST_URL, BROWSER_ACCEPT, JSON),
        (LIST_URL, "*/*", JSON),
        (LIST_URL, None, JSON),
        (LIST_URL, "application/json;q=many", JSON),
    ],
)
def test_the_best_that_is_taken_is_given(universe, api, path, accept, given):
    answer = api.get(path, headers={"accept": accept} if accept else {})
    assert (answer.status_code, answer["Content-Type"]) == (200, given)
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize(
    "accept", ["application/json;q=0", "image/png", "*/*;q=0", "text/csv", "nonsense", "", MALFORMED_ACCEPT]
)
def test_where_nothing_is_taken_it_is_said_that_nothing_can_be_given(universe, api, accept):
    answer = api.get(DETAIL_URL, headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.parametrize("path", ["/", "/health/", LIST_URL])
def test_what_cannot_be_read_is_passed_over(universe, api, path):
    assert api.get(path, headers={"accept": f"{MALFORMED_ACCEPT}, */*;q=0.1"}).status_code == 200


def test_what_is_asked_for_by_name_goes_before_all_weights(universe, api):
    answer = api.get(f"{DETAIL_URL}?format=json", headers={"accept": "application/ld+json, application/json;q=0"})
    assert answer["Content-Type"] == JSON


def test_json_is_indented_for_who_asks_for_that(universe, api):
    answer = api.get(LIST_URL, headers={"accept": "application/json; indent=2"})
    assert answer.content.startswith(b'{\n  "count"')
