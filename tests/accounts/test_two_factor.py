"""Who publishes or administers shows a second factor, and a code of their own lets them go on."""

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
def test_whoever_may_publish_or_administer_is_led_to_set_one_up(client, two_factor, role, url):
    client.force_login(make_account(role))
    assert client.get(url).url == f"{TWO_FACTOR_URL}?next={url}"
    assert client.post(url).url == f"{TWO_FACTOR_URL}?next=/admin/"
    assert "Set up two-factor sign-in" in get_text(client.get(TWO_FACTOR_URL))


def test_a_superuser_is_led_there_too(client, two_factor):
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(INDEX_URL).url.startswith(TWO_FACTOR_URL)


def test_where_the_setting_is_off_or_the_role_is_small_nobody_has_to(client, settings):
    settings.TWO_FACTOR = False
    client.force_login(make_account("reviewer"))
    assert client.get(INDEX_URL).status_code == 200
    settings.TWO_FACTOR = True
    client.force_login(make_account("editor"))
    assert client.get(INDEX_URL).status_code == 200


def test_signing_out_and_changing_the_password_stay_open(client, two_factor):
    client.force_login(make_account("reviewer"))
    assert client.get(reverse("admin:password_change")).status_code == 200
    assert client.get(reverse("admin:password_change_done")).status_code == 200
    assert client.post(reverse("admin:logout")).status_code == 200
    assert client.get(INDEX_URL).url.startswith(LOGIN_URL)


def test_a_recovery_code_lets_in_once(client, two_factor):
    reviewer = make_account("reviewer")
    make_totp_device(reviewer)
    code = generate_recovery_codes(reviewer)[0]
    for expected in (302, 200):
        client.logout()
        client.force_login(reviewer)
        assert client.post(TWO_FACTOR_URL, {"code": code.upper()}).status_code == expected
    assert get_account_events("reviewer")[-1] == "refused"
    assert "you have 9 left" in get_text(client.get(TWO_FACTOR_URL))


def test_codes_of_somebody_else_do_not_count(client, two_factor):
    mine, other = make_account("reviewer"), make_account("administrator")
    make_totp_device(mine)
    generate_recovery_codes(mine)
    client.force_login(mine)
    for code in (get_totp_code(make_totp_device(other)), generate_recovery_codes(other)[0]):
        assert client.post(TWO_FACTOR_URL, {"code": code}).status_code == 200
    assert client.get(INDEX_URL).status_code == 302


def test_wrong_codes_make_wait_and_the_time_is_told(client, two_factor):
    reviewer = make_account("reviewer")
    app = make_totp_device(reviewer)
    TOTPDevice.objects.update(throttling_failure_count=8, throttling_failure_timestamp=timezone.now())
    client.force_login(reviewer)
    answer = client.post(TWO_FACTOR_URL, {"code": get_totp_code(app)})
    assert "Too many wrong codes. Wait 3 minutes" in get_text(answer)
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    assert client.post(TWO_FACTOR_URL, {"code": get_totp_code(app)}).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/admin/kb/source/?q=bone", "/admin/kb/source/?q=bone"),
        ("https://evil.example/", INDEX_URL),
        ("//evil.example/", INDEX_URL),
        ("javascript:alert(1)", INDEX_URL),
        ("", INDEX_URL),
    ],
)
def test_a_code_leads_on_to_where_one_was_going_but_never_to_another_site(client, two_factor, wanted, reached):
    reviewer = make_account("reviewer")
    app = make_totp_device(reviewer)
    client.force_login(reviewer)
    url = reverse("admin:two_factor", query={"next": wanted})
    assert client.post(url, {"code": get_totp_code(app)}).url == reached


def test_publishing_takes_the_second_factor_below_the_form_too(settings):
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
