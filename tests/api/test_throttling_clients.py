"""Each address and each token counts by itself, and a token for more reads allows more."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from kb.choices import TokenScope
from kb.models import ApiToken
from tests.conftest import person
from tests.helpers.rate_limits import URL, left
from tests.helpers.rate_limits import limited as limited
from tests.helpers.suggestions import give, holder


@pytest.fixture
def reader(universe):
    """A client whose token is for more reads."""
    return holder(give(person("reader"), scopes=[TokenScope.READ]))


def test_each_address_counts_by_itself_and_nobody_gets_more_by_claiming_another(api, universe, settings):
    assert left(api.get(URL, REMOTE_ADDR="192.0.2.1"))[2] == 2
    assert left(api.get(URL, REMOTE_ADDR="192.0.2.2"))[2] == 2
    assert left(api.get(URL, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.9"))[2] == 1
    settings.PROXIES = 1
    assert left(api.get(URL, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7, 192.0.2.1"))[2] == 0


def test_an_address_of_ipv6_stands_for_its_network(api, universe):
    assert left(api.get(URL, REMOTE_ADDR="2001:db8:1:2::1"))[2] == 2
    assert left(api.get(URL, REMOTE_ADDR="2001:db8:1:2:ffff::9"))[2] == 1
    assert left(api.get(URL, REMOTE_ADDR="2001:db8:1:3::1"))[2] == 2


def test_a_token_that_is_for_it_allows_more_wherever_it_is_sent_from(reader):
    assert left(reader.get(URL, REMOTE_ADDR="192.0.2.1")) == ("token", 5, 4)
    assert left(reader.get(URL, REMOTE_ADDR="192.0.2.2")) == ("token", 5, 3)
    assert left(APIClient().get(URL)) == ("anonymous", 3, 2)
    for _ in range(3):
        reader.get(URL)
    assert "This token allows 5 requests a minute." in reader.get(URL).json()["detail"]


def test_each_token_counts_by_itself(reader):
    other = holder(give(ApiToken.objects.get().user, name="other app", scopes=[TokenScope.READ]))
    assert left(reader.get(URL)) == left(other.get(URL)) == ("token", 5, 4)


def test_a_token_that_is_not_for_it_reads_like_nobody_and_is_told_so(universe):
    sender = holder(give(person("sender")))
    assert left(sender.get(URL)) == ("anonymous", 3, 2)
    assert left(APIClient().get(URL)) == ("anonymous", 3, 1)
    sender.get(URL)
    assert "The scope “read”, which this token does not hold, allows 5." in sender.get(URL).json()["detail"]


@pytest.mark.parametrize("header", ["Bearer kb_wrong", "Bearer", "Basic YTpi", "Token x", " "])
def test_a_wrong_token_is_never_taken_for_none(api, universe, header):
    answer = api.get(URL, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "oken" in answer.json()["detail"]


def test_a_token_that_has_expired_is_refused_on_a_read(reader):
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert "expired" in reader.get(URL).json()["detail"]


def test_no_limit_is_told_where_there_is_none(api, reader, settings):
    settings.READS_PER_MINUTE = settings.TOKEN_READS_PER_MINUTE = 0
    for client in (api, reader):
        for _ in range(7):
            answer = client.get(URL)
            assert answer.status_code == 200
        assert "RateLimit" not in answer
        assert "RateLimit-Policy" not in answer


def test_a_token_that_lifts_the_limit_is_told_as_such(api, universe, settings):
    settings.TOKEN_READS_PER_MINUTE = 0
    assert "scope “read” lifts this" in [api.get(URL) for _ in range(4)][-1].json()["detail"]
