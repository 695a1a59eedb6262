"""OpenAPI tells what holds of every answer: its version, its tag, how often one may ask, what stands in its place."""

import pytest
import yaml
from django.conf import settings
from django.core.cache import caches

from kb.releases import build_release
from tests.helpers.lists import get_whole_list


@pytest.fixture(scope="module")
def openapi_schema():
    return yaml.safe_load((settings.BASE_DIR / "openapi.yaml").read_text())


@pytest.fixture
def describe_answer(openapi_schema):
    """The names of the headers of an answer, and the formats that its body may have."""

    def describe_answer(path, code, method="get"):
        answer = openapi_schema["paths"][path][method]["responses"][code]
        if "$ref" in answer:
            answer = openapi_schema["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        assert all(name in openapi_schema["components"]["headers"] for name in answer["headers"] if name != "Location")
        return {*answer["headers"]}, [*answer.get("content", {})]

    return describe_answer


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


@pytest.mark.parametrize(("path", "asked", "status"), REQUESTS)
def test_an_answer_has_the_headers_that_are_described(universe, api, describe_answer, rate_limits, path, asked, status):
    params = {name: value for name, value in asked.items() if name not in ("accept", "authorization")}
    headers = {name: value for name, value in asked.items() if name not in params}
    release = build_release("2026.12") if path.startswith("releases/{") else None
    at = path.format(slug="drug", name="2026.12", file=release and release.files.first())
    answer = api.get(f"/api/v1/{at}", params, headers=headers)
    assert answer.status_code == status
    names, _ = describe_answer(f"/api/v1/{path}", str(status))
    of_files = {"Link", "Content-Disposition"}
    assert names - of_files <= {*answer.headers}
    assert {name for name in ("ETag", "X-KB-Version", "RateLimit") if name in answer} <= names
    assert of_files & {*answer.headers} <= names


def test_what_has_not_changed_and_what_is_being_changed_are_described(
    universe, api, describe_answer, openapi_schema, monkeypatch
):
    path = "/api/v1/treatments/"
    first = api.get(path)
    again = api.get(path, headers={"if-none-match": first["ETag"]})
    names, formats = describe_answer(path, "304")
    assert (again.status_code, formats) == (304, [])
    assert names <= {*again.headers}
    monkeypatch.setattr("kb.api.etags.MAX_ATTEMPTS", 0)
    busy = api.get(path)
    names, formats = describe_answer(path, "503")
    assert (busy.status_code, [busy["Content-Type"]]) == (503, formats)
    assert names <= {*busy.headers}


def test_every_read_tells_of_304_and_503_but_what_is_ones_own(openapi_schema):
    for path, methods in openapi_schema["paths"].items():
        own = path.startswith("/api/v1/suggestions/")
        assert (not {"304", "503"} & {*methods["get"]["responses"]}) is own, path
        assert ("ETag" not in methods["get"]["responses"]["200"]["headers"]) is own, path
        for method, operation in methods.items():
            assert {"401", "429"} <= {*operation["responses"]}, (method, path)
            for answer in operation["responses"].values():
                assert "$ref" in answer or "X-KB-Version" in answer["headers"]


def test_a_red_flag_stands_in_the_link_that_is_described(extended_universe, api, describe_answer):
    assert get_whole_list(api, "side-effects/", "csv", symptom="bone-ache", treatment="other")
    answer = api.get("/api/v1/side-effects/", {"symptom": "bone-ache", "format": "csv"})
    assert {"Link", "Content-Disposition"} <= {*answer.headers} & describe_answer("/api/v1/side-effects/", "200")[0]


def test_where_a_moment_is_asked_for_a_day_is_described_and_taken(universe, api, openapi_schema):
    found = {}
    for path, methods in openapi_schema["paths"].items():
        for parameter in methods["get"].get("parameters", []):
            if parameter["name"] in ("since", "until", "updated_since"):
                found.setdefault(parameter["name"], path)
                assert [shape["format"] for shape in parameter["schema"]["anyOf"]] == ["date-time", "date"]
                assert "A day stands for its beginning." in parameter["description"]
    assert {*found} == {"since", "until", "updated_since"}
    for name, path in found.items():
        for moment in ("2026-01-01", "2026-01-01T12:00:00Z"):
            assert api.get(path, {name: moment}).status_code == 200
