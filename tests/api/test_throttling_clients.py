"""Each address and each token counts by itself, and a token for more reads allows more."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from kb.choices import TokenScope
from kb.models import ApiToken
from tests.conftest import make_user
from tests.helpers.rate_limits import TREATMENTS_URL, parse_rate_limit
from tests.helpers.rate_limits import low_rate_limits as low_rate_limits
from tests.helpers.suggestions import issue_token, make_token_client


@pytest.fixture
def reader_client(universe):
    """A client whose token is for more reads."""
    return make_token_client(issue_token(make_user("reader"), scopes=[TokenScope.READ]))


def test_each_address_counts_by_itself_and_nobody_gets_more_by_claiming_another(api, universe, settings):
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


def test_an_address_of_ipv6_stands_for_its_network(api, universe):
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="2001:db8:1:2::1"))[2] == 2
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="2001:db8:1:2:ffff::9"))[2] == 1
    assert parse_rate_limit(api.get(TREATMENTS_URL, REMOTE_ADDR="2001:db8:1:3::1"))[2] == 2


def test_a_token_that_is_for_it_allows_more_wherever_it_is_sent_from(reader_client):
    assert parse_rate_limit(reader_client.get(TREATMENTS_URL, REMOTE_ADDR="192.0.2.1")) == ("token", 5, 4)
    assert parse_rate_limit(reader_client.get(TREATMENTS_URL, REMOTE_ADDR="192.0.2.2")) == ("token", 5, 3)
    assert parse_rate_limit(APIClient().get(TREATMENTS_URL)) == ("anonymous", 3, 2)
    for _ in range(3):
        reader_client.get(TREATMENTS_URL)
    assert "This token allows 5 requests a minute." in reader_client.get(TREATMENTS_URL).json()["detail"]


def test_each_token_counts_by_itself(reader_client):
    other = make_token_client(issue_token(ApiToken.objects.get().user, name="other app", scopes=[TokenScope.READ]))
    assert (
        parse_rate_limit(reader_client.get(TREATMENTS_URL))
        == parse_rate_limit(other.get(TREATMENTS_URL))
        == ("token", 5, 4)
    )


def test_a_token_that_is_not_for_it_reads_like_nobody_and_is_told_so(universe):
    sender = make_token_client(issue_token(make_user("sender")))
    assert parse_rate_limit(sender.get(TREATMENTS_URL)) == ("anonymous", 3, 2)
    assert parse_rate_limit(APIClient().get(TREATMENTS_URL)) == ("anonymous", 3, 1)
    sender.get(TREATMENTS_URL)
    assert "The scope “read”, which this token does not hold, allows 5." in sender.get(TREATMENTS_URL).json()["detail"]


@pytest.mark.parametrize("header", ["Bearer kb_wrong", "Bearer", "Basic YTpi", "Token x", " "])
def test_a_wrong_token_is_never_taken_for_none(api, universe, header):
    answer = api.get(TREATMENTS_URL, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "oken" in answer.json()["detail"]


def test_a_token_that_has_expired_is_refused_on_a_read(reader_client):
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert "expired" in reader_client.get(TREATMENTS_URL).json()["detail"]


def test_no_limit_is_told_where_there_is_none(api, reader_client, settings):
    settings.READS_PER_MINUTE = settings.TOKEN_READS_PER_MINUTE = 0
    for client in (api, reader_client):
        for _ in range(7):
            answer = client.get(TREATMENTS_URL)
            assert answer.status_code == 200
        assert "RateLimit" not in answer
        assert "RateLimit-Policy" not in answer


def test_a_token_that_lifts_the_limit_is_told_as_such(api, universe, settings):
    settings.TOKEN_READS_PER_MINUTE = 0
    assert "scope “read” lifts this" in [api.get(TREATMENTS_URL) for _ in range(4)][-1].json()["detail"]
