"""Who works here: administrators look after people, nobody makes themselves more than they are, all is written down."""

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from kb.accounts.two_factor import new_recovery_codes
from kb.models import AccountEvent
from tests.conftest import group_of
from tests.helpers.accounts import LOGIN, PASSWORD, app_for, happened, person, sign_in, text

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/auth/user/"
NEW = {"username": "rita", "password1": PASSWORD, "password2": PASSWORD}


def page_of(user, page="change"):
    return f"{PEOPLE}{user.pk}/{page}/"


def role(name):
    return group_of(name).pk


@pytest.fixture
def chief(client):
    """An administrator, signed in, who is no superuser."""
    made = person("administrator", "chief")
    client.force_login(made)
    return made


@pytest.mark.parametrize("lesser", ["viewer", "editor", "reviewer"])
def test_only_administrators_see_people_and_sign_ins(client, lesser):
    other = person("viewer", "other")
    client.force_login(person(lesser, "me"))
    for url in (PEOPLE, f"{PEOPLE}add/", page_of(other), "/admin/kb/accountevent/", "/admin/axes/accessattempt/"):
        assert client.get(url).status_code == 403
    assert client.post(page_of(other, "remove-second-factor")).status_code == 403
    assert client.post(page_of(other, "release-lockout")).status_code == 403
    assert "People" not in text(client.get("/admin/"))


def test_an_administrator_makes_somebody_with_a_role_in_one_form(client, chief):
    answer = client.post(f"{PEOPLE}add/", NEW | {"groups": [role("reviewer")], "email": "rita@example.org"})
    assert answer.status_code == 302
    rita = User.objects.get(username="rita")
    assert [group.name for group in rita.groups.all()] == ["reviewer"]
    assert happened("rita") == ["created", "given"]
    client.logout()
    assert sign_in(client, "rita").status_code == 302


def test_a_weak_password_is_refused_for_somebody_else_too(client, chief):
    answer = client.post(f"{PEOPLE}add/", NEW | {"password1": "rita", "password2": "rita"})
    assert "at least 12 characters" in text(answer)


def test_no_form_makes_a_superuser_even_if_it_is_forged(client, chief):
    forged = {"is_superuser": "on", "is_staff": "on", "user_permissions": [Permission.objects.first().pk]}
    client.post(f"{PEOPLE}add/", NEW | forged)
    rita = User.objects.get(username="rita")
    client.post(page_of(rita), {"is_active": "on", "first_name": "Rita", "username": "chief2"} | forged)
    client.post(page_of(chief), {"is_active": "on", "groups": [role("administrator")]} | forged)
    rita.refresh_from_db()
    assert rita.first_name == "Rita"
    assert rita.username == "rita"
    assert not User.objects.filter(is_superuser=True).exists()
    assert not User.objects.filter(is_staff=True).exists()
    assert not User.objects.filter(user_permissions__isnull=False).exists()
    assert not {"is_superuser", "user_permissions"} & set(client.get(page_of(rita)).context["adminform"].form.fields)


def test_the_account_of_a_superuser_is_out_of_an_administrators_reach(client, chief):
    root = User.objects.create_superuser("root", password=PASSWORD)
    app_for(root)
    assert client.get(page_of(root)).status_code == 200
    for url, sent in [
        (page_of(root), {"is_active": ""}),
        (page_of(root, "password"), {"password1": "a new long password", "password2": "a new long password"}),
        (page_of(root, "remove-second-factor"), {}),
        (page_of(root, "release-lockout"), {}),
    ]:
        assert client.post(url, sent).status_code == 403
    root.refresh_from_db()
    assert root.is_active
    assert root.check_password(PASSWORD)
    assert root.totpdevice_set.exists()
    client.force_login(root)
    assert client.get(page_of(root)).status_code == 302  # To the second factor: who has one is asked.


def test_a_superuser_looks_after_superusers(client):
    root, other = (User.objects.create_superuser(name, password=PASSWORD) for name in ("root", "other"))
    client.force_login(root)
    assert client.post(page_of(other), {"first_name": "O"}).status_code == 302
    other.refresh_from_db()
    assert not other.is_active
    assert other.is_superuser


def test_people_are_deactivated_not_deleted(client, chief):
    editor = person("editor")
    assert client.post(page_of(editor, "delete"), {"post": "yes"}).status_code == 403
    client.post(PEOPLE, {"action": "delete_selected", "_selected_action": [editor.pk], "post": "yes"})
    client.post(page_of(editor), {"groups": [role("editor")]})
    editor.refresh_from_db()
    assert not editor.is_active
    assert happened("editor")[-1] == "closed"


