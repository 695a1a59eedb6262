"""Accounts: users of every role, signing in, TOTP devices and account events."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django_otp.oath import totp

from kb.models import AccountEvent, AuthenticatorApp
from kb.permissions import ROLES

PASSWORD = "seven quiet herons"
INDEX_URL, LOGIN_URL, TWO_FACTOR_URL = "/admin/", "/admin/login/", "/admin/two-factor/"


def make_user(name, role=None):
    """Create a user with a role, or with none, who may open the admin if they have one."""
    user = User.objects.create_user(name.replace(" ", "-"), password="a long enough password", is_staff=bool(role))
    if role:
        user.groups.add(get_or_create_group(role))
    return User.objects.get(pk=user.pk)


def get_or_create_group(role):
    """Return the group of a role; create it, as its migration does, where a test has emptied the tables."""
    group, created = Group.objects.get_or_create(name=role)
    if created:
        codenames = [permission.partition(".")[2] for permission in ROLES[role]]
        group.permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="kb"))
    return group


def make_account(role=None, username=None, **fields):
    """Create a user with a role, or with none."""
    user = User.objects.create_user(username or role or "nobody", password=PASSWORD, **fields)
    if role:
        user.groups.add(get_or_create_group(role))
    return user


def sign_in(client, username, password=PASSWORD, **headers):
    return client.post(LOGIN_URL, {"username": username, "password": password}, **headers)


def get_account_events(username):
    """Return the account events of a user name, oldest first."""
    return list(AccountEvent.objects.filter(username=username).order_by("pk").values_list("what", flat=True))


def make_totp_device(user):
    """Create a confirmed TOTP device."""
    return AuthenticatorApp.objects.create(user=user, name="app", confirmed=True)


def get_totp_code(device, steps=0):
    """Return the code that a device shows after a number of time steps."""
    return f"{totp(device.bin_key, drift=steps):06d}"


def get_text(response):
    return response.content.decode()


@pytest.fixture
def two_factor(settings):
    """Require a second factor of roles that publish or administer."""
    settings.TWO_FACTOR = True
