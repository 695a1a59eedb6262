"""Signing in: who gets in, who waits, who shows a second factor, who looks after people, and what is written down."""

from base64 import b32decode
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.audit import address_of
from kb.models import AccountEvent
from kb.roles import ADMINISTER, PUBLISH, VIEW, WRITE, require
from kb.second_factor import new_recovery_codes

pytestmark = pytest.mark.django_db
PASSWORD = "seven quiet herons"
INDEX, LOGIN, TWO_FACTOR = "/admin/", "/admin/login/", "/admin/two-factor/"


def person(role=None, username=None, **fields):
    made = User.objects.create_user(username or role or "nobody", password=PASSWORD, **fields)
    if role:
        made.groups.add(Group.objects.get(name=role))
    return made


def sign_in(client, username, password=PASSWORD, **more):
    return client.post(LOGIN, {"username": username, "password": password}, **more)


def happened(username):
    return list(AccountEvent.objects.filter(username=username).order_by("pk").values_list("what", flat=True))


def app_for(user):
    return TOTPDevice.objects.create(user=user, name="app", confirmed=True)


def code_of(app, later=0):
    """The code that an app shows, now or some steps later."""
    return f"{totp(app.bin_key, drift=later):06d}"


def text(response):
    return response.content.decode()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Passwords that are not hashed for long: here are many."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def two_factor(settings):
    settings.TWO_FACTOR = True


# Who gets in


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer", "administrator"])
def test_every_role_gets_in_without_a_staff_status(client, role):
    assert not person(role).is_staff
    assert sign_in(client, role).url == INDEX
    assert client.get(INDEX).status_code == 200


def test_an_account_without_a_role_is_told_whom_to_ask(client):
    person(is_staff=True)
    assert "Ask an administrator to give it one." in text(sign_in(client, "nobody"))
    assert client.get(INDEX).url.startswith(LOGIN)


def test_whoever_is_deactivated_is_out_at_once(client):
    editor = person("editor")
    client.force_login(editor)
    User.objects.filter(pk=editor.pk).update(is_active=False)
    assert client.get(INDEX).url.startswith(LOGIN)
    assert "do not belong together" in text(sign_in(client, "editor"))


@pytest.mark.parametrize("weak", ["elevenchars", "123456789012", "qwerty123456"])
def test_a_weak_password_is_refused(client, weak):
    client.force_login(person("editor"))
    sent = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
    assert client.post(reverse("admin:password_change"), sent).context["form"].errors


# Lockouts


def test_repeated_failures_lock_out_with_the_time_to_wait(client, settings):
    person("editor")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = sign_in(client, "editor", "wrong")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= settings.LOCKOUT_MINUTES * 60
    assert f"Try again in <strong>{settings.LOCKOUT_MINUTES} minutes</strong>" in text(answer)
    assert "kb/admin.css" in text(answer)
    assert sign_in(client, "editor").status_code == 429
    assert happened("editor")[-2:] == ["locked", "locked"]


def test_a_lockout_ends_by_itself_and_trying_does_not_make_it_longer(client, settings):
    person("editor")
    settings.AXES_FAILURE_LIMIT = 1
    first = sign_in(client, "editor", "wrong")
    assert int(sign_in(client, "editor", "wrong")["Retry-After"]) <= int(first["Retry-After"])
    settings.AXES_COOLOFF_TIME = timedelta(microseconds=1)
    assert sign_in(client, "editor").status_code == 302


def test_a_lockout_keeps_out_one_name_from_one_place_alone(client, settings):
    person("editor")
    person("viewer")
    settings.AXES_FAILURE_LIMIT = 1
    sign_in(client, "editor", "wrong")
    assert sign_in(client, "viewer").status_code == 302
    client.logout()
    assert sign_in(client, "editor", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_a_name_that_nobody_has_is_treated_like_any_other(client, settings):
    settings.AXES_FAILURE_LIMIT = 2
    assert "do not belong together" in text(sign_in(client, "ghost"))
    assert sign_in(client, "ghost").status_code == 429


def test_signing_in_forgets_the_failures_before(client, settings):
    person("editor")
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(2):
        assert sign_in(client, "editor", "wrong").status_code == 200
        assert sign_in(client, "editor").status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
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
def test_an_address_is_taken_from_our_own_proxies_alone(rf, settings, proxies, forwarded, address):
    settings.PROXIES = proxies
    assert address_of(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded)) == address


