"""Lockouts after failed sign-ins: per user name and IP address, with a Retry-After time; client IP behind proxies."""

from datetime import timedelta

import pytest

from kb.utils.client_ip import client_ip
from tests.helpers.accounts import get_account_events, get_text, make_account, sign_in

pytestmark = pytest.mark.django_db


def test_repeated_failures_lock_out_and_the_response_says_how_long_to_wait(client, settings):
    make_account("editor")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        response = sign_in(client, "editor", "wrong")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= settings.LOCKOUT_MINUTES * 60
    assert f"Try again in <strong>{settings.LOCKOUT_MINUTES} minutes</strong>" in get_text(response)
    assert "kb/admin.css" in get_text(response)
    assert sign_in(client, "editor").status_code == 429
    assert get_account_events("editor")[-2:] == ["locked", "locked"]


def test_a_lockout_expires_and_further_attempts_do_not_prolong_it(client, settings):
    make_account("editor")
    settings.AXES_FAILURE_LIMIT = 1
    first = sign_in(client, "editor", "wrong")
    assert int(sign_in(client, "editor", "wrong")["Retry-After"]) <= int(first["Retry-After"])
    settings.AXES_COOLOFF_TIME = timedelta(microseconds=1)
    assert sign_in(client, "editor").status_code == 302


def test_a_lockout_applies_to_one_user_name_from_one_ip_address(client, settings):
    make_account("editor")
    make_account("viewer")
    settings.AXES_FAILURE_LIMIT = 1
    sign_in(client, "editor", "wrong")
    assert sign_in(client, "viewer").status_code == 302
    client.logout()
    assert sign_in(client, "editor", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_an_unknown_user_name_is_treated_like_any_other(client, settings):
    settings.AXES_FAILURE_LIMIT = 2
    assert "do not belong together" in get_text(sign_in(client, "ghost"))
    assert sign_in(client, "ghost").status_code == 429


def test_a_successful_sign_in_resets_the_failures(client, settings):
    make_account("editor")
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(2):
        assert sign_in(client, "editor", "wrong").status_code == 200
        assert sign_in(client, "editor").status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected_ip"),
    [
        (0, "203.0.113.5", "127.0.0.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "6.6.6.6, 203.0.113.5", "203.0.113.5"),
        (2, "6.6.6.6, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", "127.0.0.1"),
        (1, "nonsense", "127.0.0.1"),
        (1, "203.0.113.5:4711", "203.0.113.5"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "::ffff:203.0.113.5", "203.0.113.5"),
    ],
)
def test_the_client_ip_is_taken_from_trusted_proxies_only(rf, settings, proxies, forwarded, expected_ip):
    settings.PROXIES = proxies
    assert client_ip(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == expected_ip


def test_a_forged_forwarded_header_does_not_evade_a_lockout(client, settings):
    make_account("editor")
    settings.AXES_FAILURE_LIMIT, settings.PROXIES = 1, 1
    sign_in(client, "editor", "wrong", HTTP_X_FORWARDED_FOR="203.0.113.5")
    assert sign_in(client, "editor", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.5").status_code == 429
