"""User administration: accounts and roles, limits of an administrator's rights, lockout release, audit log."""

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from kb.accounts.two_factor import generate_recovery_codes
from kb.models import AccountEvent
from tests.helpers.accounts import (
    LOGIN_URL,
    PASSWORD,
    get_account_events,
    get_or_create_group,
    get_text,
    make_account,
    make_totp_device,
    sign_in,
)

pytestmark = pytest.mark.django_db
USERS_URL = "/admin/auth/user/"
NEW_USER = {"username": "rita", "password1": PASSWORD, "password2": PASSWORD}


def build_user_url(user, page="change"):
    return f"{USERS_URL}{user.pk}/{page}/"


def get_group_pk(name):
    return get_or_create_group(name).pk


@pytest.fixture
def administrator(client):
    """A signed-in administrator without superuser status."""
    user = make_account("administrator", "chief")
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer"])
def test_only_administrators_see_users_and_account_events(client, role):
    other_user = make_account("viewer", "other")
    client.force_login(make_account(role, "me"))
    for url in (
        USERS_URL,
        f"{USERS_URL}add/",
        build_user_url(other_user),
        "/admin/kb/accountevent/",
        "/admin/axes/accessattempt/",
    ):
        assert client.get(url).status_code == 403
    assert client.post(build_user_url(other_user, "remove-second-factor")).status_code == 403
    assert client.post(build_user_url(other_user, "release-lockout")).status_code == 403
    assert "People" not in get_text(client.get("/admin/"))


def test_an_administrator_creates_a_user_with_a_role_in_one_form(client, administrator):
    response = client.post(
        f"{USERS_URL}add/", NEW_USER | {"groups": [get_group_pk("reviewer")], "email": "rita@example.org"}
    )
    assert response.status_code == 302
    rita = User.objects.get(username="rita")
    assert [group.name for group in rita.groups.all()] == ["reviewer"]
    assert get_account_events("rita") == ["created", "given"]
    client.logout()
    assert sign_in(client, "rita").status_code == 302


def test_a_weak_password_is_refused_for_another_user_too(client, administrator):
    response = client.post(f"{USERS_URL}add/", NEW_USER | {"password1": "rita", "password2": "rita"})
    assert "at least 12 characters" in get_text(response)


def test_no_form_makes_a_superuser_even_if_it_is_forged(client, administrator):
    forged = {"is_superuser": "on", "is_staff": "on", "user_permissions": [Permission.objects.first().pk]}
    client.post(f"{USERS_URL}add/", NEW_USER | forged)
    rita = User.objects.get(username="rita")
    client.post(build_user_url(rita), {"is_active": "on", "first_name": "Rita", "username": "chief2"} | forged)
    client.post(build_user_url(administrator), {"is_active": "on", "groups": [get_group_pk("administrator")]} | forged)
    rita.refresh_from_db()
    assert rita.first_name == "Rita"
    assert rita.username == "rita"
    assert not User.objects.filter(is_superuser=True).exists()
    assert not User.objects.filter(is_staff=True).exists()
    assert not User.objects.filter(user_permissions__isnull=False).exists()
    assert not {"is_superuser", "user_permissions"} & set(
        client.get(build_user_url(rita)).context["adminform"].form.fields
    )


def test_an_administrator_cannot_change_the_account_of_a_superuser(client, administrator):
    root = User.objects.create_superuser("root", password=PASSWORD)
    make_totp_device(root)
    assert client.get(build_user_url(root)).status_code == 200
    for url, form_data in [
        (build_user_url(root), {"is_active": ""}),
        (build_user_url(root, "password"), {"password1": "a new long password", "password2": "a new long password"}),
        (build_user_url(root, "remove-second-factor"), {}),
        (build_user_url(root, "release-lockout"), {}),
    ]:
        assert client.post(url, form_data).status_code == 403
    root.refresh_from_db()
    assert root.is_active
    assert root.check_password(PASSWORD)
    assert root.totpdevice_set.exists()
    client.force_login(root)
    assert (
        client.get(build_user_url(root)).status_code == 302
    )  # Redirected to the second factor, since the account has one.


def test_a_superuser_can_change_another_superuser(client):
    root, other_root = (User.objects.create_superuser(name, password=PASSWORD) for name in ("root", "other"))
    client.force_login(root)
    assert client.post(build_user_url(other_root), {"first_name": "O"}).status_code == 302
    other_root.refresh_from_db()
    assert not other_root.is_active
    assert other_root.is_superuser


def test_users_are_deactivated_not_deleted(client, administrator):
    editor = make_account("editor")
    assert client.post(build_user_url(editor, "delete"), {"post": "yes"}).status_code == 403
    client.post(USERS_URL, {"action": "delete_selected", "_selected_action": [editor.pk], "post": "yes"})
    client.post(build_user_url(editor), {"groups": [get_group_pk("editor")]})
    editor.refresh_from_db()
    assert not editor.is_active
    assert get_account_events("editor")[-1] == "closed"


