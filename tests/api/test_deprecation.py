"""Deprecation: headers on responses and marks in OpenAPI until the sunset date, refusal afterwards."""

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from kb.api import deprecation
from kb.api.deprecation import Deprecation
from kb.dataset.version import data_version
from tests.helpers.openapi import expand_schema, generate_schema

SINCE, SUNSET = date(2026, 1, 1), date(2026, 7, 1)
BEFORE_SUNSET, AT_SUNSET = datetime(2026, 6, 30, 23, 59, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
DEPRECATION_TEXT = "Deprecated since 1 January 2026; gone from 1 July 2026 on. Use “x”."
DEPRECATION_HEADERS = {"Deprecation", "Sunset", "Link"}


@pytest.fixture
def set_deprecations(monkeypatch):
    """Set what is deprecated, and the current time."""

    def set_deprecations(now, *entries):
        deprecations = [Deprecation(since=SINCE, sunset=SUNSET, alternative="Use “x”.", **entry) for entry in entries]
        monkeypatch.setattr(deprecation, "DEPRECATIONS", tuple(deprecations))
        monkeypatch.setattr("kb.api.deprecation.timezone.now", lambda: now)

    return set_deprecations


def get_deprecation_headers(response):
    return DEPRECATION_HEADERS & set(response.headers)


def test_what_is_not_deprecated_has_no_deprecation_headers(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "cancers"}, {"resource": "treatments", "parameter": "name"})
    for path in ("/api/v1/", "/api/v1/treatments/", "/api/v1/side-effects/", "/explore/treatments/"):
        assert get_deprecation_headers(api.get(path)) == set()


@pytest.mark.parametrize("path", ["treatments/", "treatments/drug/", "treatments/nothing/", "treatments/?nme=x"])
def test_every_response_of_a_deprecated_resource_has_the_headers(api, universe, set_deprecations, path):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments"})
    response = api.get(f"/api/v1/{path}")
    assert response["Deprecation"] == f"@{int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())}" == "@1767225600"
    assert parsedate_to_datetime(response["Sunset"]) == AT_SUNSET
    assert response["Sunset"] == "Wed, 01 Jul 2026 00:00:00 GMT"
    assert response["Link"] == '<http://testserver/api/v1/docs/>; rel="deprecation"; type="text/html"'
    assert api.get("/api/v1/docs/").status_code == 200


def test_from_its_sunset_a_resource_answers_410_and_names_the_alternative(api, universe, set_deprecations):
    set_deprecations(AT_SUNSET, {"resource": "treatments"})
    for path in ("treatments/", "treatments/drug/"):
        response = api.get(f"/api/v1/{path}")
        assert (response.status_code, response["Content-Type"]) == (410, "application/problem+json")
        assert response.json()["detail"] == "“treatments” went on 1 July 2026. Use “x”."
        assert get_deprecation_headers(response) == DEPRECATION_HEADERS
        page = api.get(f"/explore/{path}")
        assert page.status_code == 410
        assert "Use “x”." in page.content.decode()
    assert api.get("/api/v1/symptoms/").status_code == 200


def test_a_304_response_has_the_headers_too(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET)
    etag = api.get("/api/v1/treatments/")["ETag"]
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments"})
    response = api.get("/api/v1/treatments/", HTTP_IF_NONE_MATCH=etag)
    assert response.status_code == 304
    assert get_deprecation_headers(response) == DEPRECATION_HEADERS
    set_deprecations(AT_SUNSET, {"resource": "treatments"})
    assert api.get("/api/v1/treatments/", HTTP_IF_NONE_MATCH=etag).status_code == 410


