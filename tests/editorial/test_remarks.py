"""The conversation about a change: it stays through every step, and tells what is new since a refusal."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.remarks import answer, diff_since_refusal, find_remarks
from kb.editorial.review import approve, reject, send_back, submit, take_up_again, withdraw
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Remark


def read_conversation(change):
    return [(remark.by.username, remark.text) for remark in find_remarks(change)]


@pytest.fixture
def propose_again(statement, users):
    """Send the change of the editor again, with other values."""

    def propose_again(**values):
        request = EditRequest(users["editor"], "Line 2 says so.", submit=True)
        return save_or_propose(statement, serialize_record(statement) | values, request)

    return propose_again


def test_what_is_said_stays_with_a_change_until_it_is_decided(submitted_change, propose_again, users):
    change = submitted_change
    send_back(users["reviewer"], change, change.lock, "Which line?")
    answer(users["editor"], change, change.lock, "Line 2.")
    change = propose_again(frequency="rare", onset="at once")
    submit(users["editor"], change, change.lock, "And it says when.")
    approve(users["reviewer"], change, change.lock, remark="Well read.")
    assert read_conversation(change) == [
        ("reviewer", "Which line?"),
        ("editor", "Line 2."),
        ("editor", "And it says when."),
        ("reviewer", "Well read."),
    ]
    with pytest.raises(ValidationError, match="It is decided"):
        answer(users["editor"], change, change.lock, "Thank you.")


def test_what_is_new_since_a_change_was_sent_back_is_told_old_and_new(submitted_change, propose_again, users):
    assert diff_since_refusal(submitted_change) is None
    send_back(users["reviewer"], submitted_change, submitted_change.lock, "Which line?")
    assert diff_since_refusal(submitted_change) == []
    change = propose_again(frequency="common", onset="at once")
    assert [(d.name, d.before, d.after) for d in diff_since_refusal(change)] == [
        ("frequency", ["Rare"], ["Common"]),
        ("onset", [], ["at once"]),
    ]
    send_back(users["second reviewer"], change, change.lock, "Not line 2.")
    assert diff_since_refusal(change) == []


def test_a_change_that_is_taken_up_again_goes_on_with_what_was_said_before(
    submitted_change, propose_again, users, statement
):
    change = submitted_change
    for word in ("One.", "Two."):
        reject(users["reviewer"], change, change.lock, word)
        change = take_up_again(users["editor"], change, change.lock)
        submit(users["editor"], change, change.lock)
    assert read_conversation(change) == [("reviewer", "One."), ("reviewer", "Two.")]
    reject(users["reviewer"], change, change.lock, "Three.")
    change = propose_again(frequency="common")
    assert [text for _, text in read_conversation(change)] == ["One.", "Two.", "Three."]
    assert [d.name for d in diff_since_refusal(change)] == ["frequency"]
    withdraw(users["editor"], change, change.lock)
    assert read_conversation(propose_again(frequency="common")) == []


def test_only_the_author_and_reviewers_say_something_and_never_nothing(submitted_change, users):
    for name in ("nobody", "viewer"):
        with pytest.raises(PermissionDenied):
            answer(users[name], submitted_change, submitted_change.lock, "Hear me.")
    for name in ("editor", "reviewer", "administrator"):
        answer(users[name], submitted_change, submitted_change.lock, "Hear me.")
    for text, message in ((" \n", "Write what you want to say"), ("x" * 1001, "1001 characters"), ("\x00", "U.0000")):
        with pytest.raises(ValidationError, match=message):
            answer(users["editor"], submitted_change, submitted_change.lock, text)
    assert Remark.objects.count() == 3
    submitted_change.author = users["reviewer"]
    with pytest.raises(PermissionDenied):
        answer(users["editor"], submitted_change, submitted_change.lock, "Hear me.")


def test_a_remark_changes_nothing_of_what_a_reviewer_has_seen(submitted_change, users):
    lock = submitted_change.lock
    answer(users["editor"], submitted_change, lock, "Line 2.")
    approve(users["reviewer"], submitted_change, lock)


@pytest.mark.parametrize("state", ["returned", "rejected"])
def test_the_database_refuses_a_refusal_without_its_reason(submitted_change, users, state):
    decided = {"state": state, "reviewer": users["reviewer"], "decided_at": submitted_change.begun_at}
    with pytest.raises(IntegrityError, match="a_refusal_gives_its_reason"), transaction.atomic():
        Change.objects.filter(pk=submitted_change.pk).update(**decided)
    remark = Remark.objects.create(change=submitted_change, by=users["reviewer"], text="No.", content={})
    Change.objects.filter(pk=submitted_change.pk).update(**decided, refusal=remark)
    with pytest.raises(IntegrityError, match="a_remark_says_something"), transaction.atomic():
        Remark.objects.filter(pk=remark.pk).update(text="")


def test_a_refusal_that_is_overtaken_leaves_no_remark(submitted_change, users):
    lock = submitted_change.lock
    approve(users["reviewer"], submitted_change, lock)
    with pytest.raises(ValidationError, match="Somebody was faster"):
        send_back(users["second reviewer"], submitted_change, lock, "Which line?")
    assert not Remark.objects.exists()
