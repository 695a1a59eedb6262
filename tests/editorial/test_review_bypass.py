"""Attempts to bypass the review: stale forms, bulk actions, discarded drafts, rewritten passages, invalid URLs."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from kb.editorial.editing import (
    EditConflict,
    EditRequest,
    create_draft,
    discard_draft,
    restore_version,
    save_or_propose,
)
from kb.editorial.review import approve, reject, submit
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.admin import build_admin_url, read_form_data


@pytest.fixture
def draft(users):
    return create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "It is missing."))


def test_a_change_is_approved_in_bulk_only_as_the_reviewer_opened_it(login_as, submitted_change, statement, users):
    changelist_url, client = reverse("admin:kb_change_changelist"), login_as("reviewer")
    form_data = {"action": "approve_selected", "_selected_action": [submitted_change.pk]}
    page = client.post(changelist_url, form_data | {"seen": f"{submitted_change.pk}:1"}, follow=True).content.decode()
    assert "open it first, nothing is approved unseen" in page
    client.get(reverse("admin:kb_change_change", args=[submitted_change.pk]))
    save_or_propose(
        statement,
        serialize_record(statement) | {"frequency": "very-common"},
        EditRequest(users["editor"], "Rather.", submit=True),
    )
    assert "Somebody was faster" in client.post(changelist_url, form_data, follow=True).content.decode()
    statement.refresh_from_db()
    assert statement.frequency == "unstated"
    client.get(reverse("admin:kb_change_change", args=[submitted_change.pk]))
    assert "1 approved" in client.post(changelist_url, form_data, follow=True).content.decode()
    statement.refresh_from_db()
    assert statement.frequency == "very-common"


def test_a_draft_published_meanwhile_cannot_be_discarded(draft, users):
    change = save_or_propose(draft, serialize_record(draft), EditRequest(users["editor"], "Ready.", submit=True))
    approve(users["reviewer"], change, change.lock)
    with pytest.raises(PermissionDenied, match="retired, not deleted"):
        discard_draft(users["editor"], draft)
    assert Symptom.objects.filter(slug="stiff").exists()


def test_the_author_of_a_discarded_draft_cannot_approve_it_once_it_is_restored(users, universe):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["reviewer"], "It is missing."))
    discard_draft(users["reviewer"], draft)
    last = Version.objects.filter(slug="stiff").last()
    restored, _ = restore_version(last, EditRequest(users["editor"], "It was right."))
    change = save_or_propose(restored, serialize_record(restored), EditRequest(users["editor"], "Ready.", submit=True))
    with pytest.raises(PermissionDenied, match="You wrote part of this draft"):
        approve(users["reviewer"], change, change.lock)


def test_drafts_submitted_in_bulk_are_submitted_as_they_are_now(draft, users):
    stale = Symptom.objects.get(pk=draft.pk)
    save_or_propose(draft, serialize_record(draft) | {"summary": "Two."}, EditRequest(users["reviewer"], "Better."))
    change = save_or_propose(stale, {}, EditRequest(users["editor"], "Ready.", "bulk", submit=True))
    draft.refresh_from_db()
    assert (draft.summary, change.content["summary"]) == ("Two.", "Two.")


def test_restoring_a_version_does_not_overwrite_the_users_open_change(submitted_change, statement, users):
    version = Version.objects.for_records(statement).last()
    with pytest.raises(ValidationError, match="You have an open change"):
        restore_version(version, EditRequest(users["editor"], "It was right."))
    submitted_change.refresh_from_db()
    assert (submitted_change.state, submitted_change.content["frequency"]) == ("submitted", "rare")


class TestPassages:
    @pytest.fixture
    def draft_passage(self, universe, users):
        content = {"source": "page", "section": "Other", "first_line": 5, "last_line": 6}
        return create_draft(Passage, content, EditRequest(users["editor"], "It is missing."))

    @pytest.fixture
    def citing_change(self, statement, draft_passage, users):
        content = serialize_record(statement) | {"citations": [["page", 5, 6]]}
        return save_or_propose(statement, content, EditRequest(users["editor"], "Said there.", submit=True))

    def test_a_passage_rewritten_since_is_not_published_unseen(self, draft_passage, citing_change, users):
        save_or_propose(
            draft_passage,
            serialize_record(draft_passage) | {"section": "Unseen"},
            EditRequest(users["editor"], "Another heading."),
        )
        with pytest.raises(EditConflict, match="was written since it was sent"):
            approve(users["reviewer"], citing_change, citing_change.lock)
        citing_change.refresh_from_db()
        submit(users["editor"], citing_change, citing_change.lock)
        approve(users["reviewer"], citing_change, citing_change.lock)

    def test_a_cited_passage_cannot_be_moved_by_restoring_a_version(self, draft_passage, statement, users):
        first_version = Version.objects.for_records(draft_passage).first()
        save_or_propose(
            draft_passage,
            serialize_record(draft_passage) | {"first_line": 4},
            EditRequest(users["editor"], "One line more."),
        )
        draft_passage.refresh_from_db()
        statement.citations.add(draft_passage)
        with pytest.raises(ValidationError, match="stays where it is"):
            restore_version(first_version, EditRequest(users["editor"], "It was right."))

    def test_the_heading_of_a_cited_passage_changes_by_review(self, universe, users, get_json):
        passage = universe.passage
        change = save_or_propose(
            passage,
            serialize_record(passage) | {"section": "Better"},
            EditRequest(users["editor"], "Line 1.", submit=True),
        )
        assert get_json("side-effects/class-bone/")["citations"][0]["section"] == "Head"
        approve(users["reviewer"], change, change.lock)
        assert get_json("side-effects/class-bone/")["citations"][0]["section"] == "Better"

    def test_a_form_opens_although_a_passage_that_it_cites_is_deleted(
        self, draft_passage, citing_change, statement, login_as
    ):
        discard_as_administrator(login_as, draft_passage)
        page = login_as("editor").get(build_admin_url(SideEffect, "change", statement.pk)).content.decode()
        assert "Something that it names is no longer there" in page
        page = login_as("reviewer").get(reverse("admin:kb_change_change", args=[citing_change.pk])).content.decode()
        assert "There is no passage" in page


def discard_as_administrator(login_as, record):
    options = record._meta
    url = reverse(f"admin:{options.app_label}_{options.model_name}_delete", args=[record.pk])
    assert login_as("administrator").post(url, {"post": "yes"}).status_code == 302


def test_a_reason_that_is_too_long_is_refused_not_truncated(submitted_change, statement, users):
    with pytest.raises(ValidationError, match="1000 at most"):
        reject(users["reviewer"], submitted_change, submitted_change.lock, "x" * 1001)
    with pytest.raises(ValidationError, match="500 at most"):
        EditRequest(users["editor"], "x" * 501)


def test_the_input_is_shown_although_the_draft_was_discarded(draft, login_as, users):
    url = build_admin_url(Symptom, "change", draft.pk)
    form_data = read_form_data(login_as("editor"), url) | {"summary": "Much work."}
    discard_draft(users["reviewer"], draft)
    response = login_as("editor").post(url, form_data)
    assert response.status_code == 410
    assert "Much work." in response.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "kb/change/abc/change/",
        "kb/change/999999/change/",
        "kb/cancer/abc/history/",
        "kb/version/of/9999/1/",
        "kb/version/of/1/99999999999999999999/",
        "kb/change/?of=abc",
        "kb/version/?of=abc",
        "symptoms/symptom/?work=bogus",
        "symptoms/symptom/export/csv/?work=bogus",
        "symptoms/symptom/import/999999/",
    ],
)
def test_an_invalid_url_does_not_cause_a_server_error(login_as, submitted_change, path):
    assert login_as("administrator").get(f"/admin/{path}").status_code in {302, 404}


@pytest.mark.parametrize("token", ["", "abc", "9" * 5000])
def test_a_form_without_its_concurrency_token_is_refused(login_as, submitted_change, draft, token):
    response = login_as("reviewer").post(
        reverse("admin:kb_change_change", args=[submitted_change.pk]), {"approve": "1", "seen": token}
    )
    assert "Nothing was asked for" in response.content.decode()
    url = build_admin_url(Symptom, "change", draft.pk)
    client = login_as("editor")
    form_data = read_form_data(client, url) | {"summary": "x", "seen": token}
    del form_data["_send"]
    response = client.post(url, form_data)
    assert "Somebody else has written to this record" in response.content.decode()
    assert Change.objects.get().state == "submitted"
