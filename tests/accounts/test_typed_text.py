"""What was typed when a session ended comes back after the sign-in, and is not saved before it is submitted again."""

import html
import re

import pytest
from django.core import signing
from django.test import Client

from kb.accounts.typed_text import SALT, SESSION_KEY
from kb.models import Change
from symptoms.models import SideEffect
from tests.helpers.accounts import LOGIN_URL, get_totp_code, make_totp_device
from tests.helpers.admin import build_admin_url, read_form_data

SIGN_IN = {"username": "editor", "password": "a long enough password"}
NOTICE = "this is what you had typed when your session ended"


@pytest.fixture
def form_url(universe):
    return build_admin_url(SideEffect, "change", SideEffect.objects.get(slug="class-bone").pk)


@pytest.fixture
def typed(form_url, login_as):
    """The data of the form as it was when the session ended."""
    return read_form_data(login_as("editor"), form_url) | {"onset": "while I was writing", "why": "Line 2 says so."}


def read_typed_field(response):
    return html.unescape(re.search(r'name="typed" value="([^"]+)"', response.content.decode())[1])


def test_a_form_comes_back_as_it_was_typed_and_is_saved_only_when_it_is_sent_again(client, form_url, typed):
    client.logout()
    response = client.post(form_url, typed)
    page = response.content.decode()
    assert "What you had typed is not lost" in page
    field = read_typed_field(response)
    wrong = client.post(f"{LOGIN_URL}?next={form_url}", SIGN_IN | {"password": "guessed", "typed": field})
    assert read_typed_field(wrong) == field
    response = client.post(f"{LOGIN_URL}?next={form_url}", SIGN_IN | {"typed": field})
    assert response.url == form_url
    assert not Change.objects.exists()
    response = client.get(form_url)
    page = response.content.decode()
    assert NOTICE in page
    assert 'value="while I was writing"' in page
    assert 'value="Line 2 says so."' in page
    assert not Change.objects.exists()
    assert NOTICE not in client.get(form_url).content.decode()
    data = dict(response.context["adminform"].form.data.items()) | {"_save": "1"}
    data = typed | {name: value for name, value in data.items() if name not in typed}
    shown = client.post(form_url, data)
    if shown.status_code == 200:
        client.post(form_url, data | {"weighed": shown.context["adminform"].form.data["weighed"]})
    assert Change.objects.get().content["onset"] == "while I was writing"


def test_what_comes_back_still_conflicts_with_what_others_wrote_meanwhile(client, form_url, typed):
    client.logout()
    field = read_typed_field(client.post(form_url, typed))
    SideEffect.objects.filter(slug="class-bone").update(course="written by somebody else")
    client.post(f"{LOGIN_URL}?next={form_url}", SIGN_IN | {"typed": field})
    assert client.get(form_url).context["adminform"].form.data["seen"] == typed["seen"]


def test_no_secret_and_no_button_comes_back(client, db):
    response = client.post("/admin/password_change/", {"old_password": "x y", "new_password1": "secret words"})
    assert response.status_code == 302
    response = client.post("/admin/kb/source/add/", {"title": "T", "csrfmiddlewaretoken": "x", "_send": "1"})
    kept = signing.loads(read_typed_field(response), salt=SALT)
    assert kept == {"path": "/admin/kb/source/add/", "values": {"title": ["T"]}}


def test_no_session_holds_the_text_of_a_source(client, universe):
    sent = {"title": "Leaf", "pasted": "A page of a publisher."}
    kept = signing.loads(read_typed_field(client.post("/admin/kb/source/from-text/", sent)), salt=SALT)
    assert kept["values"] == {"title": ["Leaf"]}


def test_words_of_another_page_are_told_there_and_nothing_is_decided(submitted_change, users, client):
    url = f"/admin/kb/change/{submitted_change.pk}/change/"
    sent = {"seen": submitted_change.lock, "remark": "Which line says so?", "send_back": "1"}
    field = read_typed_field(client.post(url, sent))
    client.post(f"{LOGIN_URL}?next={url}", SIGN_IN | {"username": "reviewer", "typed": field})
    assert "Which line says so?" in client.get(url).content.decode()
    submitted_change.refresh_from_db()
    assert submitted_change.state == "submitted"


def test_it_comes_back_after_a_second_factor_as_well(universe, users, client, settings, form_url, typed):
    settings.TWO_FACTOR = True
    client.logout()
    device = make_totp_device(users["reviewer"])
    field = read_typed_field(client.post(form_url, typed))
    client.post(f"{LOGIN_URL}?next={form_url}", SIGN_IN | {"username": "reviewer", "typed": field})
    assert client.get(form_url).status_code == 302
    client.post(f"/admin/two-factor/?next={form_url}", {"code": get_totp_code(device)})
    assert NOTICE in client.get(form_url).content.decode()


@pytest.mark.parametrize(
    "field",
    ["", "x", signing.dumps({"path": "/", "values": {}}, salt="another")],
    ids=["empty", "no signature", "another signature"],
)
def test_what_was_not_signed_here_is_ignored(users, client, field):
    assert client.post(LOGIN_URL, SIGN_IN | {"typed": field}).status_code == 302
    assert SESSION_KEY not in client.session


def test_nothing_is_kept_for_who_does_not_sign_in_and_csrf_holds(client, form_url, typed):
    client.logout()
    client.post(form_url, typed)
    assert SESSION_KEY not in client.session
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(form_url, typed).status_code == 403