def test_a_forged_header_does_not_get_round_a_lockout(client, settings):
    person("editor")
    settings.AXES_FAILURE_LIMIT, settings.PROXIES = 1, 1
    sign_in(client, "editor", "wrong", HTTP_X_FORWARDED_FOR="203.0.113.5")
    assert sign_in(client, "editor", HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.5").status_code == 429


# The second factor


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


def enrol(client):
    """Set up an app as its owner would; the app, and the page that answers."""
    secret = client.get(TWO_FACTOR).context["secret"]
    app = TOTPDevice(key=b32decode(secret.replace(" ", "")).hex())
    return app, client.post(TWO_FACTOR, {"code": code_of(app)})


def test_an_app_is_set_up_with_a_code_and_recovery_codes_are_shown_once(client, two_factor):
    client.force_login(person("reviewer"))
    page = text(client.get(TWO_FACTOR))
    assert "<svg" in page
    assert "data:" not in page
    assert "style=" not in page
    _, answer = enrol(client)
    assert len(set(answer.context["codes"])) == 10
    assert all(code in text(answer) for code in answer.context["codes"])
    assert "no-store" in answer["Cache-Control"]
    assert client.get(INDEX).status_code == 200
    assert answer.context["codes"][0] not in text(client.get(TWO_FACTOR))
    assert happened("reviewer")[-1] == "enrolled"


def test_a_wrong_code_sets_nothing_up_and_keeps_the_secret(client, two_factor):
    client.force_login(person("reviewer"))
    secret = client.get(TWO_FACTOR).context["secret"]
    for wrong in ("", "abc", "000", "１２３４５６"):
        answer = client.post(TWO_FACTOR, {"code": wrong})
        assert answer.context["form"].errors
        assert answer.context["secret"] == secret
    assert not TOTPDevice.objects.exists()
    assert client.get(INDEX).status_code == 302


def test_the_next_sign_in_asks_for_a_code_and_refuses_a_used_one(client, two_factor):
    reviewer = person("reviewer")
    client.force_login(reviewer)
    app, _ = enrol(client)
    client.logout()
    sign_in(client, "reviewer")
    assert "type the six digits" in text(client.get(TWO_FACTOR))
    assert "has been used already" in text(client.post(TWO_FACTOR, {"code": code_of(app)}))
    TOTPDevice.objects.update(throttling_failure_count=0)
    code = code_of(app, later=1)
    assert client.post(TWO_FACTOR, {"code": f"{code[:3]} {code[3:]}"}).url == INDEX
    assert client.get(INDEX).status_code == 200
    assert happened("reviewer")[-3:] == ["signed-in", "refused", "verified"]


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


def test_an_editor_may_set_one_up_and_is_asked_from_then_on(client, settings):
    settings.TWO_FACTOR = False
    editor = person("editor")
    client.force_login(editor)
    assert TWO_FACTOR in text(client.get(INDEX))
    app, _ = enrol(client)
    client.logout()
    client.force_login(editor)
    assert client.get(INDEX).url.startswith(TWO_FACTOR)
    assert client.post(TWO_FACTOR, {"code": code_of(app, later=1)}).url == INDEX


def test_what_protects_an_account_is_changed_with_a_fresh_code_alone(client, two_factor):
    reviewer = person("reviewer")
    client.force_login(reviewer)
    app, answer = enrol(client)
    before = answer.context["codes"]
    for wish in ("codes", "app", "remove"):
        assert client.post(TWO_FACTOR, {"wish": wish, "code": "zzzz-zzzz"}).context["form"].errors
        StaticDevice.objects.update(throttling_failure_count=0)
    assert client.post(TWO_FACTOR, {"wish": "remove", "code": before[0]}).status_code == 200
    assert TOTPDevice.objects.filter(user=reviewer).exists()  # The role needs it.
    after = client.post(TWO_FACTOR, {"wish": "codes", "code": before[1]}).context["codes"]
    assert not set(after) & set(before)
    assert client.post(TWO_FACTOR, {"wish": "app", "code": after[0]}).context["replaces"]
    another, _ = enrol(client)
    assert TOTPDevice.objects.get().bin_key == another.bin_key != app.bin_key
    assert client.get(INDEX).status_code == 200


def test_who_need_not_have_one_may_do_without_again(client, two_factor):
    client.force_login(person("editor"))
    app, _ = enrol(client)
    client.post(TWO_FACTOR, {"wish": "remove", "code": code_of(app, later=1)})
    assert not TOTPDevice.objects.exists()
    assert happened("editor")[-1] == "removed"


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


def test_a_command_removes_a_second_factor(client):
    editor = person("editor")
    app_for(editor)
    new_recovery_codes(editor)
    said = StringIO()
    call_command("reset_two_factor", "editor", stdout=said)
    assert "is removed" in said.getvalue()
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    with pytest.raises(CommandError, match="Nobody has the user name “edtor”"):
        call_command("reset_two_factor", "edtor")


# Sessions


def test_a_session_ends_with_the_browser_and_after_its_hours(client, settings):
    person("editor")
    answer = sign_in(client, "editor")
    cookie = answer.cookies["sessionid"]
    assert not cookie["max-age"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    left = Session.objects.get().expire_date - timezone.now()
    assert timedelta(hours=settings.SESSION_HOURS) - left < timedelta(minutes=1)
    Session.objects.update(expire_date=timezone.now())
    sent_to = client.get("/admin/kb/source/?q=bone")
    assert "next=/admin/kb/source/%3Fq%3Dbone" in sent_to.url
    assert "Your session has ended" in text(client.get(sent_to.url))
    assert sign_in(client, "editor").status_code == 302


def test_who_was_never_signed_in_or_signed_out_hears_of_no_end(client):
    client.force_login(person("editor"))
    client.post(reverse("admin:logout"))
    assert client.get(INDEX).url == f"{LOGIN}?next={INDEX}"


def test_public_answers_carry_no_cookie(client, universe):
    client.force_login(person("editor"))
    for path in ("/", "/api/v1/sources/", "/explore/"):
        assert "sessionid" not in client.get(path).cookies
