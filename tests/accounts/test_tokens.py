"""API tokens: issued by administrators or by `make_token`, shown once, stored as a digest, revoked by deletion."""

import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from kb.models import ApiToken
from kb.models.tokens import in_a_year
from tests.helpers.accounts import make_user
from tests.helpers.suggestions import SUGGESTIONS_URL, assert_problem, issue_token, make_token_client
from tests.helpers.suggestions import token_owner as token_owner

TOKEN_ADMIN = "admin:kb_apitoken_"


def test_only_the_digest_of_a_token_is_stored_and_it_expires_after_a_year(token_owner, caplog):
    caplog.set_level(logging.DEBUG)
    secret = issue_token(token_owner)
    token = ApiToken.objects.get()
    assert secret.startswith("kb_")
    assert secret not in " ".join(map(str, vars(token).values()))
    assert abs(token.expiry - in_a_year()) < timedelta(minutes=1)
    make_token_client(secret).get(SUGGESTIONS_URL)
    assert secret not in caplog.text


def test_make_token_prints_a_working_token_once(token_owner, universe, capsys):
    call_command("make_token", "anna", "Robot", days=30)
    output = capsys.readouterr()
    assert make_token_client(output.out.strip()).get(SUGGESTIONS_URL).status_code == 200
    assert "“Robot” of anna" in output.err
    assert output.out.strip() not in output.err
    assert ApiToken.objects.get().expiry - timezone.now() < timedelta(days=31)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["ana", "x"], "There is no user “ana”; make one first. Did you mean “anna”?"),
        (["anna", "app"], "This user has a token of that name"),
        (["anna", "x", "--days=0"], "from 1 to 3650"),
        (["gone", "x"], "is not active"),
    ],
)
def test_make_token_reports_errors_and_creates_no_user(token_owner, args, message):
    issue_token(token_owner)
    User.objects.create_user("gone", is_active=False)
    with pytest.raises(CommandError, match=message.replace("?", r"\?")):
        call_command("make_token", *args, stdout=StringIO(), stderr=StringIO())
    assert (User.objects.count(), ApiToken.objects.count()) == (2, 1)


def make_token_form(user, **fields):
    expiry_day = timezone.localdate() + timedelta(days=30)
    return {"user": user.pk, "name": "Leaflets", "scopes": ["suggest"], "expiry": f"{expiry_day}T12:00"} | fields


def test_an_administrator_issues_a_token_that_is_shown_once(client, token_owner, universe):
    client.force_login(make_user("boss", "administrator"))
    response = client.post(reverse(f"{TOKEN_ADMIN}add"), make_token_form(token_owner))
    token = ApiToken.objects.get()
    assert response.status_code == 200  # The page itself: no redirect carries the secret.
    assert "no-store" in response["Cache-Control"]
    secret = response.context["token"].secret
    assert f'value="{secret}"' in response.content.decode()
    assert make_token_client(secret).get(SUGGESTIONS_URL).status_code == 200
    pages = [
        reverse(f"{TOKEN_ADMIN}changelist"),
        reverse(f"{TOKEN_ADMIN}change", args=[token.pk]),
        reverse("admin:index"),
    ]
    pages_html = "".join(client.get(page).content.decode() for page in pages)
    assert f"{secret[:8]}…" in pages_html
    stored_texts = [str(session.get_decoded()) for session in Session.objects.all()]
    stored_texts += [str(client.cookies), *map(str, LogEntry.objects.values_list()), pages_html]
    assert not [text for text in stored_texts if secret in text]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"expiry": "2020-01-01T12:00"}, "This has passed"),
        ({"scopes": []}, "This field is required"),
        ({"scopes": ["all"]}, "Select a valid choice"),
        ({"name": "app"}, "This user has a token of that name"),
    ],
)
def test_an_unusable_token_is_not_created(client, token_owner, fields, message):
    issue_token(token_owner)
    client.force_login(make_user("boss", "administrator"))
    assert message in client.post(reverse(f"{TOKEN_ADMIN}add"), make_token_form(token_owner, **fields)).content.decode()
    assert ApiToken.objects.count() == 1


def test_a_deleted_token_is_refused(client, token_owner, universe):
    secret = issue_token(token_owner)
    client.force_login(make_user("boss", "administrator"))
    url = reverse(f"{TOKEN_ADMIN}delete", args=[ApiToken.objects.get().pk])
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert_problem(make_token_client(secret).get(SUGGESTIONS_URL), 401)


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer"])
def test_only_administrators_see_tokens(client, token_owner, role):
    issue_token(token_owner)
    client.force_login(make_user("somebody", role))
    pk = ApiToken.objects.get().pk
    for page, args in [("changelist", []), ("add", []), ("change", [pk]), ("delete", [pk])]:
        assert client.get(reverse(f"{TOKEN_ADMIN}{page}", args=args)).status_code == 403
    assert "API tokens" not in client.get(reverse("admin:index")).content.decode()
