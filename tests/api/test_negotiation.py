"""Content negotiation: the best media type by Accept and its weights; the parameter `format` takes precedence."""

import pytest

JSON, JSON_LD, CSV = "application/json", "application/ld+json", "text/csv; charset=utf-8"
BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
MALFORMED_ACCEPT = "application/json;a*=foo''x"
DETAIL_URL, LIST_URL = "/api/v1/treatments/drug/", "/api/v1/treatments/"


@pytest.mark.parametrize(
    ("path", "accept", "content_type"),
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
def test_the_acceptable_type_of_the_highest_weight_is_sent(universe, api, path, accept, content_type):
    response = api.get(path, headers={"accept": accept} if accept else {})
    assert (response.status_code, response["Content-Type"]) == (200, content_type)
    assert "Accept" in response["Vary"]


@pytest.mark.parametrize(
    "accept", ["application/json;q=0", "image/png", "*/*;q=0", "text/csv", "nonsense", "", MALFORMED_ACCEPT]
)
def test_without_an_acceptable_type_the_status_is_406(universe, api, accept):
    response = api.get(DETAIL_URL, headers={"accept": accept})
    assert (response.status_code, response["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.parametrize("path", ["/", "/health/", LIST_URL])
def test_an_unparsable_media_range_is_skipped(universe, api, path):
    assert api.get(path, headers={"accept": f"{MALFORMED_ACCEPT}, */*;q=0.1"}).status_code == 200


def test_the_format_parameter_takes_precedence_over_accept(universe, api):
    response = api.get(f"{DETAIL_URL}?format=json", headers={"accept": "application/ld+json, application/json;q=0"})
    assert response["Content-Type"] == JSON


def test_json_is_indented_on_request(universe, api):
    response = api.get(LIST_URL, headers={"accept": "application/json; indent=2"})
    assert response.content.startswith(b'{\n  "unknown"')
