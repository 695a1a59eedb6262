"""What will go is announced on every answer that uses it and in OpenAPI, and is refused from its last day on."""

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from io import StringIO

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from kb.api import deprecation
from kb.api.deprecation import Deprecation
from kb.dataset.version import data_version

SINCE, SUNSET = date(2026, 1, 1), date(2026, 7, 1)
BEFORE_SUNSET, AT_SUNSET = datetime(2026, 6, 30, 23, 59, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
DEPRECATION_TEXT = "Deprecated since 1 January 2026; gone from 1 July 2026 on. Use “x”."
DEPRECATION_HEADERS = {"Deprecation", "Sunset", "Link"}


@pytest.fixture
def set_deprecations(monkeypatch):
    """What is deprecated, and the moment at which it is asked for."""

    def set_deprecations(now, *found):
        entries = tuple(Deprecation(since=SINCE, sunset=SUNSET, alternative="Use “x”.", **entry) for entry in found)
        monkeypatch.setattr(deprecation, "DEPRECATIONS", entries)
        monkeypatch.setattr("kb.api.deprecation.timezone.now", lambda: now)

    return set_deprecations


def get_deprecation_headers(answer):
    return DEPRECATION_HEADERS & set(answer.headers)


def generate_schema():
    written = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    return yaml.safe_load(written.getvalue())


def test_nothing_is_announced_of_what_stays(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "cancers"}, {"resource": "treatments", "parameter": "name"})
    for path in ("/api/v1/", "/api/v1/treatments/", "/api/v1/side-effects/", "/explore/treatments/"):
        assert get_deprecation_headers(api.get(path)) == set()


@pytest.mark.parametrize("path", ["treatments/", "treatments/drug/", "treatments/nothing/", "treatments/?nme=x"])
def test_a_resource_that_will_go_says_so_on_every_answer(api, universe, set_deprecations, path):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments"})
    answer = api.get(f"/api/v1/{path}")
    assert answer["Deprecation"] == f"@{int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())}" == "@1767225600"
    assert parsedate_to_datetime(answer["Sunset"]) == AT_SUNSET
    assert answer["Sunset"] == "Wed, 01 Jul 2026 00:00:00 GMT"
    assert answer["Link"] == '<http://testserver/api/v1/docs/>; rel="deprecation"; type="text/html"'
    assert api.get("/api/v1/docs/").status_code == 200


def test_from_its_last_day_on_a_resource_is_gone_and_what_to_use_is_named(api, universe, set_deprecations):
    set_deprecations(AT_SUNSET, {"resource": "treatments"})
    for path in ("treatments/", "treatments/drug/"):
        answer = api.get(f"/api/v1/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (410, "application/problem+json")
        assert answer.json()["detail"] == "“treatments” went on 1 July 2026. Use “x”."
        assert get_deprecation_headers(answer) == DEPRECATION_HEADERS
        page = api.get(f"/explore/{path}")
        assert page.status_code == 410
        assert "Use “x”." in page.content.decode()
    assert api.get("/api/v1/symptoms/").status_code == 200


def test_who_has_an_answer_already_is_told_too(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET)
    known = api.get("/api/v1/treatments/")["ETag"]
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments"})
    answer = api.get("/api/v1/treatments/", HTTP_IF_NONE_MATCH=known)
    assert answer.status_code == 304
    assert get_deprecation_headers(answer) == DEPRECATION_HEADERS
    set_deprecations(AT_SUNSET, {"resource": "treatments"})
    assert api.get("/api/v1/treatments/", HTTP_IF_NONE_MATCH=known).status_code == 410


def test_a_parameter_that_will_go_says_so_where_it_is_used(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments", "parameter": "name"})
    assert get_deprecation_headers(api.get("/api/v1/treatments/?name=drug")) == DEPRECATION_HEADERS
    set_deprecations(AT_SUNSET, {"resource": "treatments", "parameter": "name"})
    answer = api.get("/api/v1/treatments/?name=drug")
    words = "The parameter “name” of “treatments” went on 1 July 2026. Use “x”."
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"parameter": "name", "detail": words, "nearest": None}]
    assert api.get("/api/v1/treatments/").status_code == 200


