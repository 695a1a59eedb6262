"""The review: published records change only by a change that another user has approved."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from kb.editorial.editing import EditConflict
from kb.editorial.review import approve, bring_up_to_date, reject, send_back, submit, withdraw
from kb.editorial.versioning import direct_write_guard_middleware
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect
from tests.helpers.changes import propose_change as propose_change
from treatments.models import Treatment


def get_frequency(get_json, slug="class-bone"):
    return get_json(f"side-effects/{slug}/")["frequency"]


def test_a_proposed_change_is_not_public_until_another_user_approves_it(statement, propose_change, users, get_json):
    change = propose_change(statement, frequency="rare")
    assert get_frequency(get_json) == "unstated"
    approve(users["reviewer"], change, change.lock)
    assert get_frequency(get_json) == "rare"
    change.refresh_from_db()
    assert (change.state, change.reviewer) == ("approved", users["reviewer"])


def test_the_data_version_changes_on_approval_and_not_before(statement, propose_change, users, get_json):
    version = get_json("")["data_version"]
    change = propose_change(statement, frequency="rare")
    assert get_json("")["data_version"] == version
    approve(users["reviewer"], change, change.lock)
    assert get_json("")["data_version"] != version


def test_nobody_approves_their_own_change_whatever_their_role(statement, propose_change, users, get_json):
    for role in ("reviewer", "administrator"):
        change = propose_change(statement, by=role, frequency="rare")
        with pytest.raises(PermissionDenied, match="their own"):
            approve(users[role], change, change.lock)
    assert get_frequency(get_json) == "unstated"


def test_the_database_itself_refuses_a_change_decided_by_its_author(statement, propose_change, users):
    change = propose_change(statement, frequency="rare")
    with pytest.raises(IntegrityError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(reviewer=users["editor"])


def test_a_change_is_approved_once(statement, propose_change, users):
    change = propose_change(statement, frequency="rare")
    approve(users["reviewer"], change, change.lock)
    with pytest.raises(EditConflict, match="faster"):
        approve(users["second reviewer"], change, change.lock - 1)


def test_a_change_amended_meanwhile_is_not_approved_unseen(statement, propose_change, users, get_json):
    change = propose_change(statement, frequency="rare")
    lock = change.lock
    propose_change(statement, frequency="very-common")
    with pytest.raises(EditConflict):
        approve(users["reviewer"], change, lock)
    assert get_frequency(get_json) == "unstated"


def test_an_outdated_change_is_refused_and_can_be_updated(statement, propose_change, users, get_json):
    first = propose_change(statement, frequency="rare")
    second = propose_change(statement, by="administrator", onset="at once")
    approve(users["reviewer"], first, first.lock)
    with pytest.raises(EditConflict, match="moved on"):
        approve(users["reviewer"], second, second.lock)
    bring_up_to_date(users["administrator"], second, second.lock)
    approve(users["reviewer"], second, second.lock)
    payload = get_json("side-effects/class-bone/")
    assert (payload["frequency"], payload["onset"]) == ("rare", "at once")


def test_two_changes_of_the_same_field_are_not_merged_automatically(statement, propose_change, users):
    first = propose_change(statement, frequency="rare")
    second = propose_change(statement, by="administrator", frequency="common")
    approve(users["reviewer"], first, first.lock)
    with pytest.raises(EditConflict, match="Both changed the same: frequency"):
        bring_up_to_date(users["administrator"], second, second.lock)


def test_rejecting_and_sending_back_require_a_reason(statement, propose_change, users):
    change = propose_change(statement, frequency="rare")
    for decide in (reject, send_back):
        with pytest.raises(ValidationError, match="reason"):
            decide(users["reviewer"], change, change.lock, "  ")
    send_back(users["reviewer"], change, change.lock, "Which line says so?")
    assert change.state == "returned"
    submit(users["editor"], change, change.lock)
    reject(users["reviewer"], change, change.lock, "None does.")
    assert (change.state, change.refusal.text) == ("rejected", "None does.")


def test_a_change_is_withdrawn_by_its_author_only(statement, propose_change, users):
    change = propose_change(statement, frequency="rare")
    with pytest.raises(PermissionDenied, match="its author"):
        withdraw(users["administrator"], change, change.lock)
    withdraw(users["editor"], change, change.lock)
    assert change.state == "withdrawn"


def test_an_earlier_change_is_superseded_by_a_later_one(statement, propose_change, users):
    first = propose_change(statement, frequency="rare")
    approve(users["reviewer"], first, first.lock)
    statement.refresh_from_db()
    second = propose_change(statement, frequency="common")
    approve(users["reviewer"], second, second.lock)
    first.refresh_from_db()
    assert first.state == "superseded"


def test_citations_are_part_of_a_change(statement, propose_change, users, universe, get_json):
    passage = Passage.objects.create(source=universe.source, section="Other", first_line=5, last_line=6)
    change = propose_change(statement, citations=[["page", 5, 6]])
    assert list(statement.citations.all()) == [universe.passage]
    approve(users["reviewer"], change, change.lock)
    assert list(statement.citations.all()) == [passage]
    assert Version.objects.for_records(statement).first().content["citations"] == [["page", 5, 6]]


def test_no_request_writes_records_outside_of_the_services(statement, rf):
    """A view that writes a record directly is refused."""

    def view(request):
        SideEffect.objects.filter(pk=statement.pk).update(frequency="rare")

    with pytest.raises(PermissionDenied):
        direct_write_guard_middleware(view)(rf.post("/"))
    for write in (statement.save, statement.delete, lambda: statement.citations.clear()):
        with pytest.raises(PermissionDenied):
            direct_write_guard_middleware(lambda request, write=write: write())(rf.post("/"))


def test_a_change_requires_a_reason(statement, propose_change):
    with pytest.raises(ValidationError, match="Say why"):
        propose_change(statement, why=" ", frequency="rare")


def test_moving_a_treatment_to_another_class_is_a_change_too(universe, propose_change, users, get_json):
    change = propose_change(Treatment.objects.get(slug="drug"), parents=["loner"])
    assert "class-bone" in [r["slug"] for r in get_json("side-effects/", treatment="drug")["results"]]
    approve(users["reviewer"], change, change.lock)
    assert "class-bone" not in [r["slug"] for r in get_json("side-effects/", treatment="drug")["results"]]
