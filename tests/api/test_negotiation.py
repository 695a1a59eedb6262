"""The format of an answer is the best that the Accept header takes, by its weights; `format` goes first."""

import pytest

JSON, LINKED, TABLE = "application/json", "application/ld+json", "text/csv; charset=utf-8"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
UNREADABLE = "application/json;a*=foo''x"
ONE, LIST = "/api/v1/treatments/drug/", "/api/v1/treatments/"


@pytest.mark.parametrize(
    ("path", "accept", "given"),
    [
        (ONE, "application/ld+json, application/json;q=0.9, */*;q=0.1", LINKED),
        (ONE, "application/json;q=0.9, application/ld+json", LINKED),
        (ONE, "application/json, application/ld+json;q=0.5", JSON),
        (ONE, "application/ld+json;q=0.5, application/*;q=0.8", JSON),
        (ONE, "application/ld+json, application/*", LINKED),
        (ONE, "application/json;q=0, */*", LINKED),
        (ONE, "application/json, application/ld+json", JSON),
        (ONE, 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', LINKED),
        (LIST, "text/csv, application/json;q=0", TABLE),
        (LIST, "text/csv;q=0.2, application/json;q=0.1", TABLE),
        (LIST, "text/csv;q=1, */*;q=0", TABLE),
        (LIST, "APPLICATION/JSON; charset=utf-8", JSON),
        (LIST, "text/*", TABLE),
        (ONE, BROWSER, JSON),
        (LIST, BROWSER, JSON),
        (LIST, "*/*", JSON),
        (LIST, None, JSON),
        (LIST, "application/json;q=many", JSON),
    ],
)
def test_the_best_that_is_taken_is_given(universe, api, path, accept, given):
    answer = api.get(path, headers={"accept": accept} if accept else {})
    assert (answer.status_code, answer["Content-Type"]) == (200, given)
    assert "Accept" in answer["Vary"]


@pytest.mark.parametrize(
    "accept", ["application/json;q=0", "image/png", "*/*;q=0", "text/csv", "nonsense", "", UNREADABLE]
)
def test_where_nothing_is_taken_it_is_said_that_nothing_can_be_given(universe, api, accept):
    answer = api.get(ONE, headers={"accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.parametrize("path", ["/", "/health/", LIST])
def test_what_cannot_be_read_is_passed_over(universe, api, path):
    assert api.get(path, headers={"accept": f"{UNREADABLE}, */*;q=0.1"}).status_code == 200


def test_what_is_asked_for_by_name_goes_before_all_weights(universe, api):
    answer = api.get(f"{ONE}?format=json", headers={"accept": "application/ld+json, application/json;q=0"})
    assert answer["Content-Type"] == JSON


def test_json_is_indented_for_who_asks_for_that(universe, api):
    answer = api.get(LIST, headers={"accept": "application/json; indent=2"})
    assert answer.content.startswith(b'{\n  "count"')
