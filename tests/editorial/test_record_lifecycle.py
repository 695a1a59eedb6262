"""Records are born as drafts, confirmed, retired and brought back, and every writing of them is kept."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from kb.editorial.editing import MovedOn, Wish, begin, discard, restore, save, stamp
from kb.editorial.review import approve, confirm
from kb.editorial.snapshot import content_of
from kb.models import Change, Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.changes import propose as propose


class TestNewRecords:
    """New records start as drafts, and are published by who did not write them."""

    @pytest.fixture
    def draft(self, universe, people):
        content = {
            "slug": "drug-bone",
            "text": "Drug brings on bone ache.",
            "treatment": "drug",
            "symptom": "bone-ache",
            "effect": "causes",
            "citations": [["page", 1, 2]],
        }
        return begin(SideEffect, content | {"status": "published"}, Wish(people["editor"], "It says so."))

    def test_a_new_record_is_a_draft_whatever_it_says_of_itself(self, draft, ask):
        assert draft.status == "draft"
        ask("side-effects/drug-bone/", status=404)

    def test_it_is_published_by_another(self, draft, people, ask):
        change = save(draft, content_of(draft), Wish(people["editor"], "Ready.", send=True))
        approve(people["reviewer"], change, change.lock)
        assert ask("side-effects/drug-bone/")["citations"][0]["first_line"] == 1

    def test_who_wrote_a_part_of_it_does_not_publish_it(self, draft, people):
        save(draft, content_of(draft) | {"onset": "at once"}, Wish(people["reviewer"], "Said as well."))
        change = save(draft, content_of(draft), Wish(people["editor"], "Ready.", send=True))
        with pytest.raises(PermissionDenied, match="You wrote part of this draft"):
            approve(people["reviewer"], change, change.lock)
        approve(people["second reviewer"], change, change.lock)

    def test_it_is_not_sent_without_a_citation(self, draft, people):
        with pytest.raises(ValidationError, match="No citation, no publication"):
            save(draft, content_of(draft) | {"citations": []}, Wish(people["editor"], "Ready.", send=True))
        assert not Change.objects.exists()

    def test_a_draft_is_discarded_and_can_be_brought_back(self, draft, people):
        discard(people["editor"], draft)
        assert not SideEffect.objects.filter(slug="drug-bone").exists()
        gone, last, *_ = Version.objects.filter(slug="drug-bone")
        assert gone.content is None
        again, _ = restore(last, Wish(people["editor"], "A mistake."))
        assert (again.slug, again.status) == ("drug-bone", "draft")


class TestHistory:
    """Every writing is kept, whatever way it came."""

    def test_who_when_and_why_with_before_and_after(self, said, propose, people):
        change = propose(said, frequency="rare", why="Line 2 says rarely.")
        approve(people["reviewer"], change, change.lock)
        after, before, *_ = Version.objects.about(said)
        assert (after.by, after.why, after.change.reviewer) == (
            people["editor"],
            "Line 2 says rarely.",
            people["reviewer"],
        )
        assert (before.content["frequency"], after.content["frequency"]) == ("unstated", "rare")

    def test_writes_past_the_editor_are_in_it(self, said, universe):
        SideEffect.objects.filter(pk=said.pk).update(frequency="rare")
        said.refresh_from_db()
        said.onset = "late"
        said.save()
        said.citations.clear()
        SideEffect.objects.bulk_update([said], ["onset"])
        kept = [v.content for v in Version.objects.about(said)]
        assert kept[0]["citations"] == []
        assert [c["frequency"] for c in kept].count("rare") == 3
        assert {v.way for v in Version.objects.about(said)} == {"outside"}

    def test_an_earlier_state_is_brought_back_with_its_citations_as_a_new_change(self, said, propose, people, ask):
        then = Version.objects.about(said).first()
        change = propose(said, frequency="rare")
        approve(people["reviewer"], change, change.lock)
        restore(then, Wish(people["editor"], "It was right before.", send=True))
        assert ask("side-effects/class-bone/")["frequency"] == "rare"
        back = Change.objects.get(state="submitted")
        approve(people["reviewer"], back, back.lock)
        assert ask("side-effects/class-bone/")["frequency"] == "unstated"


def test_two_who_edit_the_same_draft_do_not_overwrite_each_other(universe, people):
    wish = Wish(people["editor"], "New.")
    draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, wish)
    seen = stamp(draft)
    save(draft, content_of(draft) | {"summary": "Mine."}, wish, seen)
    with pytest.raises(MovedOn) as told:
        save(draft, content_of(draft) | {"summary": "Yours."}, Wish(people["reviewer"], "Better."), seen)
    assert (told.value.seen["summary"], told.value.now["summary"]) == ("", "Mine.")
    draft.refresh_from_db()
    assert draft.summary == "Mine."


def test_a_record_that_others_rest_on_is_not_retired(universe, propose, people):
    with pytest.raises(ValidationError, match="3 published records rest on it"):
        propose(Symptom.objects.get(slug="bone-ache"), status="retired")


def test_a_retired_record_names_what_stands_in_its_place(said, propose, people, ask):
    change = propose(said, status="retired", replaced_by="loner-bone")
    ask("side-effects/class-bone/")
    approve(people["reviewer"], change, change.lock)
    assert "loner-bone" in ask("side-effects/class-bone/", status=410)["replaced_by"]


def test_a_reviewer_confirms_what_another_published_and_sets_the_day(said, propose, people, settings):
    settings.REVIEW_AFTER_DAYS = 30
    change = propose(said, by="reviewer", frequency="rare")
    approve(people["second reviewer"], change, change.lock)
    with pytest.raises(PermissionDenied):
        confirm(people["reviewer"], said)
    confirm(people["second reviewer"], said)
    said.refresh_from_db()
    assert (said.review_due - said.reviewed_on).days == 30


def test_an_editor_does_not_set_the_day_of_a_review(said, propose):
    with pytest.raises(ValidationError, match="A reviewer sets this day"):
        propose(said, reviewed_on="2026-01-01")
