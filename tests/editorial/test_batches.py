"""Batches: a new entry and the statements that need it are sent, approved and sent back together."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from kb.editorial.batches import (
    BatchRefused,
    approve_batch,
    describe_state,
    find_waiting,
    refuse_batch,
    send_batch,
    send_batch_again,
    withdraw_batch,
)
from kb.editorial.editing import EditConflict, EditRequest, create_draft, save_or_propose
from kb.editorial.publication_trial import try_changes
from kb.editorial.review import approve, send_back, withdraw
from kb.editorial.snapshot import serialize_record
from kb.models import Batch, Change, Event, Passage, Source
from symptoms.models import SideEffect, Symptom
from tests.helpers.batches import WHY, decide
from tests.helpers.batches import batch as batch
from tests.helpers.batches import drafts as drafts
from treatments.models import Treatment


def read_states(batch):
    return {change.slug: change.state for change in batch.changes.all()}


def read_statuses(drafts):
    return {slug: type(record).objects.get(slug=slug).status for slug, record in drafts.items()}


def test_a_batch_is_published_in_the_order_in_which_its_records_need_each_other(batch, drafts, users, get_json):
    assert [change.slug for change in find_waiting(batch)] == ["leaf", "new-class", "new-drug", "new-aches"]
    assert {change.why for change in batch.changes.all()} == {WHY}
    assert try_changes(find_waiting(batch)).errors == {}
    decide(approve_batch, users["reviewer"], batch, "Good.")
    assert set(read_statuses(drafts).values()) == {"published"}
    assert set(read_states(batch).values()) == {"approved"}
    assert get_json("side-effects/new-aches/")["citations"][0]["source"]["slug"] == "leaf"
    assert {event.slug for event in Event.objects.filter(event="published")} >= set(drafts)


def test_each_draft_alone_is_refused_while_what_it_needs_is_a_draft(drafts, users):
    for slug in ("new-drug", "new-aches"):
        with pytest.raises(ValidationError, match="is not published"):
            save_or_propose(drafts[slug], {}, EditRequest(users["editor"], WHY, submit=True))
        with pytest.raises(BatchRefused, match="is not published"):
            send_batch(users["editor"], [drafts[slug]], WHY)


def test_every_error_of_a_batch_is_told_and_nothing_is_sent(drafts, users):
    request = EditRequest(users["editor"], "It is missing.")
    uncited = {"slug": "uncited", "text": "New class aches.", "treatment": "new-class", "symptom": "pain"}
    empty = create_draft(SideEffect, uncited | {"effect": "causes"}, request)
    published = Treatment.objects.get(slug="drug")
    with pytest.raises(BatchRefused) as refused:
        send_batch(users["editor"], [empty, drafts["new-drug"], published], WHY)
    messages = {record.slug: " ".join(messages) for record, messages in refused.value.errors}
    assert messages["drug"] == "It is no draft, and you propose no change of it."
    assert "Treatment: “New class” is not published" in messages["uncited"]
    assert "Citations: It cites nothing" in messages["uncited"]
    assert messages["new-drug"].startswith("Belongs to: “New class” is not published")
    assert (Change.objects.count(), Batch.objects.count()) == (0, 0)
    for records, why in (([], WHY), ([drafts["leaf"]], "new"), ([drafts["leaf"]], "")):
        with pytest.raises(ValidationError):
            send_batch(users["editor"], records, why)
    assert (Change.objects.count(), Batch.objects.count()) == (0, 0)


def test_what_is_wrong_at_approval_leaves_everything_unpublished(batch, drafts, users):
    seen = describe_state(find_waiting(batch))
    Passage.objects.filter(source__slug="leaf").update(first_line=9, last_line=9)  # The last of the four cites it.
    with pytest.raises(ValidationError, match=r"“New drug aches\.”"):
        approve_batch(users["reviewer"], batch, seen)
    assert set(read_statuses(drafts).values()) == {"draft"}
    assert set(read_states(batch).values()) == {"submitted"}


def test_nobody_approves_a_batch_with_a_record_of_their_own(batch, drafts, users):
    for role in ("viewer", "editor"):
        with pytest.raises(PermissionDenied):
            decide(approve_batch, users[role], batch)
    save_or_propose(
        drafts["new-aches"],
        serialize_record(drafts["new-aches"]) | {"onset": "at once"},
        EditRequest(users["second reviewer"], "Line 3 says when."),
    )
    send_batch_again(users["editor"], batch)
    with pytest.raises(PermissionDenied, match="You wrote part of this draft"):
        decide(approve_batch, users["second reviewer"], batch)
    assert set(read_statuses(drafts).values()) == {"draft"}
    decide(approve_batch, users["reviewer"], batch)
    assert set(read_statuses(drafts).values()) == {"published"}


def test_a_change_of_a_batch_is_not_decided_alone_while_others_wait(batch, users):
    first, *others = find_waiting(batch)
    for decision, arguments in ((approve, ()), (send_back, ("Which line?",))):
        with pytest.raises(ValidationError, match="decide on the page of that batch"):
            decision(users["reviewer"], first, first.lock, *arguments)
    for change in others:
        withdraw(users["editor"], change, change.lock)
    approve(users["reviewer"], first, first.lock)
    assert Source.objects.get(slug="leaf").status == "published"


def test_what_needs_a_record_goes_back_with_it_and_the_rest_is_approved(batch, drafts, users):
    drug = next(change for change in find_waiting(batch) if change.slug == "new-drug")
    decide(refuse_batch, users["reviewer"], batch, "Which class?", "rejected", {drug.pk})
    assert read_states(batch) == {
        "leaf": "submitted",
        "new-class": "submitted",
        "new-drug": "rejected",
        "new-aches": "returned",
    }
    assert batch.changes.get(slug="new-aches").refusal.text == "Something that it needs is not approved. Which class?"
    decide(approve_batch, users["reviewer"], batch)
    assert [record.slug for record in drafts.values() if read_statuses(drafts)[record.slug] == "published"] == [
        "leaf",
        "new-class",
    ]


def test_a_batch_that_was_sent_back_is_sent_again_with_an_answer(batch, drafts, users):
    with pytest.raises(ValidationError, match="Give the reason"):
        decide(refuse_batch, users["reviewer"], batch, "", "returned")
    decide(refuse_batch, users["reviewer"], batch, "Say when.", "returned")
    assert set(read_states(batch).values()) == {"returned"}
    content = serialize_record(drafts["new-aches"]) | {"onset": "at once"}
    save_or_propose(drafts["new-aches"], content, EditRequest(users["editor"], "Line 3 says when."))
    with pytest.raises(PermissionDenied):
        send_batch_again(users["administrator"], batch)
    send_batch_again(users["editor"], batch, "It does now.")
    change = batch.changes.get(slug="new-aches")
    assert [remark.text for remark in change.remarks.all()] == ["Say when.", "It does now."]
    decide(approve_batch, users["reviewer"], batch)
    assert SideEffect.objects.get(slug="new-aches").onset == "at once"


def test_what_was_changed_or_withdrawn_meanwhile_is_told_and_keeps_what_needs_it_back(batch, drafts, users):
    seen = describe_state(find_waiting(batch))
    save_or_propose(drafts["leaf"], {"publisher": "Press"}, EditRequest(users["editor"], "It says who."))
    assert [messages[0][:31] for messages in try_changes(find_waiting(batch)).errors.values()] == [
        "It has been changed since it wa",
        "Citations: “Leaf”, which it cit",
    ]
    with pytest.raises(ValidationError, match="“Leaf”: The record has moved on"):
        approve_batch(users["reviewer"], batch, seen)
    group = batch.changes.get(slug="new-class")
    withdraw(users["editor"], group, group.lock)
    with pytest.raises(EditConflict, match="Somebody was faster"):
        approve_batch(users["reviewer"], batch, seen)
    assert set(read_statuses(drafts).values()) == {"draft"}
    withdraw_batch(users["editor"], batch)
    assert set(read_states(batch).values()) == {"withdrawn"}
    with pytest.raises(ValidationError, match="Nothing of this batch is open"):
        send_batch_again(users["editor"], batch)


def test_a_change_of_a_published_record_travels_with_the_new_entry_that_it_names(universe, users, statement):
    request = EditRequest(users["editor"], "It is missing.")
    pain = create_draft(Symptom, {"slug": "new-pain", "name": "New pain"}, request)
    content = serialize_record(statement) | {"symptom": "new-pain"}
    save_or_propose(statement, content, EditRequest(users["editor"], "Line 2 says which."))
    batch = send_batch(users["editor"], [statement, pain], WHY)
    assert [change.slug for change in find_waiting(batch)] == ["new-pain", "class-bone"]
    decide(approve_batch, users["reviewer"], batch)
    statement.refresh_from_db()
    assert statement.symptom.slug == "new-pain"


def test_what_is_retired_comes_after_what_no_longer_names_it(universe, users):
    request = EditRequest(users["editor"], "It is one with the other.")
    joint, other = Symptom.objects.get(slug="joint-ache"), {}
    naming = [*SideEffect.objects.public().filter(symptom=joint)]
    for record in naming:
        content = serialize_record(record) | {"symptom": "bone-ache", "onset": record.slug, "text": f"{record.slug}!"}
        other[record] = save_or_propose(record, content, request)
    save_or_propose(joint, serialize_record(joint) | {"status": "retired", "replaced_by": "bone-ache"}, request)
    batch = send_batch(users["editor"], [joint, *naming], WHY)
    assert find_waiting(batch)[-1].slug == "joint-ache"
    decide(approve_batch, users["reviewer"], batch)
    joint.refresh_from_db()
    assert joint.status == "retired"
