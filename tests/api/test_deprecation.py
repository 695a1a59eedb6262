"""What will go is announced on every answer that uses it and in OpenAPI, and is refused from its last day on."""

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from io import StringIO

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from kb.api import deprecation as deprecations
from kb.api.deprecation import Deprecation
from kb.dataset.version import data_version

SINCE, SUNSET = date(2026, 1, 1), date(2026, 7, 1)
BEFORE, AFTER = datetime(2026, 6, 30, 23, 59, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
WORDS = "Deprecated since 1 January 2026; gone from 1 July 2026 on. Use “x”."
FIELDS = {"Deprecation", "Sunset", "Link"}


@pytest.fixture
def on(monkeypatch):
    """What is deprecated, and the moment at which it is asked for."""

    def on(now, *found):
        entries = tuple(Deprecation(since=SINCE, sunset=SUNSET, instead="Use “x”.", **entry) for entry in found)
        monkeypatch.setattr(deprecations, "DEPRECATIONS", entries)
        monkeypatch.setattr("kb.api.deprecation.timezone.now", lambda: now)

    return on


def announced(answer):
    return FIELDS & set(answer.headers)


def described():
    written = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    return yaml.safe_load(written.getvalue())


def test_nothing_is_announced_of_what_stays(api, universe, on):
    on(BEFORE, {"resource": "cancers"}, {"resource": "treatments", "parameter": "name"})
    for path in ("/api/v1/", "/api/v1/treatments/", "/api/v1/side-effects/", "/explore/treatments/"):
        assert announced(api.get(path)) == set()


@pytest.mark.parametrize("path", ["treatments/", "treatments/drug/", "treatments/nothing/", "treatments/?nme=x"])
def test_a_resource_that_will_go_says_so_on_every_answer(api, universe, on, path):
    on(BEFORE, {"resource": "treatments"})
    answer = api.get(f"/api/v1/{path}")
    assert answer["Deprecation"] == f"@{int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())}" == "@1767225600"
    assert parsedate_to_datetime(answer["Sunset"]) == AFTER
    assert answer["Sunset"] == "Wed, 01 Jul 2026 00:00:00 GMT"
    assert answer["Link"] == '<http://testserver/api/v1/docs/>; rel="deprecation"; type="text/html"'
    assert api.get("/api/v1/docs/").status_code == 200


def test_from_its_last_day_on_a_resource_is_gone_and_what_to_use_is_named(api, universe, on):
    on(AFTER, {"resource": "treatments"})
    for path in ("treatments/", "treatments/drug/"):
        answer = api.get(f"/api/v1/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (410, "application/problem+json")
        assert answer.json()["detail"] == "“treatments” went on 1 July 2026. Use “x”."
        assert announced(answer) == FIELDS
        page = api.get(f"/explore/{path}")
        assert page.status_code == 410
        assert "Use “x”." in page.content.decode()
    assert api.get("/api/v1/symptoms/").status_code == 200


def test_who_has_an_answer_already_is_told_too(api, universe, on):
    on(BEFORE)
    known = api.get("/api/v1/treatments/")["ETag"]
    on(BEFORE, {"resource": "treatments"})
    answer = api.get("/api/v1/treatments/", HTTP_IF_NONE_MATCH=known)
    assert answer.status_code == 304
    assert announced(answer) == FIELDS
    on(AFTER, {"resource": "treatments"})
    assert api.get("/api/v1/treatments/", HTTP_IF_NONE_MATCH=known).status_code == 410


def test_a_parameter_that_will_go_says_so_where_it_is_used(api, universe, on):
    on(BEFORE, {"resource": "treatments", "parameter": "name"})
    assert announced(api.get("/api/v1/treatments/?name=drug")) == FIELDS
    on(AFTER, {"resource": "treatments", "parameter": "name"})
    answer = api.get("/api/v1/treatments/?name=drug")
    words = "The parameter “name” of “treatments” went on 1 July 2026. Use “x”."
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"parameter": "name", "detail": words, "nearest": None}]
    assert api.get("/api/v1/treatments/").status_code == 200


