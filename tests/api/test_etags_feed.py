"""Only what was answered has a tag: the feed of changes, the list of releases and their files like all else."""

import pytest
from django.core.cache import caches

from kb.dataset.version import data_version
from kb.releases import build_release
from symptoms.models import SideEffect

CHANGES_URL, RELEASES_URL = "/api/v1/changes/", "/api/v1/releases/"


@pytest.fixture
def get_response(api):
    return lambda path, **headers: api.get(path, headers=headers)


@pytest.mark.parametrize(
    "path", [f"{CHANGES_URL}?foo=1", f"{CHANGES_URL}?since=never", f"{CHANGES_URL}?page=9", f"{RELEASES_URL}?foo=1"]
)
@pytest.mark.parametrize("known", ["*", '"x"'])
def test_a_mistake_has_no_tag_and_is_told_whatever_is_known(universe, get_response, path, known):
    answer = get_response(path, if_none_match=known)
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/problem+json"
    assert "ETag" not in answer


def test_a_wrong_token_is_refused_whatever_is_known(universe, get_response):
    for known in ("*", get_response(CHANGES_URL)["ETag"]):
        answer = get_response(CHANGES_URL, if_none_match=known, authorization="Bearer kb_wrong")
        assert answer.status_code == 401
        assert "ETag" not in answer


def test_what_was_too_much_has_no_tag_that_would_be_known_later(universe, get_response, settings):
    settings.READS_PER_MINUTE = 1
    caches["counts"].clear()
    get_response(CHANGES_URL)
    refused = get_response(CHANGES_URL)
    assert refused.status_code == 429
    assert "ETag" not in refused


@pytest.mark.parametrize("path", [CHANGES_URL, RELEASES_URL, f"{RELEASES_URL}2026.12/about.json"])
def test_no_other_condition_keeps_an_answer_back(universe, get_response, path):
    release = build_release("2026.12")
    path = path.replace("about.json", release.files.first().name)
    for condition in ({"if_match": '"x"'}, {"if_unmodified_since": "Thu, 01 Jan 1970 00:00:00 GMT"}):
        assert get_response(path, **condition).status_code == 200


@pytest.mark.parametrize("path", [CHANGES_URL, f"{CHANGES_URL}?format=atom", RELEASES_URL])
def test_what_has_not_changed_says_so_with_all_that_the_answer_said_of_itself(universe, get_response, path):
    first = get_response(path)
    again = get_response(path, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert first["X-KB-Version"] == data_version()
    for name in ("ETag", "X-KB-Version", "Cache-Control", "Vary"):
        assert again[name] == first[name]


def test_the_list_of_releases_is_another_with_one_more_release_and_with_other_data(universe, get_response):
    known = get_response(RELEASES_URL)["ETag"]
    build_release("2026.12")
    answer = get_response(RELEASES_URL, if_none_match=known)
    assert (answer.status_code, answer.json()["count"]) == (200, 1)
    assert get_response(RELEASES_URL, if_none_match=answer["ETag"]).status_code == 304
    SideEffect.objects.update(onset="soon")
    assert get_response(RELEASES_URL, if_none_match=answer["ETag"]).status_code == 200
