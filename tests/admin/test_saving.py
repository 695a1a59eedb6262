"""Saving in the admin's forms: validation writes nothing; a refusal by the service is shown on the form."""

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.editorial.editing import EditConflict, EditRequest, create_draft
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.admin import NEW_SYMPTOM_FORM, build_admin_url, read_form_data
from treatments.models import Treatment


@pytest.fixture
def draft(universe, users):
    return create_draft(Symptom, {"slug": "sore", "name": "Sore"}, EditRequest(users["editor"], "It is missing."))


@pytest.fixture
def editor_client(login_as, universe):
    return login_as("editor")


@pytest.fixture
def refuse_writes(monkeypatch):
    """Make the editing services refuse every write of the forms with an error."""

    def refuse_writes(error):
        def refuse(*args):
            raise error

        for name in ("save_or_propose", "create_draft", "render_preview"):
            monkeypatch.setattr(f"kb.admin.base.{name}", refuse)

    return refuse_writes


def read_draft_data(client, url, **values):
    """Return the form data that save a draft with other values."""
    return {name: value for name, value in read_form_data(client, url).items() if name != "_send"} | values


def count_changes_and_versions():
    return Change.objects.count(), Version.objects.count()


@pytest.mark.parametrize("button", ["_save", "_send", "_preview"])
def test_validating_a_form_writes_nothing(draft, users, rf, editor_client, button):
    url = build_admin_url(Symptom, "change", draft.pk)
    request = rf.post(url, read_draft_data(editor_client, url, summary="Better.", weighed="no") | {button: "1"})
    request.user, counts_before = users["editor"], count_changes_and_versions()
    model_admin = admin.site._registry[Symptom]
    with CaptureQueriesContext(connection) as queries:
        form = model_admin.get_form(request, draft, change=True)(request.POST, instance=draft)
        assert form.is_valid() == (button != "_send")  # Before a change is submitted its impact is shown.
    assert form.content["summary"] == "Better."
    assert count_changes_and_versions() == counts_before
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
def test_an_error_of_the_service_is_shown_on_the_form_and_the_input_is_preserved(
    draft, editor_client, refuse_writes, monkeypatch, error, expected, button
):
    monkeypatch.setattr("kb.admin.forms.may_change_other_answers", lambda *args: False)
    refuse_writes(error)
    counts_before = count_changes_and_versions()
    change_url = build_admin_url(Symptom, "change", draft.pk)
    for url, form_data in [
        (change_url, read_draft_data(editor_client, change_url, summary="Much work.")),
        (build_admin_url(Symptom, "add"), NEW_SYMPTOM_FORM | {"summary": "Much work."}),
        (build_admin_url(Symptom, "add") + "?_popup=1", NEW_SYMPTOM_FORM | {"summary": "Much work.", "_popup": "1"}),
    ]:
        response = editor_client.post(url, form_data | {button: "1"})
        form = response.context["adminform"].form
        assert response.status_code == 200
        assert sorted(message for messages in form.errors.values() for message in messages) == sorted(expected)
        assert all(message in response.content.decode() for message in expected)
        assert (form["summary"].value(), form["why"].value()) == ("Much work.", form_data["why"])
    assert count_changes_and_versions() == counts_before


def test_an_edit_conflict_shows_both_versions_and_the_next_save_succeeds(
    draft, editor_client, refuse_writes, monkeypatch
):
    url = build_admin_url(Symptom, "change", draft.pk)
    stored = serialize_record(draft)
    form_data = read_draft_data(editor_client, url, summary="Mine.", _save="1")
    refuse_writes(EditConflict("Somebody was faster.", stored, stored | {"summary": "Theirs."}))
    response = editor_client.post(url, form_data)
    monkeypatch.undo()
    form = response.context["adminform"].form
    assert [(d.before, d.after) for d in form.conflict["theirs"]] == [([], ["Theirs."])]
    assert [(d.before, d.after) for d in form.conflict["yours"]] == [(["Theirs."], ["Mine."])]
    assert "Mine." in response.content.decode()
    assert editor_client.post(url, form_data | {"seen": form.data["seen"]}).status_code == 302
    draft.refresh_from_db()
    assert draft.summary == "Mine."


def test_the_input_is_shown_although_the_draft_is_discarded_while_it_is_saved(
    draft, editor_client, refuse_writes, monkeypatch
):
    url = build_admin_url(Symptom, "change", draft.pk)
    form_data = read_draft_data(editor_client, url, summary="Much work.", _save="1")
    refuse_writes(EditConflict("This record is gone: its draft was discarded meanwhile."))
    results = iter([Symptom.objects.get(pk=draft.pk), None])
    monkeypatch.setattr("kb.admin.records.EntryAdmin.get_object", lambda *args: next(results))
    response = editor_client.post(url, form_data)
    assert response.status_code == 410
    assert "Much work." in response.content.decode()


def test_a_draft_that_cannot_be_submitted_is_not_saved(editor_client, users, monkeypatch):
    treatment, symptom = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="pain")
    content = {"slug": "new", "text": "New.", "treatment": treatment.slug, "symptom": symptom.slug}
    statement = create_draft(SideEffect, content, EditRequest(users["editor"], "It is missing."))
    monkeypatch.setattr("kb.admin.forms.may_change_other_answers", lambda *args: False)
    counts_before, url = count_changes_and_versions(), build_admin_url(SideEffect, "change", statement.pk)
    page = editor_client.post(url, read_form_data(editor_client, url) | {"text": "Newer."}).content.decode()
    assert "No citation, no publication" in page
    assert "Newer." in page
    statement.refresh_from_db()
    assert (statement.text, count_changes_and_versions()) == ("New.", counts_before)


def test_an_invalid_reason_is_reported_at_its_field(draft, editor_client):
    url = build_admin_url(Symptom, "change", draft.pk)
    response = editor_client.post(url, read_draft_data(editor_client, url, why="So\x0bso.", _save="1"))
    assert "U+000B" in response.context["adminform"].form.errors["why"][0]


def test_an_invalid_preview_is_reported_on_the_form(statement, editor_client):
    url = build_admin_url(SideEffect, "change", statement.pk)
    response = editor_client.post(url, read_draft_data(editor_client, url, citations=[], _preview="1"))
    assert "No citation, no publication" in response.context["adminform"].form.errors["citations"][0]


def test_a_record_added_in_a_popup_is_selected_in_the_form_that_opened_it(editor_client, universe):
    form_data = {
        "source": universe.passage.source_id,
        "section": "New",
        "first_line": 5,
        "last_line": 6,
        "why": "It is missing.",
    }
    response = editor_client.post(
        build_admin_url(Passage, "add") + "?_popup=1", form_data | {"_popup": "1", "_save": "1"}
    )
    passage = Passage.objects.get(first_line=5)
    assert f"&quot;value&quot;: &quot;{passage.pk}&quot;" in response.content.decode()


def test_a_user_without_permission_is_refused(draft, login_as):
    url = build_admin_url(Symptom, "change", draft.pk)
    assert login_as("viewer").post(url, {"summary": "x"}).status_code == 403
