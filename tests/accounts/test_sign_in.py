"""Signing in to the admin: roles, deactivated accounts, password rules, session expiry and cookies."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from tests.helpers.accounts import INDEX_URL, LOGIN_URL, PASSWORD, get_or_create_group, get_text, make_account, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer", "administrator"])
def test_every_role_can_sign_in_without_staff_status(client, role):
    assert not make_account(role).is_staff
    assert sign_in(client, role).url == INDEX_URL
    assert client.get(INDEX_URL).status_code == 200


def test_an_account_without_a_role_is_told_whom_to_ask(client):
    make_account(is_staff=True)
    assert "Ask an administrator to give it one." in get_text(sign_in(client, "nobody"))
    assert client.get(INDEX_URL).url.startswith(LOGIN_URL)


def test_a_deactivated_user_loses_access_at_once(client):
    editor = make_account("editor")
    client.force_login(editor)
    User.objects.filter(pk=editor.pk).update(is_active=False)
    assert client.get(INDEX_URL).url.startswith(LOGIN_URL)
    assert "do not belong together" in get_text(sign_in(client, "editor"))


@pytest.mark.parametrize("weak_password", ["elevenchars", "123456789012", "qwerty123456"])
def test_a_weak_password_is_refused(client, weak_password):
    client.force_login(make_account("editor"))
    form_data = {"old_password": PASSWORD, "new_password1": weak_password, "new_password2": weak_password}
    assert client.post(reverse("admin:password_change"), form_data).context["form"].errors


def test_a_session_ends_with_the_browser_and_after_the_configured_hours(client, settings):
    make_account("editor")
    response = sign_in(client, "editor")
    cookie = response.cookies["sessionid"]
    assert not cookie["max-age"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    remaining = Session.objects.get().expire_date - timezone.now()
    assert timedelta(hours=settings.SESSION_HOURS) - remaining < timedelta(minutes=1)
    Session.objects.update(expire_date=timezone.now())
    redirect = client.get("/admin/kb/source/?q=bone")
    assert "next=/admin/kb/source/%3Fq%3Dbone" in redirect.url
    assert "Your session has ended" in get_text(client.get(redirect.url))
    assert sign_in(client, "editor").status_code == 302


def test_signing_out_does_not_lead_to_the_notice_of_an_ended_session(client):
    client.force_login(make_account("editor"))
    client.post(reverse("admin:logout"))
    assert client.get(INDEX_URL).url == f"{LOGIN_URL}?next={INDEX_URL}"


def test_public_responses_set_no_session_cookie(client, universe):
    client.force_login(make_account("editor"))
    for path in ("/", "/api/v1/sources/", "/explore/"):
        assert "sessionid" not in client.get(path).cookies


def test_who_is_added_without_a_role_is_told_of_at_once(client):
    client.force_login(make_account("administrator", "chief"))
    new = {"username": "rita", "password1": PASSWORD, "password2": PASSWORD}
    page = get_text(client.post("/admin/auth/user/add/", new, follow=True))
    assert "“rita” has no role yet, and cannot get in" in page
    new |= {"username": "ro", "groups": [get_or_create_group("viewer").pk]}
    assert "has no role" not in get_text(client.post("/admin/auth/user/add/", new, follow=True))
