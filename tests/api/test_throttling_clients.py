"""Rate limits by client: per IP address or network, per token, and by the scope of the token."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from kb.choices import TokenScope
from kb.models import ApiToken
from tests.helpers.accounts import make_user
from tests.helpers.rate_limits import TREATMENTS_URL, parse_rate_limit
from tests.helpers.rate_limits import low_rate_limits as low_rate_limits
from tests.helpers.suggestions import issue_token, make_token_client


@pytest.fixture
def reader_client(universe):
    """A client with a token of the scope "read"."""
    return make_token_client(issue_token(make_user("reader"), scopes=[TokenScope.READ]))


def test_each_address_counts_separately_and_cannot_be_forged(api, universe, settings):
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="192.0.2.1"))[2] == 2
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="192.0.2.2"))[2] == 2
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.9"))[2] == 1
    settings.PROXIES = 1
    assert (
        parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7, 192.0.2.1"))[
            2
        ]
        == 0
    )


def test_ipv6_addresses_count_by_network(api, universe):
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="2001:db8:1:2::1"))[2] == 2
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="2001:db8:1:2:ffff::9"))[2] == 1
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="2001:db8:1:3::1"))[2] == 2


def test_a_read_token_allows_more_from_any_address(reader_client):
    assert parse_rate_limit(reader_client.get(TREATMENTS_URL, REMOTE_ADDR="192.0.2.1")) == ("token", 5, 4)
    assert parse_rate_limit(reader_client.get(TREATMENTS_URL, REMOTE_ADDR="192.0.2.2")) == ("token", 5, 3)
    assert parse_rate_limit(APIClient().get(TREATMENTS_URL)) == ("anonymous", 3, 2)
    for _ in range(3):
        reader_client.get(TREATMENTS_URL)
    assert "This token allows 5 requests a minute." in reader_client.get(TREATMENTS_URL).json()["detail"]


def test_each_token_counts_separately(reader_client):
    other_client = make_token_client(
        issue_token(ApiToken.objects.get().user, name="other app", scopes=[TokenScope.READ])
    )
    assert (
        parse_rate_limit(reader_client.get(TREATMENTS_URL))
        == parse_rate_limit(other_client.get(TREATMENTS_URL))
        == ("token", 5, 4)
    )


def test_a_token_without_the_read_scope_counts_as_anonymous(universe):
    suggestion_client = make_token_client(issue_token(make_user("sender")))
    assert parse_rate_limit(suggestion_client.get(TREATMENTS_URL)) == ("anonymous", 3, 2)
    assert parse_rate_limit(APIClient().get(TREATMENTS_URL)) == ("anonymous", 3, 1)
    suggestion_client.get(TREATMENTS_URL)
    assert (
        "The scope “read”, which this token does not hold, allows 5."
        in suggestion_client.get(TREATMENTS_URL).json()["detail"]
    )


@pytest.mark.parametrize("header", ["Bearer kb_wrong", "Bearer", "Basic YTpi", "Token x", " "])
def test_a_wrong_token_is_refused_and_not_treated_as_anonymous(api, universe, header):
    response = api.get(TREATMENTS_URL, HTTP_AUTHORIZATION=header)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert "oken" in response.json()["detail"]


def test_a_token_that_has_expired_is_refused_on_a_read(reader_client):
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert "expired" in reader_client.get(TREATMENTS_URL).json()["detail"]


def test_without_a_limit_there_are_no_headers(api, reader_client, settings):
    settings.READS_PER_MINUTE = settings.TOKEN_READS_PER_MINUTE = 0
    for client in (api, reader_client):
        for _ in range(7):
            response = client.get(TREATMENTS_URL)
            assert response.status_code == 200
        assert "RateLimit" not in response
        assert "RateLimit-Policy" not in response


def test_the_refusal_says_that_a_token_lifts_the_limit(api, universe, settings):
    settings.TOKEN_READS_PER_MINUTE = 0
    assert "scope “read” lifts this" in [api.get(TREATMENTS_URL) for _ in range(4)][-1].json()["detail"]
