"""Strict parameters of the views outside DRF: the front page, the JSON-LD context and the health pages."""

import pytest
from django.test import Client

from kb.dataset.version import data_version

HOME_URL, CONTEXT_URL, HEALTH_URL = "/", "/api/v1/context.jsonld", "/health/"


@pytest.mark.parametrize("path", [HOME_URL, CONTEXT_URL])
def test_an_unknown_parameter_is_refused_and_the_nearest_is_named(universe, api, path):
    response = api.get(f"{path}?formt=jsonld")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    (error,) = response.json()["errors"]
    assert (error["parameter"], error["nearest"]) == ("formt", "format")


@pytest.mark.parametrize(
    ("path", "format_name", "nearest", "formats"),
    [
        (HOME_URL, "csv", None, "html, jsonld"),
        (HOME_URL, "json", "jsonld", "html, jsonld"),
        (CONTEXT_URL, "json", "jsonld", "jsonld"),
        (HEALTH_URL, "jsonld", "json", "html, json"),
    ],
)
def test_an_unknown_format_is_refused_and_the_known_ones_are_listed(universe, api, path, format_name, nearest, formats):
    response = api.get(f"{path}?format={format_name}")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["parameter"], error["nearest"]) == (400, "format", nearest)
    assert error["detail"].endswith(f"there are: {formats}.")


@pytest.mark.parametrize(("path", "content_type"), [(HOME_URL, "text/html"), (CONTEXT_URL, "application/ld+json")])
def test_valid_requests_are_answered(universe, api, path, content_type):
    for url in (path, f"{path}?format={'html' if path == HOME_URL else 'jsonld'}"):
        response = api.get(url)
        assert (response.status_code, response["Content-Type"].partition(";")[0]) == (200, content_type)
        assert api.head(url).status_code == 200


@pytest.mark.parametrize("path", [HOME_URL, CONTEXT_URL, HEALTH_URL])
def test_post_is_not_allowed_even_without_a_csrf_token(universe, path):
    response = Client(enforce_csrf_checks=True).post(path, {"x": "y"})
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_post_to_the_context_answers_with_a_problem(universe, api):
    response = api.post(CONTEXT_URL, {}, format="json")
    assert (response["Content-Type"], response.json()["status"]) == ("application/problem+json", 405)


def test_the_data_set_carries_its_version(universe, api):
    response = api.get(HOME_URL, headers={"accept": "application/ld+json"})
    assert response["X-KB-Version"] == response.json()["version"] == data_version()
