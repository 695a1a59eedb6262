"""Only what was answered has a tag: the feed of changes, the list of releases and their files like all else."""

import pytest
from django.core.cache import caches

from kb.dataset.version import data_version
from kb.releases import make
from symptoms.models import SideEffect

FEED, RELEASES = "/api/v1/changes/", "/api/v1/releases/"


@pytest.fixture
def get(api):
    return lambda path, **headers: api.get(path, headers=headers)


@pytest.mark.parametrize("path", [f"{FEED}?foo=1", f"{FEED}?since=never", f"{FEED}?page=9", f"{RELEASES}?foo=1"])
@pytest.mark.parametrize("known", ["*", '"x"'])
def test_a_mistake_has_no_tag_and_is_told_whatever_is_known(universe, get, path, known):
    answer = get(path, if_none_match=known)
    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/problem+json"
    assert "ETag" not in answer


def test_a_wrong_token_is_refused_whatever_is_known(universe, get):
    for known in ("*", get(FEED)["ETag"]):
        answer = get(FEED, if_none_match=known, authorization="Bearer kb_wrong")
        assert answer.status_code == 401
        assert "ETag" not in answer


def test_what_was_too_much_has_no_tag_that_would_be_known_later(universe, get, settings):
    settings.READS_PER_MINUTE = 1
    caches["counts"].clear()
    get(FEED)
    refused = get(FEED)
    assert refused.status_code == 429
    assert "ETag" not in refused


@pytest.mark.parametrize("path", [FEED, RELEASES, f"{RELEASES}2026.12/about.json"])
def test_no_other_condition_keeps_an_answer_back(universe, get, path):
    release = make("2026.12")
    path = path.replace("about.json", release.files.first().name)
    for condition in ({"if_match": '"x"'}, {"if_unmodified_since": "Thu, 01 Jan 1970 00:00:00 GMT"}):
        assert get(path, **condition).status_code == 200


@pytest.mark.parametrize("path", [FEED, f"{FEED}?format=atom", RELEASES])
def test_what_has_not_changed_says_so_with_all_that_the_answer_said_of_itself(universe, get, path):
    first = get(path)
    again = get(path, if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert first["X-KB-Version"] == data_version()
    for name in ("ETag", "X-KB-Version", "Cache-Control", "Vary"):
        assert again[name] == first[name]


def test_the_list_of_releases_is_another_with_one_more_release_and_with_other_data(universe, get):
    known = get(RELEASES)["ETag"]
    make("2026.12")
    answer = get(RELEASES, if_none_match=known)
    assert (answer.status_code, answer.json()["count"]) == (200, 1)
    assert get(RELEASES, if_none_match=answer["ETag"]).status_code == 304
    SideEffect.objects.update(onset="soon")
    assert get(RELEASES, if_none_match=answer["ETag"]).status_code == 200
