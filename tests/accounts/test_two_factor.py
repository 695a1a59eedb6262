"""Two-factor sign-in: required for roles that publish or administer; TOTP codes, recovery codes and throttling."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.accounts.two_factor import generate_recovery_codes
from kb.permissions import ADMINISTER, PUBLISH, VIEW, WRITE, require_permission
from tests.helpers.accounts import (
    INDEX_URL,
    LOGIN_URL,
    TWO_FACTOR_URL,
    get_account_events,
    get_text,
    get_totp_code,
    make_account,
    make_totp_device,
)
from tests.helpers.accounts import two_factor as two_factor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
@pytest.mark.parametrize(
    "url", [INDEX_URL, "/admin/kb/source/", "/admin/auth/user/", "/admin/autocomplete/", "/admin/kb/"]
)
def test_users_who_may_publish_or_administer_are_redirected_to_set_it_up(client, two_factor, role, url):
    client.force_login(make_account(role))
    assert client.get(url).url == f"{TWO_FACTOR_URL}?next={url}"
    assert client.post(url).url == f"{TWO_FACTOR_URL}?next=/admin/"
    assert "Set up two-factor sign-in" in get_text(client.get(TWO_FACTOR_URL))


def test_a_superuser_is_redirected_too(client, two_factor):
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(INDEX_URL).url.startswith(TWO_FACTOR_URL)


def test_it_is_not_required_when_disabled_or_for_an_editor(client, settings):
    settings.TWO_FACTOR = False
    client.force_login(make_account("reviewer"))
    assert client.get(INDEX_URL).status_code == 200
    settings.TWO_FACTOR = True
    client.force_login(make_account("editor"))
    assert client.get(INDEX_URL).status_code == 200


def test_signing_out_and_changing_the_password_need_no_second_factor(client, two_factor):
    client.force_login(make_account("reviewer"))
    assert client.get(reverse("admin:password_change")).status_code == 200
    assert client.get(reverse("admin:password_change_done")).status_code == 200
    assert client.post(reverse("admin:logout")).status_code == 200
    assert client.get(INDEX_URL).url.startswith(LOGIN_URL)


def test_a_recovery_code_works_once(client, two_factor):
    reviewer = make_account("reviewer")
    make_totp_device(reviewer)
    code = generate_recovery_codes(reviewer)[0]
    for expected in (302, 200):
        client.logout()
        client.force_login(reviewer)
        assert client.post(TWO_FACTOR_URL, {"code": code.upper()}).status_code == expected
    assert get_account_events("reviewer")[-1] == "refused"
    assert "you have 9 left" in get_text(client.get(TWO_FACTOR_URL))


def test_codes_of_another_user_are_refused(client, two_factor):
    user, other_user = make_account("reviewer"), make_account("administrator")
    make_totp_device(user)
    generate_recovery_codes(user)
    client.force_login(user)
    for code in (get_totp_code(make_totp_device(other_user)), generate_recovery_codes(other_user)[0]):
        assert client.post(TWO_FACTOR_URL, {"code": code}).status_code == 200
    assert client.get(INDEX_URL).status_code == 302


def test_wrong_codes_are_throttled_and_the_page_says_how_long_to_wait(client, two_factor):
    reviewer = make_account("reviewer")
    device = make_totp_device(reviewer)
    TOTPDevice.objects.update(throttling_failure_count=8, throttling_failure_timestamp=timezone.now())
    client.force_login(reviewer)
    response = client.post(TWO_FACTOR_URL, {"code": get_totp_code(device)})
    assert "Too many wrong codes. Wait 3 minutes" in get_text(response)
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    assert client.post(TWO_FACTOR_URL, {"code": get_totp_code(device)}).status_code == 302


@pytest.mark.parametrize(
    ("next_url", "redirect_url"),
    [
        ("/admin/kb/source/?q=bone", "/admin/kb/source/?q=bone"),
        ("https://evil.example/", INDEX_URL),
        ("//evil.example/", INDEX_URL),
        ("javascript:alert(1)", INDEX_URL),
        ("", INDEX_URL),
    ],
)
def test_a_code_redirects_to_the_requested_page_but_never_to_another_site(client, two_factor, next_url, redirect_url):
    reviewer = make_account("reviewer")
    device = make_totp_device(reviewer)
    client.force_login(reviewer)
    url = reverse("admin:two_factor", query={"next": next_url})
    assert client.post(url, {"code": get_totp_code(device)}).url == redirect_url


def test_publishing_requires_the_second_factor_below_the_form_too(settings):
    reviewer = make_account("reviewer")
    settings.TWO_FACTOR = False
    require_permission(reviewer, PUBLISH)
    settings.TWO_FACTOR = True
    require_permission(reviewer, VIEW)
    require_permission(reviewer, WRITE)
    with pytest.raises(PermissionDenied, match="takes a second factor"):
        require_permission(reviewer, PUBLISH)
    with pytest.raises(PermissionDenied, match="takes the role of administrator"):
        require_permission(reviewer, ADMINISTER)
    reviewer.is_verified = lambda: True
    require_permission(reviewer, PUBLISH)
