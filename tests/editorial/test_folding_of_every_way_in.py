"""What is typed or pasted is stored as it reads, on every way in, and whoever wrote it is told what was cleaned."""

import html
import json

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.urls import reverse

from kb.editorial.editing import EditRequest, create_draft, restore_version, save_or_propose
from kb.editorial.remarks import write_remark
from kb.editorial.snapshot import serialize_record
from kb.import_export.fixtures import load_fixtures
from kb.models import ApiToken, Change, SavedFilter, Suggestion, Version
from symptoms.models import SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.imports import encode_lines, get_row_errors
from tests.helpers.imports import import_file as import_file
from tests.helpers.suggestions import post_suggestion as post_suggestion
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner

TYPED, STORED = "Bones\u00a0ache in the ﬁbula: osteo\u00adporosis\u200b. ", "Bones ache in the fibula: osteoporosis."
NOTES = ["no-break space (U+00A0) written as a space", "written as fi", "soft hyphen (U+00AD) removed"]
NOTES += ["zero width space (U+200B) removed"]
WHY, STORED_WHY = "Line 2\u00a0says\u200b so.", "Line 2 says so."
FORM = {"slug": "numb", "name": "Numb", "summary": TYPED, "kind": "unstated", "review_due": "2027-01-01", "why": WHY}
BAD_NAME, NAME_ERROR = "Bоne", "cyrillic small letter o (U+043E), at position 2"


def get_text(response):
    return html.unescape(response.content.decode())


def assert_notes(text, notes=NOTES):
    assert [note for note in notes if note not in text] == []


def test_a_form(universe, login_as):
    client, url = login_as("editor"), reverse("admin:symptoms_symptom_add")
    values = {
        "slug": "numb",
        "name": "Numb",
        "summary": TYPED,
        "kind": "unstated",
        "why": WHY,
        "review_due": "2027-01-01",
    }
    response = client.post(url, values, follow=True)
    assert_notes(get_text(response))
    assert "Summary: 1 × no-break space" in get_text(response)
    assert Symptom.objects.get(slug="numb").summary == STORED
    assert Version.objects.get(slug="numb").why == STORED_WHY
    assert NAME_ERROR in get_text(client.post(url, FORM | {"slug": "bone", "name": BAD_NAME}))
    assert not Symptom.objects.filter(slug="bone").exists()


def test_a_form_that_is_shown_again_tells_it_and_has_the_text_as_it_is_now(universe, login_as):
    client, url = login_as("editor"), reverse("admin:symptoms_symptom_add")
    page = get_text(
        client.post(
            url,
            {"slug": "numb", "name": "", "summary": TYPED, "kind": "unstated", "why": WHY, "review_due": "2027-01-01"},
        )
    )
    assert_notes(page)
    assert f"{STORED}</textarea>" in page
    assert page.count("Cleaned, since nobody sees the difference") == 1


def test_the_services_store_it_so(universe, users, statement):
    edit_request = EditRequest(users["editor"], WHY)
    assert create_draft(Symptom, {"slug": "numb", "name": "Numb", "summary": TYPED}, edit_request).summary == STORED
    change = save_or_propose(statement, serialize_record(statement) | {"text": TYPED}, edit_request)
    assert (change.content["text"], change.why) == (STORED, STORED_WHY)
    with pytest.raises(ValidationError, match="Nothing is different"):
        save_or_propose(statement, serialize_record(statement) | {"text": f"{statement.text}\u200b "}, edit_request)
    assert write_remark(users["reviewer"], change, TYPED).text == STORED
    with pytest.raises(ValidationError, match="wrong encoding"):
        EditRequest(users["editor"], "I donâ€™t know.")


def test_a_version_of_before_is_brought_back_as_it_reads(universe, users):
    edit_request = EditRequest(users["editor"], WHY)
    numb = create_draft(Symptom, {"slug": "numb", "name": "Numb"}, edit_request)
    version = Version.objects.for_records(numb).get()
    Version.objects.filter(pk=version.pk).update(content=version.content | {"summary": TYPED})
    version.refresh_from_db()
    restore_version(version, edit_request)
    assert Symptom.objects.get(slug="numb").summary == STORED


