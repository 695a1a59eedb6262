"""Setting up, replacing and removing a second factor in the admin, and the command `reset_two_factor`."""

from base64 import b32decode
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.accounts.two_factor import generate_recovery_codes
from kb.models import AuthenticatorApp
from tests.helpers.accounts import (
    INDEX_URL,
    TWO_FACTOR_URL,
    get_account_events,
    get_text,
    get_totp_code,
    make_account,
    make_totp_device,
    sign_in,
)
from tests.helpers.accounts import two_factor as two_factor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen_clock(monkeypatch):
    """Stop the clocks of django-otp and of our checks: the device keeps showing the code already used."""
    now = 1_800_000_000.0
    monkeypatch.setattr("django_otp.oath.time", lambda: now)
    monkeypatch.setattr("django_otp.plugins.otp_totp.models.time", SimpleNamespace(time=lambda: now))
    monkeypatch.setattr("kb.accounts.two_factor.time", lambda: now)


def enrol_device(client):
    """Set up a device as its owner would; return it with the response."""
    secret = client.get(TWO_FACTOR_URL).context["secret"]
    device = TOTPDevice(key=b32decode(secret.replace(" ", "")).hex())
    return device, client.post(TWO_FACTOR_URL, {"code": get_totp_code(device)})


def test_a_device_is_set_up_with_a_code_and_recovery_codes_are_shown_once(client, two_factor):
    client.force_login(make_account("reviewer"))
    page = get_text(client.get(TWO_FACTOR_URL))
    assert "<svg" in page
    assert "data:" not in page
    assert "style=" not in page
    _, response = enrol_device(client)
    assert len(set(response.context["codes"])) == 10
    assert all(code in get_text(response) for code in response.context["codes"])
    assert "no-store" in response["Cache-Control"]
    assert client.get(INDEX_URL).status_code == 200
    assert response.context["codes"][0] not in get_text(client.get(TWO_FACTOR_URL))
    assert get_account_events("reviewer")[-1] == "enrolled"


def test_a_wrong_code_sets_nothing_up_and_leaves_the_secret_unchanged(client, two_factor):
    client.force_login(make_account("reviewer"))
    secret = client.get(TWO_FACTOR_URL).context["secret"]
    for code in ("", "abc", "000", "１２３４５６"):
        response = client.post(TWO_FACTOR_URL, {"code": code})
        assert response.context["form"].errors
        assert response.context["secret"] == secret
    assert not TOTPDevice.objects.exists()
    assert client.get(INDEX_URL).status_code == 302


def test_the_next_sign_in_asks_for_a_code_and_refuses_a_used_one(client, two_factor):
    reviewer = make_account("reviewer")
    client.force_login(reviewer)
    device, _ = enrol_device(client)
    client.logout()
    sign_in(client, "reviewer")
    assert "type the six digits" in get_text(client.get(TWO_FACTOR_URL))
    assert "has been used already" in get_text(client.post(TWO_FACTOR_URL, {"code": get_totp_code(device)}))
    TOTPDevice.objects.update(throttling_failure_count=0)
    code = get_totp_code(device, steps=1)
    assert client.post(TWO_FACTOR_URL, {"code": f"{code[:3]} {code[3:]}"}).url == INDEX_URL
    assert client.get(INDEX_URL).status_code == 200
    assert get_account_events("reviewer")[-3:] == ["signed-in", "refused", "verified"]


def test_an_editor_may_set_one_up_and_must_use_it_from_then_on(client, settings):
    settings.TWO_FACTOR = False
    editor = make_account("editor")
    client.force_login(editor)
    assert TWO_FACTOR_URL in get_text(client.get(INDEX_URL))
    device, _ = enrol_device(client)
    client.logout()
    client.force_login(editor)
    assert client.get(INDEX_URL).url.startswith(TWO_FACTOR_URL)
    assert client.post(TWO_FACTOR_URL, {"code": get_totp_code(device, steps=1)}).url == INDEX_URL


def test_changing_the_second_factor_requires_a_fresh_code(client, two_factor):
    reviewer = make_account("reviewer")
    client.force_login(reviewer)
    device, response = enrol_device(client)
    old_codes = response.context["codes"]
    for wish in ("codes", "app", "remove"):
        assert client.post(TWO_FACTOR_URL, {"wish": wish, "code": "zzzz-zzzz"}).context["form"].errors
        StaticDevice.objects.update(throttling_failure_count=0)
    assert client.post(TWO_FACTOR_URL, {"wish": "remove", "code": old_codes[0]}).status_code == 200
    assert TOTPDevice.objects.filter(user=reviewer).exists()  # The role needs it.
    new_codes = client.post(TWO_FACTOR_URL, {"wish": "codes", "code": old_codes[1]}).context["codes"]
    assert not set(new_codes) & set(old_codes)
    assert client.post(TWO_FACTOR_URL, {"wish": "app", "code": new_codes[0]}).context["replaces"]
    new_device, _ = enrol_device(client)
    assert AuthenticatorApp.objects.get().bin_key == new_device.bin_key != device.bin_key
    assert client.get(INDEX_URL).status_code == 200


def test_a_user_who_does_not_need_one_may_remove_it(client, two_factor):
    client.force_login(make_account("editor"))
    device, _ = enrol_device(client)
    client.post(TWO_FACTOR_URL, {"wish": "remove", "code": get_totp_code(device, steps=1)})
    assert not TOTPDevice.objects.exists()
    assert get_account_events("editor")[-1] == "removed"


def test_a_command_removes_a_second_factor(client):
    editor = make_account("editor")
    make_totp_device(editor)
    generate_recovery_codes(editor)
    output = StringIO()
    call_command("reset_two_factor", "editor", stdout=output)
    assert "is removed" in output.getvalue()
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    with pytest.raises(CommandError, match="Nobody has the user name “edtor”"):
        call_command("reset_two_factor", "edtor")
