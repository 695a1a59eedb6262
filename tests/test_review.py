"""What is published stays as it is until somebody else has approved a change of it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from kb.content import content_of
from kb.editing import MovedOn, Wish, begin, discard, restore, save, stamp
from kb.history import Guard
from kb.models import Change, Passage, Version
from kb.review import approve, bring_up_to_date, confirm, reject, send_back, submit, withdraw
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment


@pytest.fixture
def propose(people):
    """Somebody proposes other values for a record, and sends them for review unless told otherwise."""

    def propose(record, by="editor", send=True, why="The source says so.", **values):
        return save(record, content_of(record) | values, Wish(people[by], why, send=send))

    return propose


def frequency(ask, slug="class-bone"):
    return ask(f"side-effects/{slug}/")["frequency"]


def test_a_proposed_change_is_not_seen_until_another_approves_it(said, propose, people, ask):
    change = propose(said, frequency="rare")
    assert frequency(ask) == "unstated"
    approve(people["reviewer"], change, change.lock)
    assert frequency(ask) == "rare"
    change.refresh_from_db()
    assert (change.state, change.reviewer) == ("approved", people["reviewer"])


def test_the_data_version_changes_on_approval_and_not_before(said, propose, people, ask):
    before = ask("")["data_version"]
    change = propose(said, frequency="rare")
    assert ask("")["data_version"] == before
    approve(people["reviewer"], change, change.lock)
    assert ask("")["data_version"] != before


def test_nobody_approves_their_own_change_whatever_their_role(said, propose, people, ask):
    for role in ("reviewer", "administrator"):
        change = propose(said, by=role, frequency="rare")
        with pytest.raises(PermissionDenied, match="their own"):
            approve(people[role], change, change.lock)
    assert frequency(ask) == "unstated"


def test_the_database_itself_refuses_a_change_decided_by_its_author(said, propose, people):
    change = propose(said, frequency="rare")
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(reviewer=people["editor"])


def test_a_change_is_approved_once(said, propose, people):
    change = propose(said, frequency="rare")
    approve(people["reviewer"], change, change.lock)
    with pytest.raises(MovedOn, match="faster"):
        approve(people["second reviewer"], change, change.lock - 1)


def test_what_the_author_changed_meanwhile_is_not_approved_unseen(said, propose, people, ask):
    change = propose(said, frequency="rare")
    seen = change.lock
    propose(said, frequency="very-common")
    with pytest.raises(MovedOn):
        approve(people["reviewer"], change, seen)
    assert frequency(ask) == "unstated"


def test_a_change_of_a_record_that_has_moved_on_says_so_and_can_be_brought_up_to_date(said, propose, people, ask):
    first = propose(said, frequency="rare")
    second = propose(said, by="administrator", onset="at once")
    approve(people["reviewer"], first, first.lock)
    with pytest.raises(MovedOn, match="moved on"):
        approve(people["reviewer"], second, second.lock)
    bring_up_to_date(people["administrator"], second, second.lock)
    approve(people["reviewer"], second, second.lock)
    now = ask("side-effects/class-bone/")
    assert (now["frequency"], now["onset"]) == ("rare", "at once")


def test_two_changes_of_the_same_field_are_not_merged_by_a_program(said, propose, people):
    first = propose(said, frequency="rare")
    second = propose(said, by="administrator", frequency="common")
    approve(people["reviewer"], first, first.lock)
    with pytest.raises(MovedOn, match="Both changed the same: frequency"):
        bring_up_to_date(people["administrator"], second, second.lock)


def test_a_rejection_and_a_sending_back_need_a_reason(said, propose, people):
    change = propose(said, frequency="rare")
    for refuse in (reject, send_back):
        with pytest.raises(ValidationError, match="reason"):
            refuse(people["reviewer"], change, change.lock, "  ")
    send_back(people["reviewer"], change, change.lock, "Which line says so?")
    assert change.state == "returned"
    submit(people["editor"], change, change.lock)
    reject(people["reviewer"], change, change.lock, "None does.")
    assert (change.state, change.remark) == ("rejected", "None does.")


def test_a_change_is_taken_back_by_its_author_alone(said, propose, people):
    change = propose(said, frequency="rare")
    with pytest.raises(PermissionDenied, match="its author"):
        withdraw(people["administrator"], change, change.lock)
    withdraw(people["editor"], change, change.lock)
    assert change.state == "withdrawn"


def test_an_earlier_change_is_superseded_by_a_later_one(said, propose, people):
    first = propose(said, frequency="rare")
    approve(people["reviewer"], first, first.lock)
    said.refresh_from_db()
    second = propose(said, frequency="common")
    approve(people["reviewer"], second, second.lock)
    first.refresh_from_db()
    assert first.state == "superseded"


def test_citations_are_part_of_a_change(said, propose, people, universe, ask):
    place = Passage.objects.create(source=universe.source, section="Other", first_line=5, last_line=6)
    change = propose(said, citations=[["page", 5, 6]])
    assert list(said.citations.all()) == [universe.passage]
    approve(people["reviewer"], change, change.lock)
    assert list(said.citations.all()) == [place]
    assert Version.objects.about(said).first().content["citations"] == [["page", 5, 6]]


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
        assert frequency(ask) == "rare"
        back = Change.objects.get(state="submitted")
        approve(people["reviewer"], back, back.lock)
        assert frequency(ask) == "unstated"


def test_no_request_writes_records_past_the_service(said, rf):
    """Whatever a later view does, it cannot publish by itself."""

    def view(request):
        SideEffect.objects.filter(pk=said.pk).update(frequency="rare")

    with pytest.raises(PermissionDenied):
        Guard(view)(rf.post("/"))
    for write in (said.save, said.delete, lambda: said.citations.clear()):
        with pytest.raises(PermissionDenied):
            Guard(lambda request, write=write: write())(rf.post("/"))


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


def test_why_is_always_said(said, propose):
    with pytest.raises(ValidationError, match="Say why"):
        propose(said, why=" ", frequency="rare")


def test_a_class_of_drugs_that_moves_is_a_change_too(universe, propose, people, ask):
    change = propose(Treatment.objects.get(slug="drug"), parent="loner")
    assert "class-bone" in [r["slug"] for r in ask("side-effects/", treatment="drug")["results"]]
    approve(people["reviewer"], change, change.lock)
    assert "class-bone" not in [r["slug"] for r in ask("side-effects/", treatment="drug")["results"]]
