"""ETags of the change feed, the list of releases and release files; errors have none."""

import pytest
from django.core.cache import caches

from kb.dataset.version import data_version
from kb.releases import build_release
from symptoms.models import SideEffect

CHANGES_PATH, RELEASES_PATH = "changes/", "releases/"


@pytest.mark.parametrize(
    "path", [f"{CHANGES_PATH}?foo=1", f"{CHANGES_PATH}?since=never", f"{CHANGES_PATH}?page=9", f"{RELEASES_PATH}?foo=1"]
)
@pytest.mark.parametrize("etag", ["*", '"x"'])
def test_an_error_has_no_etag_whatever_if_none_match_holds(universe, get_response, path, etag):
    response = get_response(path, if_none_match=etag)
    assert response.status_code in (400, 404)
    assert response["Content-Type"] == "application/problem+json"
    assert "ETag" not in response


def test_a_wrong_token_is_refused_whatever_if_none_match_holds(universe, get_response):
    for etag in ("*", get_response(CHANGES_PATH)["ETag"]):
        response = get_response(CHANGES_PATH, if_none_match=etag, authorization="Bearer kb_wrong")
        assert response.status_code == 401
        assert "ETag" not in response


def test_a_429_response_has_no_etag(universe, get_response, settings):
    settings.READS_PER_MINUTE = 1
    caches["counts"].clear()
    get_response(CHANGES_PATH)
    response = get_response(CHANGES_PATH)
    assert response.status_code == 429
    assert "ETag" not in response


@pytest.mark.parametrize("path", [CHANGES_PATH, RELEASES_PATH, f"{RELEASES_PATH}2026.12/about.json"])
def test_other_preconditions_are_ignored(universe, get_response, path):
    release = build_release("2026.12")
    path = path.replace("about.json", release.files.first().name)
    for condition in ({"if_match": '"x"'}, {"if_unmodified_since": "Thu, 01 Jan 1970 00:00:00 GMT"}):
        assert get_response(path, **condition).status_code == 200


@pytest.mark.parametrize("path", [CHANGES_PATH, f"{CHANGES_PATH}?format=atom", RELEASES_PATH])
def test_a_304_response_repeats_the_headers_of_the_full_one(universe, get_response, path):
    first = get_response(path)
    second = get_response(path, if_none_match=first["ETag"])
    assert (second.status_code, second.content) == (304, b"")
    assert first["X-KB-Version"] == data_version()
    for name in ("ETag", "X-KB-Version", "Cache-Control", "Vary"):
        assert second[name] == first[name]


def test_the_etag_of_the_releases_changes_with_a_release_and_with_the_data(universe, get_response):
    etag = get_response(RELEASES_PATH)["ETag"]
    build_release("2026.12")
    response = get_response(RELEASES_PATH, if_none_match=etag)
    assert (response.status_code, response.json()["count"]) == (200, 1)
    assert get_response(RELEASES_PATH, if_none_match=response["ETag"]).status_code == 304
    SideEffect.objects.update(onset="soon")
    assert get_response(RELEASES_PATH, if_none_match=response["ETag"]).status_code == 200