def test_the_use_of_a_deprecated_parameter_adds_the_headers(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments", "parameter": "name"})
    assert get_deprecation_headers(api.get("/api/v1/treatments/?name=drug")) == DEPRECATION_HEADERS
    set_deprecations(AT_SUNSET, {"resource": "treatments", "parameter": "name"})
    response = api.get("/api/v1/treatments/?name=drug")
    detail = "The parameter “name” of “treatments” went on 1 July 2026. Use “x”."
    assert response.status_code == 400
    assert response.json()["errors"] == [{"parameter": "name", "detail": detail, "nearest": None}]
    assert api.get("/api/v1/treatments/").status_code == 200


def test_the_use_of_a_deprecated_value_adds_the_headers(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments", "parameter": "kind", "value": "class"})
    assert get_deprecation_headers(api.get("/api/v1/treatments/?kind=drug&kind=class")) == DEPRECATION_HEADERS
    assert get_deprecation_headers(api.get("/api/v1/treatments/?kind=drug")) == set()
    set_deprecations(AT_SUNSET, {"resource": "treatments", "parameter": "kind", "value": "class"})
    assert "“kind=class”" in api.get("/api/v1/treatments/?kind=class").json()["errors"][0]["detail"]


def test_a_deprecated_field_adds_a_link_and_all_headers_if_it_is_named(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments", "field": "summary"})
    assert get_deprecation_headers(api.get("/api/v1/treatments/")) == {"Link"}
    assert get_deprecation_headers(api.get("/api/v1/treatments/?fields=slug,%20summary")) == DEPRECATION_HEADERS
    set_deprecations(AT_SUNSET, {"resource": "treatments", "field": "summary"})
    assert api.get("/api/v1/treatments/").status_code == 200
    response = api.get("/api/v1/treatments/?omit=summary")
    assert response.status_code == 400
    assert "The field “summary” of “treatments” went on" in response.json()["detail"]


def test_the_earliest_dates_of_several_deprecations_are_sent(api, universe, set_deprecations, monkeypatch):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments"})
    later = Deprecation("treatments", date(2025, 12, 1), date(2026, 12, 1), "Use “y”.", parameter="name")
    monkeypatch.setattr(deprecation, "DEPRECATIONS", (*deprecation.DEPRECATIONS, later))
    response = api.get("/api/v1/treatments/?name=drug")
    assert response["Sunset"].startswith("Wed, 01 Jul 2026")
    assert response["Deprecation"] == f"@{int(datetime(2025, 12, 1, tzinfo=UTC).timestamp())}"


def test_openapi_marks_what_is_deprecated_and_nothing_else(universe, set_deprecations):
    before = generate_schema()
    set_deprecations(
        BEFORE_SUNSET,
        {"resource": "treatments"},
        {"resource": "cancers", "parameter": "name"},
        {"resource": "symptoms", "parameter": "kind", "value": "finding"},
        {"resource": "sources", "field": "publisher"},
    )
    after = expand_schema(generate_schema())
    operations = {path: methods["get"] for path, methods in after["paths"].items()}
    deprecated_paths = {path for path, operation in operations.items() if operation.get("deprecated")}
    assert deprecated_paths == {"/api/v1/treatments/", "/api/v1/treatments/{slug}/"}
    assert DEPRECATION_TEXT in operations["/api/v1/treatments/"]["description"]
    parameters = {p["name"]: p for p in operations["/api/v1/cancers/"]["parameters"]}
    assert [name for name, parameter in parameters.items() if parameter.get("deprecated")] == ["name"]
    (kind,) = (p for p in operations["/api/v1/symptoms/"]["parameters"] if p["name"] == "kind")
    assert DEPRECATION_TEXT in kind["description"]
    assert "deprecated" not in kind
    deprecated_fields = {
        (name, field)
        for name, schema in after["components"]["schemas"].items()
        for field, shape in schema.get("properties", {}).items()
        if shape.get("deprecated")
    }
    assert deprecated_fields == {("Source", "publisher"), ("SourceDetail", "publisher")}
    assert "deprecated" not in str(before)


@pytest.mark.parametrize(
    "entry",
    [{"resource": "treatmens"}, {"resource": "treatments", "parameter": "nme"}, {"resource": "sources", "field": "x"}],
)
def test_an_unknown_name_cannot_be_deprecated(universe, set_deprecations, entry):
    set_deprecations(BEFORE_SUNSET, entry)
    with pytest.raises(ImproperlyConfigured, match="is not there"):
        generate_schema()


def test_a_removed_resource_answers_410_while_it_is_listed(universe, set_deprecations, api):
    set_deprecations(AT_SUNSET, {"resource": "old-things"})
    assert "old-things" not in str(generate_schema())
    assert api.get("/api/v1/old-things/").status_code == 410


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"sunset": date(2026, 6, 29)}, "less notice than the 180 days"),
        ({"field": "name", "parameter": "name"}, "name a parameter"),
        ({"value": "x"}, "name a parameter"),
    ],
)
def test_an_invalid_deprecation_is_refused(fields, message):
    with pytest.raises(ImproperlyConfigured, match=message):
        Deprecation(**{"resource": "treatments", "since": SINCE, "sunset": SUNSET, "alternative": "Use “x”."} | fields)


def test_a_deprecated_value_is_recognised_with_spaces_around_it(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "side-effects", "parameter": "frequency", "value": "rare"})
    response = api.get("/api/v1/side-effects/?frequency=%20rare")
    assert response.json()["count"] == 1
    assert get_deprecation_headers(response) == DEPRECATION_HEADERS
    set_deprecations(AT_SUNSET, {"resource": "side-effects", "parameter": "frequency", "value": "rare"})
    assert api.get("/api/v1/side-effects/?frequency=rare%20").status_code == 400


def test_a_refusal_of_the_api_carries_the_data_version(api, universe, set_deprecations):
    set_deprecations(AT_SUNSET, {"resource": "treatments"}, {"resource": "symptoms", "parameter": "kind"})
    for path, status in [("treatments/", 410), ("symptoms/?kind=finding", 400)]:
        response = api.get(f"/api/v1/{path}")
        assert (response.status_code, response["X-KB-Version"]) == (status, data_version())
        assert "ETag" not in response
    assert "X-KB-Version" not in api.get("/explore/treatments/")