def test_administrators_cannot_lock_themselves_out(client, administrator):
    assert "your own account" in get_text(
        client.post(build_user_url(administrator), {"groups": [get_group_pk("administrator")]})
    )
    assert "from yourself" in get_text(
        client.post(build_user_url(administrator), {"is_active": "on", "groups": [get_group_pk("editor")]})
    )


def test_roles_and_secrets_have_no_admin_pages():
    registered_labels = {model._meta.label_lower for model in admin.site._registry}
    assert not registered_labels & {"auth.group", "otp_totp.totpdevice", "otp_static.staticdevice", "axes.accesslog"}


def test_an_administrator_removes_a_lost_second_factor(client, administrator):
    editor = make_account("editor")
    make_totp_device(editor)
    generate_recovery_codes(editor)
    assert "Remove second factor" in get_text(client.get(build_user_url(editor)))
    assert client.get(build_user_url(editor, "remove-second-factor")).status_code == 405
    response = client.post(build_user_url(editor, "remove-second-factor"), follow=True)
    assert "The second factor of editor is removed." in get_text(response)
    assert "Remove second factor" not in get_text(response)
    event = AccountEvent.objects.get(what="removed")
    assert (event.username, event.by, event.address) == ("editor", "chief", "127.0.0.1")


@pytest.mark.parametrize("way", ["button", "list"])
def test_an_administrator_ends_a_lockout(client, settings, way):
    settings.AXES_FAILURE_LIMIT = 1
    editor = make_account("editor")
    assert sign_in(client, "editor", "wrong").status_code == 429
    client.force_login(make_account("administrator", "chief"))
    assert "from 127.0.0.1 until" in get_text(client.get(build_user_url(editor)))
    assert "until" in get_text(client.get("/admin/axes/accessattempt/"))
    if way == "button":
        client.post(build_user_url(editor, "release-lockout"))
    else:
        form_data = {"action": "let_in", "_selected_action": [AccessAttempt.objects.get().pk]}
        client.post("/admin/axes/accessattempt/", form_data)
    assert get_account_events("editor")[-1] == "released"
    client.logout()
    assert sign_in(client, "editor").status_code == 302


def test_a_new_password_ends_existing_sessions(client, administrator, django_user_model):
    editor = make_account("editor")
    editor_client = client.__class__()
    editor_client.force_login(editor)
    form_data = {"password1": "nine slow tortoises", "password2": "nine slow tortoises"}
    assert client.post(build_user_url(editor, "password"), form_data | {"set-password": "x"}).status_code == 302
    assert editor_client.get("/admin/").url.startswith(LOGIN_URL)
    assert AccountEvent.objects.get(what="password").by == "chief"


def test_a_password_cannot_be_removed(client, administrator):
    editor = make_account("editor")
    client.post(build_user_url(editor, "password"), {"usable_password": "false", "unset-password": "x"})
    editor.refresh_from_db()
    assert editor.has_usable_password()


def test_everything_that_happens_to_an_account_is_logged(client, settings):
    editor = make_account("editor")
    sign_in(client, "editor", "wrong", HTTP_USER_AGENT="Lynx")
    sign_in(client, "editor")
    form_data = {
        "old_password": PASSWORD,
        "new_password1": "nine slow tortoises",
        "new_password2": "nine slow tortoises",
    }
    client.post(reverse("admin:password_change"), form_data)
    client.post(reverse("admin:logout"))
    editor.groups.set([get_group_pk("viewer")])
    assert get_account_events("editor") == [
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
    assert AccountEvent.objects.filter(what="taken").get().address is None  # It was not done through a request.


def test_roles_assigned_through_the_group_are_logged(db):
    editor = make_account()
    group = get_or_create_group("editor")
    group.user_set.add(editor)
    editor.groups.clear()
    assert get_account_events("nobody") == ["created", "given", "taken"]


def test_account_events_can_be_read_by_administrators_and_changed_by_nobody(client, administrator):
    root = User.objects.create_superuser("root")
    event = AccountEvent.objects.filter(username="chief").first()
    events_url = "/admin/kb/accountevent/"
    for user in (administrator, root):
        client.force_login(user)
        page = client.get(events_url, {"what__exact": "given", "q": "chief"})
        assert "Role given" in get_text(page)
        assert page.context["cl"].result_count == 1
        assert client.get(f"{events_url}{event.pk}/change/").status_code == 200
        assert client.get(f"{events_url}add/").status_code == 403
        assert client.post(f"{events_url}{event.pk}/change/", {"what": "failed"}).status_code == 403
        assert client.post(f"{events_url}{event.pk}/delete/", {"post": "yes"}).status_code == 403
        client.post(events_url, {"action": "delete_selected", "_selected_action": [event.pk], "post": "yes"})
    assert AccountEvent.objects.filter(pk=event.pk, what=event.what).exists()