@pytest.mark.parametrize("file_format", ["csv", "yaml"])
def test_an_import_stores_it_so_and_notes_it_by_row_and_column(universe, import_file, file_format):
    def build(**record):
        if file_format == "csv":
            return encode_lines(",".join(record), ",".join(record.values()))
        return json.dumps([{"model": "symptoms.symptom", "fields": record}]).encode()

    (outcome,) = import_file(build(slug="numb", name="Numb", summary=TYPED), Symptom, f"x.{file_format}").outcomes
    assert Symptom.objects.get(slug="numb").summary == STORED
    assert_notes(" ".join(outcome.notes))
    assert outcome.notes[0].startswith("summary: ")
    result = import_file(build(slug="bone", name=BAD_NAME), Symptom, f"x.{file_format}")
    assert [column for _, column in get_row_errors(result)] == ["name"]
    assert NAME_ERROR in str(get_row_errors(result))
    assert not Symptom.objects.filter(slug="bone").exists()


def test_a_value_that_differs_by_what_nobody_sees_is_no_change(universe, import_file):
    Universe(is_created=True).make(Symptom, "numb", summary="Two words. ", synonyms=["no\u00a0feeling"])
    for summary in ("Two words.", " Two words. ", "Two\u00a0words.\u200b"):
        (outcome,) = import_file(encode_lines("slug,summary,synonyms", f"numb,{summary},no feeling"), Symptom).outcomes
        assert outcome.state == "same"
    assert not Change.objects.exists()


@pytest.mark.parametrize("fields", [{"summary": TYPED}, {"synonyms": [BAD_NAME]}])
def test_a_fixture_is_refused_with_its_line(db, tmp_path, settings, fields):
    settings.FIXTURE_DIRS = [tmp_path]
    record = {"slug": "pain", "name": "Pain", "status": "published"} | fields
    (tmp_path / "01_data.yaml").write_text(yaml.safe_dump([{"model": "symptoms.symptom", "fields": record}]))
    with pytest.raises(CommandError) as caught:
        load_fixtures()
    assert ("01_data.yaml, line 1: summary: 1 ×" if "summary" in fields else NAME_ERROR) in str(caught.value)
    assert not Symptom.objects.exists()


def test_a_suggestion_is_cleaned_and_the_answer_says_so(post_suggestion):
    sent = post_suggestion(text=TYPED, proposed="Rare\u200b.")
    assert (sent["text"], sent["proposed"]) == (STORED, "Rare.")
    assert_notes(" ".join(sent["cleaned"]))
    assert sent["cleaned"][-1] == "proposed: 1 × zero width space (U+200B) removed."
    assert post_suggestion(status=200, text=STORED, proposed="Rare.")["cleaned"] == []
    assert Suggestion.objects.get().text == STORED
    error = post_suggestion(status=400, slug="class\u200b-bone")
    assert error["errors"][0]["pointer"] == "#/slug"
    post_suggestion(status=400, text="It \uf0b7 hurts.")


def test_the_answer_to_a_suggestion_and_the_remark_on_a_change(post_suggestion, submitted_change, login_as):
    post_suggestion()
    suggestion, client = Suggestion.objects.get(), login_as("reviewer")
    url = reverse("admin:kb_suggestion_change", args=[suggestion.pk])
    assert_notes(get_text(client.post(url, {"answer": TYPED, "_decline": "1"}, follow=True)))
    assert Suggestion.objects.get().answer == STORED
    url = reverse("admin:kb_change_change", args=[submitted_change.pk])
    values = {"remark": TYPED, "answer": "1", "seen": submitted_change.lock}
    assert_notes(get_text(client.post(url, values, follow=True)))
    assert submitted_change.remarks.get().text == STORED


def test_names_of_tokens_and_of_saved_lists(universe, users, login_as):
    with pytest.raises(ValidationError, match="nobody sees"):
        ApiToken(user=users["editor"], name="ap\u200bp", scopes=["suggest"]).issue()
    client, path = login_as("editor"), reverse("admin:symptoms_sideeffect_changelist")
    page = get_text(client.post(reverse("admin:save_list"), {"name": BAD_NAME, "path": path, "query": ""}, follow=True))
    assert NAME_ERROR in page
    assert not SavedFilter.objects.exists()


def test_a_reason_of_a_bulk_action_and_of_a_restored_version(universe, users, login_as):
    client, drafts = login_as("editor"), EditRequest(users["editor"], WHY)
    draft = create_draft(Symptom, {"slug": "numb", "name": "Numb"}, drafts)
    values = {"action": "send_for_review", "_selected_action": [draft.pk], "why": WHY}
    page = client.post(reverse("admin:symptoms_symptom_changelist"), values, follow=True)
    assert "Why: 1 × no-break space (U+00A0) written as a space." in get_text(page)
    assert Change.objects.get().why == STORED_WHY
    assert not SideEffect.objects.filter(status="draft").exists()
