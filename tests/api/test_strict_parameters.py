"""What is no view of DRF is as strict as those that are: the front page, the context of linked data, health."""

import pytest
from django.test import Client

from kb.dataset.version import data_version

HOME_URL, CONTEXT_URL, HEALTH_URL = "/", "/api/v1/context.jsonld", "/health/"


@pytest.mark.parametrize("path", [HOME_URL, CONTEXT_URL])
def test_a_parameter_that_is_not_there_is_refused_and_named(universe, api, path):
    answer = api.get(f"{path}?formt=jsonld")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["nearest"]) == ("formt", "format")


@pytest.mark.parametrize(
    ("path", "named", "nearest", "known"),
    [
        (HOME_URL, "csv", None, "html, jsonld"),
        (HOME_URL, "json", "jsonld", "html, jsonld"),
        (CONTEXT_URL, "json", "jsonld", "jsonld"),
        (HEALTH_URL, "jsonld", "json", "html, json"),
    ],
)
def test_another_format_is_refused_with_those_that_there_are(universe, api, path, named, nearest, known):
    answer = api.get(f"{path}?format={named}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["parameter"], error["nearest"]) == (400, "format", nearest)
    assert error["detail"].endswith(f"there are: {known}.")


@pytest.mark.parametrize(("path", "kind"), [(HOME_URL, "text/html"), (CONTEXT_URL, "application/ld+json")])
def test_what_is_understood_is_answered(universe, api, path, kind):
    for asked in (path, f"{path}?format={'html' if path == HOME_URL else 'jsonld'}"):
        answer = api.get(asked)
        assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, kind)
        assert api.head(asked).status_code == 200


@pytest.mark.parametrize("path", [HOME_URL, CONTEXT_URL, HEALTH_URL])
def test_nothing_can_be_sent_there_whoever_sends_it(universe, path):
    answer = Client(enforce_csrf_checks=True).post(path, {"x": "y"})
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_what_cannot_be_sent_to_the_api_is_told_as_a_problem(universe, api):
    answer = api.post(CONTEXT_URL, {}, format="json")
    assert (answer["Content-Type"], answer.json()["status"]) == ("application/problem+json", 405)


def test_the_data_set_tells_its_version(universe, api):
    answer = api.get(HOME_URL, headers={"accept": "application/ld+json"})
    assert answer["X-KB-Version"] == answer.json()["version"] == data_version()