def test_administrators_do_not_shut_themselves_out(client, chief):
    assert "your own account" in text(client.post(page_of(chief), {"groups": [role("administrator")]}))
    assert "from yourself" in text(client.post(page_of(chief), {"is_active": "on", "groups": [role("editor")]}))


def test_roles_and_secrets_are_in_nobodys_hands():
    kept = {model._meta.label_lower for model in admin.site._registry}
    assert not kept & {"auth.group", "otp_totp.totpdevice", "otp_static.staticdevice", "axes.accesslog"}


def test_an_administrator_removes_a_lost_second_factor(client, chief):
    editor = person("editor")
    app_for(editor)
    new_recovery_codes(editor)
    assert "Remove second factor" in text(client.get(page_of(editor)))
    assert client.get(page_of(editor, "remove-second-factor")).status_code == 405
    answer = client.post(page_of(editor, "remove-second-factor"), follow=True)
    assert "The second factor of editor is removed." in text(answer)
    assert "Remove second factor" not in text(answer)
    event = AccountEvent.objects.get(what="removed")
    assert (event.username, event.by, event.address) == ("editor", "chief", "127.0.0.1")


@pytest.mark.parametrize("way", ["button", "list"])
def test_an_administrator_ends_a_lockout(client, settings, way):
    settings.AXES_FAILURE_LIMIT = 1
    editor = person("editor")
    assert sign_in(client, "editor", "wrong").status_code == 429
    client.force_login(person("administrator", "chief"))
    assert "from 127.0.0.1 until" in text(client.get(page_of(editor)))
    assert "until" in text(client.get("/admin/axes/accessattempt/"))
    if way == "button":
        client.post(page_of(editor, "release-lockout"))
    else:
        sent = {"action": "let_in", "_selected_action": [AccessAttempt.objects.get().pk]}
        client.post("/admin/axes/accessattempt/", sent)
    assert happened("editor")[-1] == "released"
    client.logout()
    assert sign_in(client, "editor").status_code == 302


def test_a_new_password_ends_the_sessions_before(client, chief, django_user_model):
    editor = person("editor")
    theirs = client.__class__()
    theirs.force_login(editor)
    words = {"password1": "nine slow tortoises", "password2": "nine slow tortoises"}
    assert client.post(page_of(editor, "password"), words | {"set-password": "x"}).status_code == 302
    assert theirs.get("/admin/").url.startswith(LOGIN)
    assert AccountEvent.objects.get(what="password").by == "chief"


def test_nobody_is_left_without_a_password(client, chief):
    editor = person("editor")
    client.post(page_of(editor, "password"), {"usable_password": "false", "unset-password": "x"})
    editor.refresh_from_db()
    assert editor.has_usable_password()


def test_all_that_happens_to_an_account_is_written_down(client, settings):
    editor = person("editor")
    sign_in(client, "editor", "wrong", HTTP_USER_AGENT="Lynx")
    sign_in(client, "editor")
    changed = {"old_password": PASSWORD, "new_password1": "nine slow tortoises", "new_password2": "nine slow tortoises"}
    client.post(reverse("admin:password_change"), changed)
    client.post(reverse("admin:logout"))
    editor.groups.set([role("viewer")])
    assert happened("editor") == [
        "created",
        "given",
        "failed",
        "signed-in",
        "password",
        "signed-out",
        "taken",
        "given",
    ]
    event = AccountEvent.objects.get(what="failed")
    assert (event.address, event.browser, event.by) == ("127.0.0.1", "Lynx", "")
    assert AccountEvent.objects.filter(what="taken").get().detail == "editor"
    assert AccountEvent.objects.filter(what="taken").get().address is None  # Nobody asked for it in a browser.


def test_roles_given_from_the_side_of_the_role_are_written_down(db):
    editor = person()
    group = group_of("editor")
    group.user_set.add(editor)
    editor.groups.clear()
    assert happened("nobody") == ["created", "given", "taken"]


def test_what_was_written_down_is_read_by_administrators_and_changed_by_nobody(client, chief):
    root = User.objects.create_superuser("root")
    event = AccountEvent.objects.filter(username="chief").first()
    events = "/admin/kb/accountevent/"
    for user in (chief, root):
        client.force_login(user)
        page = client.get(events, {"what__exact": "given", "q": "chief"})
        assert "Role given" in text(page)
        assert page.context["cl"].result_count == 1
        assert client.get(f"{events}{event.pk}/change/").status_code == 200
        assert client.get(f"{events}add/").status_code == 403
        assert client.post(f"{events}{event.pk}/change/", {"what": "failed"}).status_code == 403
        assert client.post(f"{events}{event.pk}/delete/", {"post": "yes"}).status_code == 403
        client.post(events, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    assert AccountEvent.objects.filter(pk=event.pk, what=event.what).exists()
