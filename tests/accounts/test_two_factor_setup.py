"""A second factor is set up with an app, asked for from then on, and changed or removed with a fresh code alone."""

from base64 import b32decode
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.accounts.two_factor import generate_recovery_codes
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
    """Clocks that stand still: the app goes on showing the code that was used."""
    now = 1_800_000_000.0
    monkeypatch.setattr("django_otp.oath.time", lambda: now)
    monkeypatch.setattr("django_otp.plugins.otp_totp.models.time", SimpleNamespace(time=lambda: now))
    monkeypatch.setattr("kb.accounts.two_factor.time", lambda: now)


def enrol_device(client):
    """Set up an app as its owner would; the app, and the page that answers."""
    secret = client.get(TWO_FACTOR_URL).context["secret"]
    app = TOTPDevice(key=b32decode(secret.replace(" ", "")).hex())
    return app, client.post(TWO_FACTOR_URL, {"code": get_totp_code(app)})


def test_an_app_is_set_up_with_a_code_and_recovery_codes_are_shown_once(client, two_factor):
    client.force_login(make_account("reviewer"))
    page = get_text(client.get(TWO_FACTOR_URL))
    assert "<svg" in page
    assert "data:" not in page
    assert "style=" not in page
    _, answer = enrol_device(client)
    assert len(set(answer.context["codes"])) == 10
    assert all(code in get_text(answer) for code in answer.context["codes"])
    assert "no-store" in answer["Cache-Control"]
    assert client.get(INDEX_URL).status_code == 200
    assert answer.context["codes"][0] not in get_text(client.get(TWO_FACTOR_URL))
    assert get_account_events("reviewer")[-1] == "enrolled"


def test_a_wrong_code_sets_nothing_up_and_keeps_the_secret(client, two_factor):
    client.force_login(make_account("reviewer"))
    secret = client.get(TWO_FACTOR_URL).context["secret"]
    for wrong in ("", "abc", "000", "１２３４５６"):
        answer = client.post(TWO_FACTOR_URL, {"code": wrong})
        assert answer.context["form"].errors
        assert answer.context["secret"] == secret
    assert not TOTPDevice.objects.exists()
    assert client.get(INDEX_URL).status_code == 302


def test_the_next_sign_in_asks_for_a_code_and_refuses_a_used_one(client, two_factor):
    reviewer = make_account("reviewer")
    client.force_login(reviewer)
    app, _ = enrol_device(client)
    client.logout()
    sign_in(client, "reviewer")
    assert "type the six digits" in get_text(client.get(TWO_FACTOR_URL))
    assert "has been used already" in get_text(client.post(TWO_FACTOR_URL, {"code": get_totp_code(app)}))
    TOTPDevice.objects.update(throttling_failure_count=0)
    code = get_totp_code(app, later=1)
    assert client.post(TWO_FACTOR_URL, {"code": f"{code[:3]} {code[3:]}"}).url == INDEX_URL
    assert client.get(INDEX_URL).status_code == 200
    assert get_account_events("reviewer")[-3:] == ["signed-in", "refused", "verified"]


def test_an_editor_may_set_one_up_and_is_asked_from_then_on(client, settings):
    settings.TWO_FACTOR = False
    editor = make_account("editor")
    client.force_login(editor)
    assert TWO_FACTOR_URL in get_text(client.get(INDEX_URL))
    app, _ = enrol_device(client)
    client.logout()
    client.force_login(editor)
    assert client.get(INDEX_URL).url.startswith(TWO_FACTOR_URL)
    assert client.post(TWO_FACTOR_URL, {"code": get_totp_code(app, later=1)}).url == INDEX_URL


def test_what_protects_an_account_is_changed_with_a_fresh_code_alone(client, two_factor):
    reviewer = make_account("reviewer")
    client.force_login(reviewer)
    app, answer = enrol_device(client)
    before = answer.context["codes"]
    for wish in ("codes", "app", "remove"):
        assert client.post(TWO_FACTOR_URL, {"wish": wish, "code": "zzzz-zzzz"}).context["form"].errors
        StaticDevice.objects.update(throttling_failure_count=0)
    assert client.post(TWO_FACTOR_URL, {"wish": "remove", "code": before[0]}).status_code == 200
    assert TOTPDevice.objects.filter(user=reviewer).exists()  # The role needs it.
    after = client.post(TWO_FACTOR_URL, {"wish": "codes", "code": before[1]}).context["codes"]
    assert not set(after) & set(before)
    assert client.post(TWO_FACTOR_URL, {"wish": "app", "code": after[0]}).context["replaces"]
    another, _ = enrol_device(client)
    assert TOTPDevice.objects.get().bin_key == another.bin_key != app.bin_key
    assert client.get(INDEX_URL).status_code == 200


def test_who_need_not_have_one_may_do_without_again(client, two_factor):
    client.force_login(make_account("editor"))
    app, _ = enrol_device(client)
    client.post(TWO_FACTOR_URL, {"wish": "remove", "code": get_totp_code(app, later=1)})
    assert not TOTPDevice.objects.exists()
    assert get_account_events("editor")[-1] == "removed"


def test_a_command_removes_a_second_factor(client):
    editor = make_account("editor")
    make_totp_device(editor)
    generate_recovery_codes(editor)
    said = StringIO()
    call_command("reset_two_factor", "editor", stdout=said)
    assert "is removed" in said.getvalue()
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    with pytest.raises(CommandError, match="Nobody has the user name “edtor”"):
        call_command("reset_two_factor", "edtor")