def test_a_value_that_will_go_says_so_where_it_is_used(api, universe, on):
    on(BEFORE, {"resource": "treatments", "parameter": "kind", "value": "class"})
    assert announced(api.get("/api/v1/treatments/?kind=drug&kind=class")) == FIELDS
    assert announced(api.get("/api/v1/treatments/?kind=drug")) == set()
    on(AFTER, {"resource": "treatments", "parameter": "kind", "value": "class"})
    assert "“kind=class”" in api.get("/api/v1/treatments/?kind=class").json()["errors"][0]["detail"]


def test_a_field_that_will_go_is_told_with_a_link_and_in_full_to_who_names_it(api, universe, on):
    on(BEFORE, {"resource": "treatments", "field": "summary"})
    assert announced(api.get("/api/v1/treatments/")) == {"Link"}
    assert announced(api.get("/api/v1/treatments/?fields=slug,%20summary")) == FIELDS
    on(AFTER, {"resource": "treatments", "field": "summary"})
    assert api.get("/api/v1/treatments/").status_code == 200
    answer = api.get("/api/v1/treatments/?omit=summary")
    assert answer.status_code == 400
    assert "The field “summary” of “treatments” went on" in answer.json()["detail"]


def test_of_several_the_first_day_counts(api, universe, on, monkeypatch):
    on(BEFORE, {"resource": "treatments"})
    later = Deprecation("treatments", date(2025, 12, 1), date(2026, 12, 1), "Use “y”.", parameter="name")
    monkeypatch.setattr(deprecations, "DEPRECATIONS", (*deprecations.DEPRECATIONS, later))
    answer = api.get("/api/v1/treatments/?name=drug")
    assert answer["Sunset"].startswith("Wed, 01 Jul 2026")
    assert answer["Deprecation"] == f"@{int(datetime(2025, 12, 1, tzinfo=UTC).timestamp())}"


def test_openapi_marks_what_will_go_and_nothing_else(universe, on):
    before = described()
    on(
        BEFORE,
        {"resource": "treatments"},
        {"resource": "cancers", "parameter": "name"},
        {"resource": "symptoms", "parameter": "kind", "value": "finding"},
        {"resource": "sources", "field": "publisher"},
    )
    after = described()
    operations = {path: methods["get"] for path, methods in after["paths"].items()}
    whole = {path for path, operation in operations.items() if operation.get("deprecated")}
    assert whole == {"/api/v1/treatments/", "/api/v1/treatments/{slug}/"}
    assert WORDS in operations["/api/v1/treatments/"]["description"]
    named = {p["name"]: p for p in operations["/api/v1/cancers/"]["parameters"]}
    assert [name for name, parameter in named.items() if parameter.get("deprecated")] == ["name"]
    (kind,) = (p for p in operations["/api/v1/symptoms/"]["parameters"] if p["name"] == "kind")
    assert WORDS in kind["description"]
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
def test_what_is_not_there_cannot_be_deprecated(universe, on, wrong):
    on(BEFORE, wrong)
    with pytest.raises(ImproperlyConfigured, match="is not there"):
        described()


def test_what_has_gone_stays_in_the_table_to_tell_what_to_use(universe, on, api):
    on(AFTER, {"resource": "old-things"})
    assert "old-things" not in str(described())
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
        Deprecation(**{"resource": "treatments", "since": SINCE, "sunset": SUNSET, "instead": "Use “x”."} | more)


def test_a_value_that_will_go_is_known_whatever_spaces_stand_around_it(api, universe, on):
    on(BEFORE, {"resource": "side-effects", "parameter": "frequency", "value": "rare"})
    answer = api.get("/api/v1/side-effects/?frequency=%20rare")
    assert answer.json()["count"] == 1
    assert announced(answer) == FIELDS
    on(AFTER, {"resource": "side-effects", "parameter": "frequency", "value": "rare"})
    assert api.get("/api/v1/side-effects/?frequency=rare%20").status_code == 400


def test_a_refusal_tells_the_version_of_the_data(api, universe, on):
    on(AFTER, {"resource": "treatments"}, {"resource": "symptoms", "parameter": "kind"})
    for path, status in [("treatments/", 410), ("symptoms/?kind=finding", 400)]:
        answer = api.get(f"/api/v1/{path}")
        assert (answer.status_code, answer["X-KB-Version"]) == (status, data_version())
        assert "ETag" not in answer
    assert "X-KB-Version" not in api.get("/explore/treatments/")
