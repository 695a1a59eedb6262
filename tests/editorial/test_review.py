"""What is published stays as it is until somebody else has approved a change of it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from kb.editorial.editing import MovedOn
from kb.editorial.review import approve, bring_up_to_date, reject, send_back, submit, withdraw
from kb.editorial.versioning import Guard
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect
from tests.helpers.changes import propose as propose
from treatments.models import Treatment


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


def test_no_request_writes_records_past_the_service(said, rf):
    """Whatever a later view does, it cannot publish by itself."""

    def view(request):
        SideEffect.objects.filter(pk=said.pk).update(frequency="rare")

    with pytest.raises(PermissionDenied):
        Guard(view)(rf.post("/"))
    for write in (said.save, said.delete, lambda: said.citations.clear()):
        with pytest.raises(PermissionDenied):
            Guard(lambda request, write=write: write())(rf.post("/"))


def test_why_is_always_said(said, propose):
    with pytest.raises(ValidationError, match="Say why"):
        propose(said, why=" ", frequency="rare")


def test_a_class_of_drugs_that_moves_is_a_change_too(universe, propose, people, ask):
    change = propose(Treatment.objects.get(slug="drug"), parent="loner")
    assert "class-bone" in [r["slug"] for r in ask("side-effects/", treatment="drug")["results"]]
    approve(people["reviewer"], change, change.lock)
    assert "class-bone" not in [r["slug"] for r in ask("side-effects/", treatment="drug")["results"]]
