"""Rate limits of requests that end in an error, and of guessing tokens."""

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
from tests.helpers.accounts import make_user
from tests.helpers.rate_limits import TREATMENTS_URL
from tests.helpers.rate_limits import low_rate_limits as low_rate_limits
from treatments.models import Treatment

INVALID_TOKEN_HEADERS = {"authorization": "Bearer kb_wrong"}


@pytest.fixture
def reader_client(universe):
    """A client with a token of the scope "read"."""
    return make_token_client(TokenScope.READ)


def make_token_client(*scopes):
    client = APIClient()
    secret = ApiToken(user=make_user(f"holder of {scopes}"), name="app", scopes=[*map(str, scopes)]).issue()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def parse_rate_limit(response):
    """Return the policy of a response and the number of requests left."""
    policy, number = re.fullmatch(r'"([a-z]+)";r=(\d+);t=\d+', response["RateLimit"]).groups()
    return policy, int(number)


ERROR_REQUESTS = {
    "an unknown format": (400, lambda client: client.get(f"{TREATMENTS_URL}?format=xyz")),
    "no acceptable media type": (406, lambda client: client.get(TREATMENTS_URL, headers={"accept": "image/png"})),
    "an unknown URL": (404, lambda client: client.get("/api/v1/nothing/at/all/")),
    "an address that is too long": (414, lambda client: client.get(f"{TREATMENTS_URL}?slug={'a' * 60_000}")),
    "the JSON-LD context": (200, lambda client: client.get("/api/v1/context.jsonld")),
    "a post without a token for it": (
        (401, 403),
        lambda client: client.post("/api/v1/suggestions/", {}, format="json"),
    ),
    "a removed resource": (410, lambda client: client.get("/api/v1/old-things/")),
}


@pytest.fixture(params=ERROR_REQUESTS)
def error_request(request, universe, monkeypatch):
    """A request that is rejected before a view of the API runs, with the statuses expected."""
    deprecation_entry = Deprecation("old-things", date(2026, 1, 1), date(2026, 7, 1), "Use “x”.")
    monkeypatch.setattr(deprecation, "DEPRECATIONS", (deprecation_entry,))
    monkeypatch.setattr("kb.api.deprecation.timezone.now", lambda: datetime(2026, 8, 1, tzinfo=UTC))
    status, send = ERROR_REQUESTS[request.param]
    return status if isinstance(status, tuple) else (status,), send


def test_a_request_refused_before_its_view_counts_once(api, error_request):
    statuses, send = error_request
    response = send(api)
    assert response.status_code in statuses
    assert parse_rate_limit(response) == ("anonymous", 2)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 1)


def test_over_the_limit_an_error_is_refused_like_any_other_request(api, error_request):
    for _ in range(3):
        api.get(TREATMENTS_URL)
    response = error_request[1](api)
    assert (response.status_code, response["Content-Type"]) == (429, "application/problem+json")
    assert response["X-KB-Version"]
    assert 0 < int(response["Retry-After"]) <= 60
    assert "ETag" not in response
    assert parse_rate_limit(response) == ("anonymous", 0)


def test_an_error_counts_for_the_token_of_the_request(reader_client, error_request):
    statuses, send = error_request
    response = send(reader_client)
    assert response.status_code in statuses
    assert parse_rate_limit(response) == ("token", 4)
    assert parse_rate_limit(APIClient().get(TREATMENTS_URL)) == ("anonymous", 2)


def test_unknown_pages_count_as_pages(api, universe):
    response = api.get("/explore/nothing/at/all/")
    assert (response.status_code, parse_rate_limit(response)) == (404, ("pages", 2))
    for _ in range(2):
        api.get("/explore/treatments/")
    response = api.get("/explore/nothing/at/all/")
    assert (response.status_code, response["Content-Type"]) == (429, "text/html; charset=utf-8")


def test_304_responses_and_swagger_ui_do_not_count(api, universe):
    etag = api.get(TREATMENTS_URL)["ETag"]
    for _ in range(4):
        assert api.get(TREATMENTS_URL, headers={"if-none-match": etag}).status_code == 304
        assert "RateLimit" not in api.get("/api/v1/docs/")
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 1)


@pytest.mark.parametrize("path", [TREATMENTS_URL, "/api/v1/nothing/at/all/", "/api/v1/suggestions/"])
def test_after_too_many_wrong_tokens_no_token_of_the_address_is_checked(reader_client, api, path):
    responses = [api.get(path, headers=INVALID_TOKEN_HEADERS) for _ in range(4)]
    assert 429 not in [response.status_code for response in responses[:3]]
    assert [parse_rate_limit(response) for response in responses] == [("guesses", number) for number in (2, 1, 0, 0)]
    assert responses[3].status_code == 429
    assert "wrong tokens" in responses[3].json()["detail"]
    assert 0 < int(responses[3]["Retry-After"]) <= 60
    assert reader_client.get(path).status_code == 429
    assert reader_client.get(path, REMOTE_ADDR="192.0.2.1").status_code != 429


def test_guesses_and_anonymous_reads_are_counted_separately(reader_client, api):
    for _ in range(4):
        api.get(TREATMENTS_URL, headers=INVALID_TOKEN_HEADERS)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 2)
    caches["counts"].clear()
    for _ in range(4):
        api.get(TREATMENTS_URL)
    assert parse_rate_limit(reader_client.get(TREATMENTS_URL)) == ("token", 4)


def test_without_a_limit_on_reads_guesses_are_not_limited(api, universe, settings):
    settings.READS_PER_MINUTE = 0
    for _ in range(4):
        response = api.get(TREATMENTS_URL, headers=INVALID_TOKEN_HEADERS)
        assert (response.status_code, "RateLimit" in response) == (401, False)


def test_a_token_is_looked_up_once_whether_or_not_reads_are_limited(reader_client, settings, django_assert_num_queries):
    reader_client.get(TREATMENTS_URL)  # The data version is computed once and cached.
    with CaptureQueriesContext(connection) as queries:
        reader_client.get(TREATMENTS_URL)
    settings.READS_PER_MINUTE = settings.TOKEN_READS_PER_MINUTE = 0
    with django_assert_num_queries(len(queries)):
        reader_client.get(TREATMENTS_URL)


def test_a_429_response_is_not_rendered_again_when_the_data_change(universe, api, monkeypatch):
    build_message = throttling.ReadThrottle.build_message

    def slow(self, *args):
        with versioned_transaction():
            Treatment.objects.filter(slug="drug").update(summary="late")
        return build_message(self, *args)

    monkeypatch.setattr(throttling.ReadThrottle, "build_message", slow)
    assert [api.get(TREATMENTS_URL).status_code for _ in range(4)] == [200, 200, 200, 429]
