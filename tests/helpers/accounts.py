"""What tests of signing in begin with: people of every role, their words and their apps, and what was written down."""

import pytest
from django.contrib.auth.models import User
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.models import AccountEvent
from tests.conftest import get_or_create_group

PASSWORD = "seven quiet herons"
INDEX_URL, LOGIN_URL, TWO_FACTOR_URL = "/admin/", "/admin/login/", "/admin/two-factor/"


def make_account(role=None, username=None, **fields):
    """Somebody with a role, or with none."""
    made = User.objects.create_user(username or role or "nobody", password=PASSWORD, **fields)
    if role:
        made.groups.add(get_or_create_group(role))
    return made


def sign_in(client, username, password=PASSWORD, **more):
    return client.post(LOGIN_URL, {"username": username, "password": password}, **more)


def get_account_events(username):
    """What was written down about an account, the oldest first."""
    return list(AccountEvent.objects.filter(username=username).order_by("pk").values_list("what", flat=True))


def make_totp_device(user):
    """An app that somebody has set up."""
    return TOTPDevice.objects.create(user=user, name="app", confirmed=True)


def get_totp_code(app, later=0):
    """The code that an app shows, now or some steps later."""
    return f"{totp(app.bin_key, drift=later):06d}"


def get_text(response):
    return response.content.decode()


@pytest.fixture
def two_factor(settings):
    """Who publishes or administers must show a second factor."""
    settings.TWO_FACTOR = True
