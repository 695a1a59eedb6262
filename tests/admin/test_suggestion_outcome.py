"""What becomes of a suggestion that was taken up: on the desk, on the form, with its change, and at its sender's."""

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from kb.editorial.review import approve, reject, take_up_again, withdraw
from kb.models import Change, Suggestion
from symptoms.models import SideEffect
from tests.helpers.admin import build_admin_url, read_form_data
from tests.helpers.suggestions import post_suggestion as post_suggestion
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner
from tests.helpers.worklist import find_worklist_line, get_worklist_count

DESK_LINE = "Suggestions that I took up"


@pytest.fixture
def statement(universe):
    return SideEffect.objects.get(slug="class-bone")


@pytest.fixture
def editor(login_as):
    return login_as("editor")


@pytest.fixture
def suggestion(post_suggestion, editor):
    """A suggestion that the editor has taken up."""
    payload = post_suggestion(proposed="Very common.", evidence="Line 7 of the page.")
    editor.post(build_admin_url(Suggestion, "change", payload["id"]), {"_take_up": "x", "answer": ""})
    return Suggestion.objects.get(pk=payload["id"])


@pytest.fixture
def save_form(editor, statement):
    """Save the form of the statement with another frequency; return the change."""

    def save_form(**data):
        url = build_admin_url(SideEffect, "change", statement.pk)
        values = read_form_data(editor, url) | {"frequency": "very-common"} | data
        response = editor.post(url, values)
        if response.status_code == 200:  # It shows first what changes for readers.
            weighed = response.context["adminform"].form.data["weighed"]
            response = editor.post(url, values | {"weighed": weighed})
        assert response.status_code == 302, response.context["adminform"].form.errors
        return Change.objects.latest("pk")

    return save_form


def get_state(token_client, suggestion):
    payload = token_client.get(f"/api/v1/suggestions/{suggestion.pk}/").json()
    return payload["state"], payload["outcome"]


def test_what_was_taken_up_stands_on_the_desk_of_its_editor(suggestion, users, editor):
    line = find_worklist_line(users["editor"], DESK_LINE)
    assert (line.count, get_worklist_count(users["reviewer"], DESK_LINE)) == (1, 0)
    assert get_worklist_count(users["editor"], "Suggestions from outside") == 0
    assert editor.get(line.url).context["cl"].result_count == 1


def test_the_form_shows_what_was_suggested_and_fills_nothing(suggestion, statement, editor, login_as):
    page = editor.get(build_admin_url(SideEffect, "change", statement.pk))
    for text in ("It is common.", "Very common.", "Line 7 of the page.", f"/admin/kb/suggestion/{suggestion.pk}/"):
        assert text in page.content.decode()
    form = page.context["adminform"].form
    assert (form.initial.get("why"), form.initial["frequency"]) == (None, "unstated")
    other = login_as("reviewer").get(build_admin_url(SideEffect, "change", statement.pk))
    assert "Taken up by editor" in other.content.decode()
    assert "answers_to" not in other.context["adminform"].form.fields


def test_it_is_published_with_the_change_that_came_of_it(suggestion, save_form, users, token_client, editor):
    change = save_form()
    page = editor.get(reverse("admin:kb_change_change", args=[change.pk])).content.decode()
    assert "Answers what anna suggests" in page
    assert get_state(token_client, suggestion) == ("taken-up", None)
    approve(users["reviewer"], change, change.lock)
    state, outcome = get_state(token_client, suggestion)
    assert (state, outcome["event"], outcome["fields"]) == ("published", "changed", ["frequency"])
    assert outcome["url"].endswith("/api/v1/side-effects/class-bone/")
    events = token_client.get("/api/v1/changes/").json()["results"]
    assert outcome["id"] in [event["id"] for event in events]
    assert get_worklist_count(users["editor"], DESK_LINE) == 0
    page = editor.get(build_admin_url(Suggestion, "change", suggestion.pk)).content.decode()
    assert change.why in page
    for button in ("_take_up", "_give_back", "_decline"):
        assert button not in page


@pytest.mark.parametrize("refuse", ["reject", "withdraw"])
def test_a_change_that_comes_to_nothing_leaves_it_taken_up(refuse, suggestion, save_form, users, token_client):
    change = save_form()
    if refuse == "reject":
        reject(users["reviewer"], change, change.lock, "No.")
    else:
        withdraw(users["editor"], change, change.lock)
    assert get_state(token_client, suggestion) == ("taken-up", None)
    assert get_worklist_count(users["editor"], DESK_LINE) == 1


def test_a_rejected_change_that_is_taken_up_again_answers_it_still(suggestion, save_form, users, token_client):
    change = save_form()
    reject(users["reviewer"], change, change.lock, "Say where.")
    again = take_up_again(users["editor"], change, change.lock)
    suggestion.refresh_from_db()
    assert suggestion.change == again


def test_only_what_is_ticked_is_answered(suggestion, save_form, users, token_client):
    change = save_form(answers_to=[])
    suggestion.refresh_from_db()
    assert suggestion.change is None
    assert save_form(answers_to=[suggestion.pk]) == change
    save_form(answers_to=[])
    approve(users["reviewer"], change, Change.objects.get(pk=change.pk).lock)
    assert get_state(token_client, suggestion) == ("taken-up", None)


def test_nobody_links_what_another_has_taken_up(suggestion, users, login_as, statement):
    client, url = login_as("reviewer"), build_admin_url(SideEffect, "change", statement.pk)
    client.post(url, read_form_data(client, url) | {"frequency": "rare", "answers_to": [suggestion.pk]})
    suggestion.refresh_from_db()
    assert suggestion.change is None


def test_it_can_be_given_back_to_the_list(suggestion, save_form, users, editor, token_client):
    change = save_form()
    editor.post(build_admin_url(Suggestion, "change", suggestion.pk), {"_give_back": "x", "answer": ""})
    suggestion.refresh_from_db()
    assert (suggestion.state, suggestion.handled_by, suggestion.handled_at, suggestion.change) == ("open", *[None] * 3)
    approve(users["reviewer"], change, change.lock)
    assert get_state(token_client, suggestion) == ("open", None)
    assert get_worklist_count(users["editor"], "Suggestions from outside") == 1


def test_the_database_refuses_a_published_suggestion_without_a_change(suggestion):
    for values in ({"state": "published"}, {"state": "declined", "answer": "x", "change": Change.objects.first()}):
        if values.get("change", 0) is not None:
            with pytest.raises(IntegrityError), transaction.atomic():
                Suggestion.objects.update(**values)


@pytest.mark.parametrize("outcome", ["published", "declined"])
def test_its_sender_hears_of_the_outcome_who_gave_an_address(
    outcome, suggestion, save_form, users, editor, token_owner, settings, django_capture_on_commit_callbacks
):
    settings.SENDS_MAIL = True
    token_owner.email = "anna@example.org"
    token_owner.save()
    change = save_form()
    with django_capture_on_commit_callbacks(execute=True):
        if outcome == "published":
            approve(users["reviewer"], change, change.lock)
        else:
            editor.post(build_admin_url(Suggestion, "change", suggestion.pk), {"_decline": "x", "answer": "Secret."})
    (message,) = mail.outbox
    assert (message.to, message.subject) == (
        ["anna@example.org"],
        f"Your suggestion about side-effects/class-bone: {outcome}",
    )
    assert f"/api/v1/suggestions/{suggestion.pk}/" in message.body
    for private in ("editor@", "reviewer", "Secret.", "It is common."):
        assert private not in message.body
