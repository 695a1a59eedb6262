"""The life cycle of a record: draft, publication, history, restoring, retirement and confirmation of the review."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from kb.editorial.confirmation import confirm_review
from kb.editorial.editing import (
    EditConflict,
    EditRequest,
    concurrency_token,
    create_draft,
    discard_draft,
    restore_version,
    save_or_propose,
)
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.changes import propose_change as propose_change


class TestNewRecords:
    """New records start as drafts and are published by a user who did not write them."""

    @pytest.fixture
    def draft(self, universe, users):
        content = {
            "slug": "drug-bone",
            "text": "Drug brings on bone ache.",
            "treatment": "drug",
            "symptom": "bone-ache",
            "effect": "causes",
            "citations": [["page", 1, 2]],
        }
        return create_draft(SideEffect, content | {"status": "published"}, EditRequest(users["editor"], "It says so."))

    def test_a_new_record_is_a_draft_whatever_status_it_asks_for(self, draft, get_json):
        assert draft.status == "draft"
        get_json("side-effects/drug-bone/", status=404)

    def test_it_is_published_by_another_user(self, draft, users, get_json):
        change = save_or_propose(draft, serialize_record(draft), EditRequest(users["editor"], "Ready.", submit=True))
        approve(users["reviewer"], change, change.lock)
        assert get_json("side-effects/drug-bone/")["citations"][0]["first_line"] == 1

    def test_a_user_who_wrote_part_of_it_cannot_publish_it(self, draft, users):
        save_or_propose(
            draft, serialize_record(draft) | {"onset": "at once"}, EditRequest(users["reviewer"], "Said as well.")
        )
        change = save_or_propose(draft, serialize_record(draft), EditRequest(users["editor"], "Ready.", submit=True))
        with pytest.raises(PermissionDenied, match="You wrote part of this draft"):
            approve(users["reviewer"], change, change.lock)
        approve(users["second reviewer"], change, change.lock)

    def test_it_cannot_be_submitted_without_a_citation(self, draft, users):
        with pytest.raises(ValidationError, match="No citation, no publication"):
            save_or_propose(
                draft, serialize_record(draft) | {"citations": []}, EditRequest(users["editor"], "Ready.", submit=True)
            )
        assert not Change.objects.exists()

    def test_a_discarded_draft_can_be_restored(self, draft, users):
        discard_draft(users["editor"], draft)
        assert not SideEffect.objects.filter(slug="drug-bone").exists()
        deletion, last_version, *_ = Version.objects.filter(slug="drug-bone")
        assert deletion.content is None
        restored, _ = restore_version(last_version, EditRequest(users["editor"], "A mistake."))
        assert (restored.slug, restored.status) == ("drug-bone", "draft")


class TestHistory:
    """Every write creates a version, whichever way it came."""

    def test_a_version_holds_author_reason_and_content(self, statement, propose_change, users):
        change = propose_change(statement, frequency="rare", why="Line 2 says rarely.")
        approve(users["reviewer"], change, change.lock)
        newest, previous, *_ = Version.objects.for_records(statement)
        assert (newest.by, newest.why, newest.change.reviewer) == (
            users["editor"],
            "Line 2 says rarely.",
            users["reviewer"],
        )
        assert (previous.content["frequency"], newest.content["frequency"]) == ("unstated", "rare")

    def test_writes_outside_of_the_editorial_services_are_versioned(self, statement, universe):
        SideEffect.objects.filter(pk=statement.pk).update(frequency="rare")
        statement.refresh_from_db()
        statement.onset = "late"
        statement.save()
        statement.citations.clear()
        SideEffect.objects.bulk_update([statement], ["onset"])
        contents = [v.content for v in Version.objects.for_records(statement)]
        assert contents[0]["citations"] == []
        assert [c["frequency"] for c in contents].count("rare") == 3
        assert {v.way for v in Version.objects.for_records(statement)} == {"outside"}

    def test_an_earlier_version_is_restored_as_a_new_change(self, statement, propose_change, users, get_json):
        version = Version.objects.for_records(statement).first()
        change = propose_change(statement, frequency="rare")
        approve(users["reviewer"], change, change.lock)
        restore_version(version, EditRequest(users["editor"], "It was right before.", submit=True))
        assert get_json("side-effects/class-bone/")["frequency"] == "rare"
        restoring_change = Change.objects.get(state="submitted")
        approve(users["reviewer"], restoring_change, restoring_change.lock)
        assert get_json("side-effects/class-bone/")["frequency"] == "unstated"


def test_two_users_who_edit_the_same_draft_do_not_overwrite_each_other(universe, users):
    edit_request = EditRequest(users["editor"], "It is missing.")
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, edit_request)
    token = concurrency_token(draft)
    save_or_propose(draft, serialize_record(draft) | {"summary": "Mine."}, edit_request, token)
    with pytest.raises(EditConflict) as caught:
        save_or_propose(
            draft, serialize_record(draft) | {"summary": "Yours."}, EditRequest(users["reviewer"], "Better."), token
        )
    assert (caught.value.original["summary"], caught.value.current["summary"]) == ("", "Mine.")
    draft.refresh_from_db()
    assert draft.summary == "Mine."


def test_a_record_that_others_refer_to_cannot_be_retired(universe, propose_change, users):
    with pytest.raises(ValidationError, match="3 published records rest on it"):
        propose_change(Symptom.objects.get(slug="bone-ache"), status="retired")


def test_a_retired_record_names_its_replacement(statement, propose_change, users, get_json):
    change = propose_change(statement, status="retired", replaced_by="loner-bone")
    get_json("side-effects/class-bone/")
    approve(users["reviewer"], change, change.lock)
    assert "loner-bone" in get_json("side-effects/class-bone/", status=410)["replaced_by"]


def test_a_reviewer_confirms_a_record_published_by_another_and_sets_the_date(
    statement, propose_change, users, settings
):
    settings.REVIEW_AFTER_DAYS = 30
    change = propose_change(statement, by="reviewer", frequency="rare")
    approve(users["second reviewer"], change, change.lock)
    with pytest.raises(PermissionDenied):
        confirm_review(users["reviewer"], statement)
    confirm_review(users["second reviewer"], statement)
    statement.refresh_from_db()
    assert (statement.review_due - statement.reviewed_on).days == 30


def test_an_editor_cannot_set_the_review_date(statement, propose_change):
    with pytest.raises(ValidationError, match="A reviewer sets this day"):
        propose_change(statement, reviewed_on="2026-01-01")
