"""The last administrator stays, whatever is tried; and where none is left, a command on the server lets one in."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, connections, transaction

from kb.accounts.administrators import LastAdministratorError
from tests.helpers.accounts import INDEX_URL, get_account_events, make_account, sign_in

USERS_URL = "/admin/auth/user/"


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root", password="seven quiet herons")


def test_an_empty_form_does_not_close_the_only_superuser(client, root):
    client.force_login(root)
    page = client.post(f"{USERS_URL}{root.pk}/change/", {})
    assert "You cannot deactivate your own account" in page.content.decode()
    assert client.get(INDEX_URL).status_code == 200


def test_an_administrator_does_not_close_their_own_account_though_others_are_left(client, root):
    User.objects.create_superuser("other")
    client.force_login(root)
    client.post(f"{USERS_URL}{root.pk}/change/", {"first_name": "R"})
    root.refresh_from_db()
    assert root.is_active


def close(user):
    user.is_active = False
    user.save()


def close_by_update_fields(user):
    user.is_active = False
    user.save(update_fields=["is_active"])


def take_rights(user):
    user.is_superuser = False
    user.save()
    user.groups.clear()


WAYS = {
    "close": close,
    "close, that column alone": close_by_update_fields,
    "delete": lambda user: user.delete(),
    "delete from a queryset": lambda user: User.objects.filter(pk=user.pk).delete(),
    "take the rights": take_rights,
}
WAYS_OF_ROLES = {
    "remove the role": lambda user: user.groups.remove(user.groups.get()),
    "clear the roles": lambda user: user.groups.clear(),
    "set no role": lambda user: user.groups.set([]),
    "remove from the group": lambda user: Group.objects.get(name="administrator").user_set.remove(user),
    "clear the group": lambda user: Group.objects.get(name="administrator").user_set.clear(),
    "delete the group": lambda user: Group.objects.get(name="administrator").delete(),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_last_superuser_stays(root, way):
    make_account("administrator", "chief")  # May not look after superusers.
    refuse(way, root)


@pytest.mark.parametrize("way", (WAYS | WAYS_OF_ROLES).values(), ids=WAYS | WAYS_OF_ROLES)
def test_the_last_administrator_stays(db, way):
    chief = make_account("administrator", "chief")
    make_account("reviewer", "rita")
    make_account("administrator", "gone", is_active=False)
    refuse(way, chief)
    make_account("administrator", "second")
    if way is not WAYS_OF_ROLES["clear the group"] and way is not WAYS_OF_ROLES["delete the group"]:
        way(User.objects.get(pk=chief.pk))


def refuse(way, user):
    """Check that a way to take somebody's rights is refused, and that they stay as they are."""
    with pytest.raises(LastAdministratorError), transaction.atomic():
        way(User.objects.get(pk=user.pk))
    after = User.objects.get(pk=user.pk)
    assert (after.is_active, after.is_superuser, after.has_perm("kb.administer_knowledge")) == (
        True,
        user.is_superuser,
        True,
    )


def test_who_is_no_administrator_can_be_closed(root):
    close(make_account("reviewer", "rita"))
    assert not User.objects.get(username="rita").is_active


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_close_each_other_at_once_one_stays():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time anyway.")
    users = [make_account("administrator", name) for name in ("anna", "berta")]

    def close_in_own_connection(user):
        try:
            with transaction.atomic():
                close(User.objects.get(pk=user.pk))
        except LastAdministratorError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(close_in_own_connection, users)) == [False, True]


def test_a_command_lets_an_administrator_back_in(client, root):
    User.objects.update(is_active=False, is_superuser=False)  # Past all rules, as SQL would.
    output = StringIO()
    call_command("restore_administrator", "root", stdout=output)
    assert "manage.py changepassword root" in output.getvalue()
    assert sign_in(client, "root").status_code == 302
    assert client.get(f"{USERS_URL}add/").status_code == 200
    assert get_account_events("root")[-2] == "reopened"


def test_a_command_makes_the_administrator_where_there_is_none(db):
    call_command("restore_administrator", stdout=StringIO())
    admin = User.objects.get(username="admin")
    assert admin.is_superuser
    assert not admin.has_usable_password()
