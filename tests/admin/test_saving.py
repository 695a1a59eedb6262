"""Saving a form: it is validated first, written after that, and shown again where the writing is refused."""

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.editorial.editing import EditConflict, EditRequest, create_draft
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect, Symptom
from tests.admin.test_forms import build_admin_url, read_form_data
from treatments.models import Treatment

NEW_SYMPTOM = {"name": "Stiff", "slug": "stiff", "kind": "unstated", "review_due": "2030-01-01", "why": "New."}


@pytest.fixture
def draft(universe, users):
    return create_draft(Symptom, {"slug": "sore", "name": "Sore"}, EditRequest(users["editor"], "New."))


@pytest.fixture
def editor_client(login_as, universe):
    return login_as("editor")


@pytest.fixture
def refuse_writes(monkeypatch):
    """Make the editing service refuse whatever the forms write, as where somebody else was faster."""

    def refuse_writes(error):
        def refuse(*args):
            raise error

        for name in ("save_or_propose", "create_draft", "render_preview"):
            monkeypatch.setattr(f"kb.admin.base.{name}", refuse)

    return refuse_writes


def read_draft_data(client, url, **values):
    """What the form would send that saves a draft with other values."""
    return {name: value for name, value in read_form_data(client, url).items() if name != "_send"} | values


def count_written():
    return Change.objects.count(), Version.objects.count()


@pytest.mark.parametrize("button", ["_save", "_send", "_preview"])
def test_a_form_that_is_validated_writes_nothing(draft, users, rf, editor_client, button):
    url = build_admin_url(Symptom, "change", draft.pk)
    request = rf.post(url, read_draft_data(editor_client, url, summary="Better.", weighed="no") | {button: "1"})
    request.user, before = users["editor"], count_written()
    model_admin = admin.site._registry[Symptom]
    with CaptureQueriesContext(connection) as queries:
        form = model_admin.get_form(request, draft, change=True)(request.POST, instance=draft)
        assert form.is_valid() == (button != "_send")  # What is sent for review has its impact shown first.
    assert form.content["summary"] == "Better."
    assert count_written() == before
    assert Symptom.objects.get(pk=draft.pk).summary == ""
    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert not writes or button == "_send"  # The impact is computed in a transaction that is rolled back.


@pytest.mark.parametrize("button", ["_save", "_send", "_preview"])
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValidationError("Not so."), ["Not so."]),
        (
            ValidationError({"name": ["Not this name."], "status": ["Not this."]}),
            ["Not this name.", "status: Not this."],
        ),
        (PermissionDenied("Not by you."), ["Not by you."]),
        (EditConflict("Somebody was faster."), ["Somebody was faster."]),
    ],
    ids=["refused", "by-field", "forbidden", "conflict"],
)
def test_what_only_the_writing_finds_is_told_on_the_form_and_nothing_is_lost(
    draft, editor_client, refuse_writes, monkeypatch, error, expected, button
):
    monkeypatch.setattr("kb.admin.forms.may_change_other_answers", lambda *args: False)
    refuse_writes(error)
    before = count_written()
    change_url = build_admin_url(Symptom, "change", draft.pk)
    for url, sent in [
        (change_url, read_draft_data(editor_client, change_url, summary="Much work.")),
        (build_admin_url(Symptom, "add"), NEW_SYMPTOM | {"summary": "Much work."}),
        (build_admin_url(Symptom, "add") + "?_popup=1", NEW_SYMPTOM | {"summary": "Much work.", "_popup": "1"}),
    ]:
        answer = editor_client.post(url, sent | {button: "1"})
        form = answer.context["adminform"].form
        assert answer.status_code == 200
        assert sorted(message for messages in form.errors.values() for message in messages) == sorted(expected)
        assert all(message in answer.content.decode() for message in expected)
        assert (form["summary"].value(), form["why"].value()) == ("Much work.", sent["why"])
    assert count_written() == before