def test_a_value_that_will_go_says_so_where_it_is_used(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments", "parameter": "kind", "value": "class"})
    assert get_deprecation_headers(api.get("/api/v1/treatments/?kind=drug&kind=class")) == DEPRECATION_HEADERS
    assert get_deprecation_headers(api.get("/api/v1/treatments/?kind=drug")) == set()
    set_deprecations(AT_SUNSET, {"resource": "treatments", "parameter": "kind", "value": "class"})
    assert "“kind=class”" in api.get("/api/v1/treatments/?kind=class").json()["errors"][0]["detail"]


def test_a_field_that_will_go_is_told_with_a_link_and_in_full_to_who_names_it(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments", "field": "summary"})
    assert get_deprecation_headers(api.get("/api/v1/treatments/")) == {"Link"}
    assert get_deprecation_headers(api.get("/api/v1/treatments/?fields=slug,%20summary")) == DEPRECATION_HEADERS
    set_deprecations(AT_SUNSET, {"resource": "treatments", "field": "summary"})
    assert api.get("/api/v1/treatments/").status_code == 200
    answer = api.get("/api/v1/treatments/?omit=summary")
    assert answer.status_code == 400
    assert "The field “summary” of “treatments” went on" in answer.json()["detail"]


def test_of_several_the_first_day_counts(api, universe, set_deprecations, monkeypatch):
    set_deprecations(BEFORE_SUNSET, {"resource": "treatments"})
    later = Deprecation("treatments", date(2025, 12, 1), date(2026, 12, 1), "Use “y”.", parameter="name")
    monkeypatch.setattr(deprecation, "DEPRECATIONS", (*deprecation.DEPRECATIONS, later))
    answer = api.get("/api/v1/treatments/?name=drug")
    assert answer["Sunset"].startswith("Wed, 01 Jul 2026")
    assert answer["Deprecation"] == f"@{int(datetime(2025, 12, 1, tzinfo=UTC).timestamp())}"


def test_openapi_marks_what_will_go_and_nothing_else(universe, set_deprecations):
    before = generate_schema()
    set_deprecations(
        BEFORE_SUNSET,
        {"resource": "treatments"},
        {"resource": "cancers", "parameter": "name"},
        {"resource": "symptoms", "parameter": "kind", "value": "finding"},
        {"resource": "sources", "field": "publisher"},
    )
    after = generate_schema()
    operations = {path: methods["get"] for path, methods in after["paths"].items()}
    whole = {path for path, operation in operations.items() if operation.get("deprecated")}
    assert whole == {"/api/v1/treatments/", "/api/v1/treatments/{slug}/"}
    assert DEPRECATION_TEXT in operations["/api/v1/treatments/"]["description"]
    named = {p["name"]: p for p in operations["/api/v1/cancers/"]["parameters"]}
    assert [name for name, parameter in named.items() if parameter.get("deprecated")] == ["name"]
    (kind,) = (p for p in operations["/api/v1/symptoms/"]["parameters"] if p["name"] == "kind")
    assert DEPRECATION_TEXT in kind["description"]
    assert "deprecated" not in kind
    marked = {
        (name, field)
        for name, schema in after["components"]["schemas"].items()
        for field, shape in schema.get("properties", {}).items()
        if shape.get("deprecated")
    }
    assert marked == {("Source", "publisher"), ("SourceDetail", "publisher")}
    assert "deprecated" not in str(before)


@pytest.mark.parametrize(
    "wrong",
    [{"resource": "treatmens"}, {"resource": "treatments", "parameter": "nme"}, {"resource": "sources", "field": "x"}],
)
def test_what_is_not_there_cannot_be_deprecated(universe, set_deprecations, wrong):
    set_deprecations(BEFORE_SUNSET, wrong)
    with pytest.raises(ImproperlyConfigured, match="is not there"):
        generate_schema()


def test_what_has_gone_stays_in_the_table_to_tell_what_to_use(universe, set_deprecations, api):
    set_deprecations(AT_SUNSET, {"resource": "old-things"})
    assert "old-things" not in str(generate_schema())
    assert api.get("/api/v1/old-things/").status_code == 410


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sunset": date(2026, 6, 29)}, "less notice than the 180 days"),
        ({"field": "name", "parameter": "name"}, "name a parameter"),
        ({"value": "x"}, "name a parameter"),
    ],
)
def test_an_entry_that_breaks_the_promise_is_refused(more, words):
    with pytest.raises(ImproperlyConfigured, match=words):
        Deprecation(**{"resource": "treatments", "since": SINCE, "sunset": SUNSET, "alternative": "Use “x”."} | more)


def test_a_value_that_will_go_is_known_whatever_spaces_stand_around_it(api, universe, set_deprecations):
    set_deprecations(BEFORE_SUNSET, {"resource": "side-effects", "parameter": "frequency", "value": "rare"})
    answer = api.get("/api/v1/side-effects/?frequency=%20rare")
    assert answer.json()["count"] == 1
    assert get_deprecation_headers(answer) == DEPRECATION_HEADERS
    set_deprecations(AT_SUNSET, {"resource": "side-effects", "parameter": "frequency", "value": "rare"})
    assert api.get("/api/v1/side-effects/?frequency=rare%20").status_code == 400


def test_a_refusal_tells_the_version_of_the_data(api, universe, set_deprecations):
    set_deprecations(AT_SUNSET, {"resource": "treatments"}, {"resource": "symptoms", "parameter": "kind"})
    for path, status in [("treatments/", 410), ("symptoms/?kind=finding", 400)]:
        answer = api.get(f"/api/v1/{path}")
        assert (answer.status_code, answer["X-KB-Version"]) == (status, data_version())
        assert "ETag" not in answer
    assert "X-KB-Version" not in api.get("/explore/treatments/")
