"""Responses in OpenAPI: the headers and formats that are documented are those that are sent."""

import pytest
from django.core.cache import caches

from kb.releases import build_release
from tests.helpers.lists import get_whole_list
from tests.helpers.openapi import read_expanded_schema


@pytest.fixture(scope="module")
def openapi_schema():
    return read_expanded_schema()


@pytest.fixture
def describe_response(openapi_schema):
    """Return the documented header names and media types of a response."""

    def describe_response(path, code, method="get"):
        response = openapi_schema["paths"][path][method]["responses"][code]
        if "$ref" in response:
            response = openapi_schema["components"]["responses"][response["$ref"].rpartition("/")[2]]
        assert all(
            name in openapi_schema["components"]["headers"]
            for name in response.get("headers", ())
            if name != "Location"
        )
        return {*response.get("headers", ())}, [*response.get("content", {})]

    return describe_response


@pytest.fixture
def rate_limits(settings):
    settings.READS_PER_MINUTE = 600
    caches["counts"].clear()


REQUESTS = [
    ("", {}, 200),
    ("", {"foo": "1"}, 400),
    ("", {"accept": "image/png"}, 406),
    ("schema/", {}, 200),
    ("schema/", {"format": "xml"}, 400),
    ("schema/", {"accept": "image/png"}, 406),
    ("side-effects/", {}, 200),
    ("side-effects/", {"authorization": "Bearer wrong"}, 401),
    ("side-effects/", {"treatment": "drug", "format": "csv"}, 200),
    ("side-effects/", {"treatment": "drug", "format": "ndjson"}, 200),
    ("changes/", {"format": "atom"}, 200),
    ("releases/", {}, 200),
    ("treatments/{slug}/", {}, 200),
    ("explain/", {"symptom": "pain", "taking": "drug"}, 200),
    ("releases/{name}/{file}", {}, 200),
]


@pytest.mark.parametrize(("path", "query", "status"), REQUESTS)
def test_a_response_has_the_documented_headers(universe, api, describe_response, rate_limits, path, query, status):
    params = {name: value for name, value in query.items() if name not in ("accept", "authorization")}
    headers = {name: value for name, value in query.items() if name not in params}
    release = build_release("2026.12") if path.startswith("releases/{") else None
    filled_path = path.format(slug="drug", name="2026.12", file=release and release.files.first())
    response = api.get(f"/api/v1/{filled_path}", params, headers=headers)
    assert response.status_code == status
    names, _ = describe_response(f"/api/v1/{path}", str(status))
    assert names <= {*response.headers}
    assert {name for name in ("X-KB-Version", "RateLimit") if status != 200 and name in response} <= names
    assert {"X-KB-Version", "ETag"} <= {*response.headers} or status != 200  # Told once, for all answers.


def test_304_and_503_responses_have_the_documented_headers(
    universe, api, describe_response, openapi_schema, monkeypatch
):
    path = "/api/v1/treatments/"
    first = api.get(path)
    not_modified = api.get(path, headers={"if-none-match": first["ETag"]})
    names, formats = describe_response(path, "304")
    assert (not_modified.status_code, formats) == (304, [])
    assert names <= {*not_modified.headers}
    monkeypatch.setattr("kb.api.etags.MAX_ATTEMPTS", 0)
    unavailable = api.get(path)
    names, formats = describe_response(path, "503")
    assert unavailable.status_code == 503
    assert unavailable["Content-Type"] in formats
    assert names <= {*unavailable.headers}


def test_every_public_read_documents_304_and_every_operation_503(openapi_schema):
    for path, methods in openapi_schema["paths"].items():
        is_private = path.startswith("/api/v1/suggestions/")
        assert ("304" not in methods["get"]["responses"]) is is_private, path
        assert all("503" in operation["responses"] for operation in methods.values()), path
        for method, operation in methods.items():
            assert {"401", "429"} <= {*operation["responses"]}, (method, path)
            for status, response in operation["responses"].items():
                assert "$ref" in response or "X-KB-Version" in response.get("headers", ()) or status in ("200", "201")


def test_a_red_flag_is_in_the_documented_link_header(extended_universe, api, openapi_schema):
    assert get_whole_list(api, "side-effects/", "csv", symptom="bone-ache", treatment="other")
    response = api.get("/api/v1/side-effects/", {"symptom": "bone-ache", "format": "csv"})
    assert {"Link", "Content-Disposition"} <= {*response.headers}
    for header in ("Link", "X-KB-Absence", "X-KB-Version", "ETag", "RateLimit"):  # Told once, for all answers.
        assert f"`{header}`" in openapi_schema["info"]["description"]


def test_a_datetime_parameter_accepts_a_date(universe, api, openapi_schema):
    paths_by_name = {}
    for path, methods in openapi_schema["paths"].items():
        for parameter in methods["get"].get("parameters", []):
            if parameter["name"] in ("since", "until", "updated_since"):
                paths_by_name.setdefault(parameter["name"], path)
                assert [shape["format"] for shape in parameter["schema"]["anyOf"]] == ["date-time", "date"]
                assert "A day stands for its beginning." in parameter["description"]
    assert {*paths_by_name} == {"since", "until", "updated_since"}
    for name, path in paths_by_name.items():
        for moment in ("2026-01-01", "2026-01-01T12:00:00Z"):
            assert api.get(path, {name: moment}).status_code == 200