def test_a_race_that_is_lost_as_it_is_written_shows_both_versions_and_the_next_save_has_seen_them(
    draft, editor_client, refuse_writes, monkeypatch
):
    url = build_admin_url(Symptom, "change", draft.pk)
    stored = serialize_record(draft)
    sent = read_draft_data(editor_client, url, summary="Mine.", _save="1")
    refuse_writes(EditConflict("Somebody was faster.", stored, stored | {"summary": "Theirs."}))
    answer = editor_client.post(url, sent)
    monkeypatch.undo()
    form = answer.context["adminform"].form
    assert [(d.before, d.after) for d in form.conflict["theirs"]] == [([], ["Theirs."])]
    assert [(d.before, d.after) for d in form.conflict["yours"]] == [(["Theirs."], ["Mine."])]
    assert "Mine." in answer.content.decode()
    assert editor_client.post(url, sent | {"seen": form.data["seen"]}).status_code == 302
    draft.refresh_from_db()
    assert draft.summary == "Mine."


def test_what_was_typed_is_kept_though_the_draft_was_discarded_as_it_was_saved(
    draft, editor_client, refuse_writes, monkeypatch
):
    url = build_admin_url(Symptom, "change", draft.pk)
    sent = read_draft_data(editor_client, url, summary="Much work.", _save="1")
    refuse_writes(EditConflict("This record is gone: its draft was discarded meanwhile."))
    stored = iter([Symptom.objects.get(pk=draft.pk), None])
    monkeypatch.setattr("kb.admin.records.EntryAdmin.get_object", lambda *args: next(stored))
    answer = editor_client.post(url, sent)
    assert answer.status_code == 410
    assert "Much work." in answer.content.decode()


def test_a_draft_that_may_not_be_sent_is_not_saved_either(editor_client, users, monkeypatch):
    treatment, symptom = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="pain")
    words = {"slug": "new", "text": "New.", "treatment": treatment.slug, "symptom": symptom.slug}
    said = create_draft(SideEffect, words, EditRequest(users["editor"], "New."))
    monkeypatch.setattr("kb.admin.forms.may_change_other_answers", lambda *args: False)
    before, url = count_written(), build_admin_url(SideEffect, "change", said.pk)
    page = editor_client.post(url, read_form_data(editor_client, url) | {"text": "Newer."}).content.decode()
    assert "No citation, no publication" in page
    assert "Newer." in page
    said.refresh_from_db()
    assert (said.text, count_written()) == ("New.", before)


def test_a_reason_that_cannot_be_kept_is_told_at_its_field(draft, editor_client):
    url = build_admin_url(Symptom, "change", draft.pk)
    answer = editor_client.post(url, read_draft_data(editor_client, url, why="So\x0bso.", _save="1"))
    assert "U+000B" in answer.context["adminform"].form.errors["why"][0]


def test_a_preview_that_may_not_stand_is_told_on_the_form(statement, editor_client):
    url = build_admin_url(SideEffect, "change", statement.pk)
    answer = editor_client.post(url, read_draft_data(editor_client, url, citations=[], _preview="1"))
    assert "No citation, no publication" in answer.context["adminform"].form.errors["citations"][0]


def test_what_is_added_in_a_popup_is_chosen_in_the_form_that_opened_it(editor_client, universe):
    place = {"source": universe.passage.source_id, "section": "New", "first_line": 5, "last_line": 6, "why": "New."}
    answer = editor_client.post(build_admin_url(Passage, "add") + "?_popup=1", place | {"_popup": "1", "_save": "1"})
    added = Passage.objects.get(first_line=5)
    assert f"&quot;value&quot;: &quot;{added.pk}&quot;" in answer.content.decode()


def test_who_may_not_write_is_refused_and_not_shown_the_form_again(draft, login_as):
    url = build_admin_url(Symptom, "change", draft.pk)
    assert login_as("viewer").post(url, {"summary": "x"}).status_code == 403
