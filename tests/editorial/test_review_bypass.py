"""Ways that somebody tried past the review, and what becomes of them."""

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
from tests.admin.test_forms import build_admin_url, read_form_data


@pytest.fixture
def draft(users):
    return create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "New."))


def test_what_was_amended_since_the_queue_was_shown_is_not_approved_in_bulk(
    login_as, submitted_change, statement, users
):
    listed = reverse("admin:kb_change_changelist")
    shown = f"{submitted_change.pk}:{submitted_change.lock}"
    assert f'value="{shown}"' in login_as("reviewer").get(listed).content.decode()
    save_or_propose(
        statement,
        serialize_record(statement) | {"frequency": "very-common"},
        EditRequest(users["editor"], "Rather.", submit=True),
    )
    for seen in ([shown], [], ["1:x"]):
        chosen = {"action": "approve_selected", "_selected_action": [submitted_change.pk], "seen": seen}
        assert "Somebody was faster" in login_as("reviewer").post(listed, chosen, follow=True).content.decode()
    statement.refresh_from_db()
    assert statement.frequency == "unstated"


def test_a_draft_that_was_published_meanwhile_is_not_discarded(draft, users):
    sent = save_or_propose(draft, serialize_record(draft), EditRequest(users["editor"], "Ready.", submit=True))
    approve(users["reviewer"], sent, sent.lock)
    with pytest.raises(PermissionDenied, match="retired, not deleted"):
        discard_draft(users["editor"], draft)
    assert Symptom.objects.filter(slug="stiff").exists()


def test_who_wrote_a_draft_that_was_discarded_does_not_approve_it_once_it_is_back(users, universe):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["reviewer"], "New."))
    discard_draft(users["reviewer"], draft)
    last = Version.objects.filter(slug="stiff").last()
    back, _ = restore_version(last, EditRequest(users["editor"], "It was right."))
    sent = save_or_propose(back, serialize_record(back), EditRequest(users["editor"], "Ready.", submit=True))
    with pytest.raises(PermissionDenied, match="You wrote part of this draft"):
        approve(users["reviewer"], sent, sent.lock)


def test_sending_drafts_in_bulk_sends_them_as_they_are_now(draft, users):
    stale = Symptom.objects.get(pk=draft.pk)
    save_or_propose(draft, serialize_record(draft) | {"summary": "Two."}, EditRequest(users["reviewer"], "Better."))
    sent = save_or_propose(stale, {}, EditRequest(users["editor"], "Ready.", "bulk", submit=True))
    draft.refresh_from_db()
    assert (draft.summary, sent.content["summary"]) == ("Two.", "Two.")


def test_bringing_a_version_back_does_not_undo_ones_own_open_change(submitted_change, statement, users):
    before = Version.objects.for_records(statement).last()
    with pytest.raises(ValidationError, match="You have an open change"):
        restore_version(before, EditRequest(users["editor"], "It was right."))
    submitted_change.refresh_from_db()
    assert (submitted_change.state, submitted_change.content["frequency"]) == ("submitted", "rare")


class TestPassages:
    @pytest.fixture
    def draft_passage(self, universe, users):
        words = {"source": "page", "section": "Other", "first_line": 5, "last_line": 6}
        return create_draft(Passage, words, EditRequest(users["editor"], "New."))

    @pytest.fixture
    def citing_change(self, statement, draft_passage, users):
        content = serialize_record(statement) | {"citations": [["page", 5, 6]]}
        return save_or_propose(statement, content, EditRequest(users["editor"], "Said there.", submit=True))

    def test_a_place_that_was_rewritten_since_is_not_published_unseen(self, draft_passage, citing_change, users):
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

    def test_a_place_that_is_cited_is_not_moved_by_bringing_a_version_back(self, draft_passage, statement, users):
        first = Version.objects.for_records(draft_passage).first()
        save_or_propose(
            draft_passage,
            serialize_record(draft_passage) | {"first_line": 4},
            EditRequest(users["editor"], "One line more."),
        )
        draft_passage.refresh_from_db()
        statement.citations.add(draft_passage)
        with pytest.raises(ValidationError, match="stays where it is"):
            restore_version(first, EditRequest(users["editor"], "It was right."))

    def test_the_heading_of_a_cited_place_changes_by_review(self, universe, users, get_json):
        place = universe.passage
        sent = save_or_propose(
            place, serialize_record(place) | {"section": "Better"}, EditRequest(users["editor"], "Line 1.", submit=True)
        )
        assert get_json("side-effects/class-bone/")["citations"][0]["section"] == "Head"
        approve(users["reviewer"], sent, sent.lock)
        assert get_json("side-effects/class-bone/")["citations"][0]["section"] == "Better"

    def test_a_form_opens_though_a_place_that_it_proposed_is_gone(
        self, draft_passage, citing_change, statement, login_as
    ):
        discard_as_administrator(login_as, draft_passage)
        page = login_as("editor").get(build_admin_url(SideEffect, "change", statement.pk)).content.decode()
        assert "Something that it names is no longer there" in page
        page = login_as("reviewer").get(reverse("admin:kb_change_change", args=[citing_change.pk])).content.decode()
        assert "There is no passage" in page


def discard_as_administrator(login_as, record):
    meta = record._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_delete", args=[record.pk])
    assert login_as("administrator").post(url, {"post": "yes"}).status_code == 302


def test_what_is_said_at_too_great_length_is_told_not_cut(submitted_change, statement, users):
    with pytest.raises(ValidationError, match="1000 at most"):
        reject(users["reviewer"], submitted_change, submitted_change.lock, "x" * 1001)
    with pytest.raises(ValidationError, match="500 at most"):
        EditRequest(users["editor"], "x" * 501)


def test_what_was_typed_is_kept_though_the_draft_was_discarded(draft, login_as, users):
    url = build_admin_url(Symptom, "change", draft.pk)
    sent = read_form_data(login_as("editor"), url) | {"summary": "Much work."}
    discard_draft(users["reviewer"], draft)
    answer = login_as("editor").post(url, sent)
    assert answer.status_code == 410
    assert "Much work." in answer.content.decode()


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
def test_an_address_that_leads_nowhere_is_no_error_of_ours(login_as, submitted_change, path):
    assert login_as("administrator").get(f"/admin/{path}").status_code in {302, 404}


@pytest.mark.parametrize("seen", ["", "abc", "9" * 5000])
def test_a_form_without_its_stamp_is_refused(login_as, submitted_change, draft, seen):
    page = login_as("reviewer").post(
        reverse("admin:kb_change_change", args=[submitted_change.pk]), {"approve": "1", "seen": seen}
    )
    assert "Nothing was asked for" in page.content.decode()
    url = build_admin_url(Symptom, "change", draft.pk)
    client = login_as("editor")
    sent = read_form_data(client, url) | {"summary": "x", "seen": seen}
    del sent["_send"]
    page = client.post(url, sent).content.decode()
    assert "Somebody else has written to this record" in page
    assert Change.objects.get().state == "submitted"
