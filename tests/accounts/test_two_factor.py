"""Who publishes or administers shows a second factor, and a code of their own lets them go on."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.accounts.two_factor import new_recovery_codes
from kb.permissions import ADMINISTER, PUBLISH, VIEW, WRITE, require
from tests.helpers.accounts import INDEX, LOGIN, TWO_FACTOR, app_for, code_of, happened, person, text
from tests.helpers.accounts import two_factor as two_factor

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["reviewer", "administrator"])
@pytest.mark.parametrize("url", [INDEX, "/admin/kb/source/", "/admin/auth/user/", "/admin/autocomplete/", "/admin/kb/"])
def test_whoever_may_publish_or_administer_is_led_to_set_one_up(client, two_factor, role, url):
    client.force_login(person(role))
    assert client.get(url).url == f"{TWO_FACTOR}?next={url}"
    assert client.post(url).url == f"{TWO_FACTOR}?next=/admin/"
    assert "Set up two-factor sign-in" in text(client.get(TWO_FACTOR))


def test_a_superuser_is_led_there_too(client, two_factor):
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(INDEX).url.startswith(TWO_FACTOR)


def test_where_the_setting_is_off_or_the_role_is_small_nobody_has_to(client, settings):
    settings.TWO_FACTOR = False
    client.force_login(person("reviewer"))
    assert client.get(INDEX).status_code == 200
    settings.TWO_FACTOR = True
    client.force_login(person("editor"))
    assert client.get(INDEX).status_code == 200


def test_signing_out_and_changing_the_password_stay_open(client, two_factor):
    client.force_login(person("reviewer"))
    assert client.get(reverse("admin:password_change")).status_code == 200
    assert client.get(reverse("admin:password_change_done")).status_code == 200
    assert client.post(reverse("admin:logout")).status_code == 200
    assert client.get(INDEX).url.startswith(LOGIN)


def test_a_recovery_code_lets_in_once(client, two_factor):
    reviewer = person("reviewer")
    app_for(reviewer)
    code = new_recovery_codes(reviewer)[0]
    for expected in (302, 200):
        client.logout()
        client.force_login(reviewer)
        assert client.post(TWO_FACTOR, {"code": code.upper()}).status_code == expected
    assert happened("reviewer")[-1] == "refused"
    assert "you have 9 left" in text(client.get(TWO_FACTOR))


def test_codes_of_somebody_else_do_not_count(client, two_factor):
    mine, other = person("reviewer"), person("administrator")
    app_for(mine)
    new_recovery_codes(mine)
    client.force_login(mine)
    for code in (code_of(app_for(other)), new_recovery_codes(other)[0]):
        assert client.post(TWO_FACTOR, {"code": code}).status_code == 200
    assert client.get(INDEX).status_code == 302


def test_wrong_codes_make_wait_and_the_time_is_told(client, two_factor):
    reviewer = person("reviewer")
    app = app_for(reviewer)
    TOTPDevice.objects.update(throttling_failure_count=8, throttling_failure_timestamp=timezone.now())
    client.force_login(reviewer)
    answer = client.post(TWO_FACTOR, {"code": code_of(app)})
    assert "Too many wrong codes. Wait 3 minutes" in text(answer)
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
    assert client.post(TWO_FACTOR, {"code": code_of(app)}).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/admin/kb/source/?q=bone", "/admin/kb/source/?q=bone"),
        ("https://evil.example/", INDEX),
        ("//evil.example/", INDEX),
        ("javascript:alert(1)", INDEX),
        ("", INDEX),
    ],
)
def test_a_code_leads_on_to_where_one_was_going_but_never_to_another_site(client, two_factor, wanted, reached):
    reviewer = person("reviewer")
    app = app_for(reviewer)
    client.force_login(reviewer)
    url = reverse("admin:two_factor", query={"next": wanted})
    assert client.post(url, {"code": code_of(app)}).url == reached


def test_publishing_takes_the_second_factor_below_the_form_too(settings):
    reviewer = person("reviewer")
    settings.TWO_FACTOR = False
    require(reviewer, PUBLISH)
    settings.TWO_FACTOR = True
    require(reviewer, VIEW)
    require(reviewer, WRITE)
    with pytest.raises(PermissionDenied, match="takes a second factor"):
        require(reviewer, PUBLISH)
    with pytest.raises(PermissionDenied, match="takes the role of administrator"):
        require(reviewer, ADMINISTER)
    reviewer.is_verified = lambda: True
    require(reviewer, PUBLISH)
