"""Nobody approves their own change by a second account: whoever had a hand in an account can be behind it."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from kb.choices import ChangeState
from kb.editorial import review
from kb.editorial.confirmation import confirm_review
from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.snapshot import serialize_record
from tests.helpers.accounts import PASSWORD, get_or_create_group, make_account, make_totp_device, sign_in

USERS_URL = "/admin/auth/user/"
NEW_PASSWORD = "nine slow tortoises"


@pytest.fixture
def chief(client, db):
    """An administrator, signed in."""
    chief = make_account("administrator", "chief")
    client.force_login(chief)
    return chief


def create_user(client, name, role):
    """Make an account in the admin, as whoever is signed in."""
    form = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(f"{USERS_URL}add/", form | {"groups": [get_or_create_group(role).pk]})
    assert response.status_code == 302
    return User.objects.get(username=name)


def set_password(client, user):
    """Set another password of somebody else in the admin, as whoever is signed in."""
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "set-password": "x"}
    assert client.post(f"{USERS_URL}{user.pk}/password/", form).status_code == 302


def choose_own_password(client, user, old=PASSWORD):
    """Sign in as a user and choose another password."""
    client.logout()
    assert sign_in(client, user.username, old).status_code == 302
    form = {"old_password": old, "new_password1": "ten loud starlings", "new_password2": "ten loud starlings"}
    assert client.post("/admin/password_change/", form).status_code == 302


def propose(statement, author, frequency="rare"):
    content = serialize_record(statement) | {"frequency": frequency}
    return save_or_propose(statement, content, EditRequest(author, "Line 2 says so.", submit=True))


def approve(change, reviewer):
    change.refresh_from_db()
    review.approve(reviewer, change, change.lock)
    return change


def test_who_makes_a_reviewer_cannot_approve_their_own_change_by_it(client, chief, statement):
    rita = create_user(client, "rita", "reviewer")
    change = propose(statement, chief)
    for decide in (approve, lambda change, user: review.reject(user, change, change.lock, "No.")):
        with pytest.raises(PermissionDenied, match="“chief”, whose work this is, had a hand in the account “rita”"):
            decide(change, rita)
    change.refresh_from_db()
    assert change.state == ChangeState.SUBMITTED
    client.logout()
    sign_in(client, "rita")
    page = client.post(f"/admin/kb/change/{change.pk}/change/", {"seen": change.lock, "approve": "1"})
    assert "had a hand in the account" in page.content.decode()
    assert statement.__class__.objects.get(pk=statement.pk).frequency != "rare"


def test_choosing_a_password_as_that_reviewer_does_not_help(client, chief, statement):
    rita = create_user(client, "rita", "reviewer")
    choose_own_password(client, rita)
    with pytest.raises(PermissionDenied, match="had a hand"):
        approve(propose(statement, chief), rita)


@pytest.mark.parametrize("way", ["password", "second factor"])
def test_who_resets_a_reviewer_cannot_either(client, chief, statement, users, way):
    reviewer = users["reviewer"]
    if way == "password":
        set_password(client, reviewer)
    else:
        make_totp_device(reviewer)
        assert client.post(f"{USERS_URL}{reviewer.pk}/remove-second-factor/").status_code == 302
    with pytest.raises(PermissionDenied, match="had a hand"):
        approve(propose(statement, chief), reviewer)


def test_it_does_not_help_to_make_the_reviewer_by_an_administrator_of_ones_own_making(client, chief, statement):
    create_user(client, "puppet", "administrator")
    client.logout()
    sign_in(client, "puppet")
    rita = create_user(client, "rita", "reviewer")
    with pytest.raises(PermissionDenied, match="had a hand"):
        approve(propose(statement, chief), rita)
    set_password(client, rita)  # Nor that it hands the account over.
    with pytest.raises(PermissionDenied, match="had a hand"):
        approve(propose(statement, chief), rita)


@pytest.mark.parametrize("way", ["another administrator", "the server"])
def test_once_somebody_else_sets_the_password_the_account_is_its_owners(client, chief, statement, way, monkeypatch):
    rita = create_user(client, "rita", "reviewer")
    change = propose(statement, chief)
    if way == "the server":
        monkeypatch.setattr("getpass.getpass", lambda *arguments, **options: NEW_PASSWORD)
        call_command("changepassword", "rita", verbosity=0)
    else:
        client.force_login(make_account("administrator", "second"))
        set_password(client, rita)
    assert approve(change, rita).state == ChangeState.APPROVED


def test_an_administrator_decides_on_the_work_of_who_chose_a_password_alone(client, chief, statement):
    """Whoever makes an account for an editor could write in their name, as long as the first password holds."""
    erin = create_user(client, "erin", "editor")
    change = propose(statement, erin)
    with pytest.raises(PermissionDenied, match="You had a hand in the account “erin”"):
        approve(change, chief)
    choose_own_password(client, erin)
    assert approve(change, chief).state == ChangeState.APPROVED


def test_people_whose_accounts_one_administrator_made_decide_on_each_other(client, chief, statement):
    rita, erin = create_user(client, "rita", "reviewer"), create_user(client, "erin", "editor")
    assert approve(propose(statement, erin), rita).state == ChangeState.APPROVED


def test_nor_is_what_one_wrote_confirmed_by_it(client, chief, statement, users):
    rita = create_user(client, "rita", "reviewer")
    approve(propose(statement, chief), users["reviewer"])
    statement.refresh_from_db()
    with pytest.raises(PermissionDenied, match="had a hand"):
        confirm_review(rita, statement)
    confirm_review(users["second reviewer"], statement)
