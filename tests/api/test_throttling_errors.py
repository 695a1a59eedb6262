"""Whatever is asked counts, wherever it is refused; who guesses at tokens is kept from it by address."""

import re
from datetime import UTC, date, datetime

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from kb.api import deprecation, throttling
from kb.api.deprecation import Deprecation
from kb.choices import TokenScope
from kb.editorial.versioning import versioned_transaction
from kb.models import ApiToken
from tests.conftest import make_user
from tests.helpers.rate_limits import TREATMENTS_URL
from tests.helpers.rate_limits import low_rate_limits as low_rate_limits
from treatments.models import Treatment

INVALID_TOKEN_HEADERS = {"authorization": "Bearer kb_wrong"}


@pytest.fixture
def reader_client(universe):
    """A client whose token is for more reads."""
    return make_token_client(TokenScope.READ)


def make_token_client(*scopes):
    client = APIClient()
    secret = ApiToken(user=make_user(f"holder of {scopes}"), name="app", scopes=[*map(str, scopes)]).issue()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def parse_rate_limit(answer):
    """Which policy holds for an answer, and how many requests are left."""
    policy, number = re.fullmatch(r'"([a-z]+)";r=(\d+);t=\d+', answer["RateLimit"]).groups()
    return policy, int(number)


ERROR_REQUESTS = {
    "a format that is not there": (400, lambda client: client.get(f"{TREATMENTS_URL}?format=xyz")),
    "nothing that is accepted": (406, lambda client: client.get(TREATMENTS_URL, headers={"accept": "image/png"})),
    "no such address": (404, lambda client: client.get("/api/v1/nothing/at/all/")),
    "no slash at the end": (301, lambda client: client.get("/api/v1/treatments")),
    "the words of linked data": (200, lambda client: client.get("/api/v1/context.jsonld")),
    "something to send, without a token for it": (
        (401, 403),
        lambda client: client.post("/api/v1/suggestions/", {}, format="json"),
    ),
    "something that is gone": (410, lambda client: client.get("/api/v1/old-things/")),
}


@pytest.fixture(params=ERROR_REQUESTS)
def error_request(request, universe, monkeypatch):
    """Something that no view of the API answers, or that is refused before it could; and with which status."""
    gone = Deprecation("old-things", date(2026, 1, 1), date(2026, 7, 1), "Use “x”.")
    monkeypatch.setattr(deprecation, "DEPRECATIONS", (gone,))
    monkeypatch.setattr("kb.api.deprecation.timezone.now", lambda: datetime(2026, 8, 1, tzinfo=UTC))
    status, make = ERROR_REQUESTS[request.param]
    return status if isinstance(status, tuple) else (status,), make


def test_what_is_refused_before_a_view_counts_it_counts_too_and_once(api, error_request):
    statuses, make = error_request
    answer = make(api)
    assert answer.status_code in statuses
    assert parse_rate_limit(answer) == ("anonymous", 2)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 1)


def test_at_the_limit_a_mistake_is_too_much_like_anything_else(api, error_request):
    for _ in range(3):
        api.get(TREATMENTS_URL)
    answer = error_request[1](api)
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert answer["X-KB-Version"]
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "ETag" not in answer
    assert parse_rate_limit(answer) == ("anonymous", 0)


def test_a_mistake_counts_for_the_token_that_is_shown_with_it(reader_client, error_request):
    statuses, make = error_request
    answer = make(reader_client)
    assert answer.status_code in statuses
    assert parse_rate_limit(answer) == ("token", 4)
    assert parse_rate_limit(APIClient().get(TREATMENTS_URL)) == ("anonymous", 2)


def test_pages_that_are_not_there_count_with_the_pages(api, universe):
    answer = api.get("/explore/nothing/at/all/")
    assert (answer.status_code, parse_rate_limit(answer)) == (404, ("pages", 2))
    for _ in range(2):
        api.get("/explore/treatments/")
    answer = api.get("/explore/nothing/at/all/")
    assert (answer.status_code, answer["Content-Type"]) == (429, "text/html; charset=utf-8")


def test_what_has_not_changed_and_swagger_ui_do_not_count(api, universe):
    known = api.get(TREATMENTS_URL)["ETag"]
    for _ in range(4):
        assert api.get(TREATMENTS_URL, headers={"if-none-match": known}).status_code == 304
        assert "RateLimit" not in api.get("/api/v1/docs/")
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 1)


@pytest.mark.parametrize("path", [TREATMENTS_URL, "/api/v1/nothing/at/all/", "/api/v1/suggestions/"])
def test_who_shows_wrong_tokens_too_often_has_none_of_them_looked_at(reader_client, api, path):
    answers = [api.get(path, headers=INVALID_TOKEN_HEADERS) for _ in range(4)]
    assert 429 not in [answer.status_code for answer in answers[:3]]
    assert [parse_rate_limit(answer) for answer in answers] == [("guesses", number) for number in (2, 1, 0, 0)]
    assert answers[3].status_code == 429
    assert "wrong tokens" in answers[3].json()["detail"]
    assert 0 < int(answers[3]["Retry-After"]) <= 60
    assert reader_client.get(path).status_code == 429
    assert reader_client.get(path, REMOTE_ADDR="192.0.2.1").status_code != 429


def test_who_guesses_does_not_shut_out_who_reads_without_a_token_nor_the_other_way_round(reader_client, api):
    for _ in range(4):
        api.get(TREATMENTS_URL, headers=INVALID_TOKEN_HEADERS)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 2)
    caches["counts"].clear()
    for _ in range(4):
        api.get(TREATMENTS_URL)
    assert parse_rate_limit(reader_client.get(TREATMENTS_URL)) == ("token", 4)


def test_where_reads_are_not_limited_neither_are_guesses(api, universe, settings):
    settings.READS_PER_MINUTE = 0
    for _ in range(4):
        answer = api.get(TREATMENTS_URL, headers=INVALID_TOKEN_HEADERS)
        assert (answer.status_code, "RateLimit" in answer) == (401, False)


def test_a_token_is_looked_at_once_whether_or_not_reads_are_limited(reader_client, settings, django_assert_num_queries):
    reader_client.get(TREATMENTS_URL)  # Which finds out the version of the data, once.
    with CaptureQueriesContext(connection) as counted:
        reader_client.get(TREATMENTS_URL)
    settings.READS_PER_MINUTE = settings.TOKEN_READS_PER_MINUTE = 0
    with django_assert_num_queries(len(counted)):
        reader_client.get(TREATMENTS_URL)


def test_what_is_too_much_stays_so_though_the_data_change_meanwhile(universe, api, monkeypatch):
    words = throttling.ReadThrottle.build_message

    def slow(self, *args):
        with versioned_transaction():
            Treatment.objects.filter(slug="drug").update(summary="late")
        return words(self, *args)

    monkeypatch.setattr(throttling.ReadThrottle, "build_message", slow)
    assert [api.get(TREATMENTS_URL).status_code for _ in range(4)] == [200, 200, 200, 429]
