"""A new edition of a source beside other work: in a batch with what cites it, and with decisions of support."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections

from kb.editorial import new_editions
from kb.editorial.batches import approve_batch, send_batch
from kb.editorial.confirmation import confirm_review
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.new_editions import propose_edition
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from symptoms.models import SideEffect
from tests.editorial.test_new_editions import NEW, follow, get_citations, get_question
from tests.editorial.test_new_editions import source as source
from tests.helpers.batches import decide

MAX_SECONDS = 20
DRAFT = {"slug": "new-aches", "text": "Drug aches.", "treatment": "drug", "symptom": "pain", "effect": "causes"}


def test_who_wrote_a_statement_does_not_decide_on_it_after_its_lines_were_carried_over(source, users):
    statement = SideEffect.objects.get(slug="class-bone")
    content = serialize_record(statement) | {"frequency": "rare"}
    change = save_or_propose(statement, content, EditRequest(users["second reviewer"], "Line 2 says so.", submit=True))
    approve(users["reviewer"], change, change.lock)
    follow(source, NEW, users)
    with pytest.raises(PermissionDenied, match="You wrote part of what it says"):
        confirm_review(users["second reviewer"], statement)
    confirm_review(users["reviewer"], statement)


def test_a_batch_publishes_what_cites_a_source_before_its_new_edition(source, users):
    statement = SideEffect.objects.get(slug="class-bone")
    content = serialize_record(statement) | {"frequency": "rare"}
    save_or_propose(statement, content, EditRequest(users["editor"], "Line 2 says so."))
    request = EditRequest(users["editor"], "It is missing.")
    draft = create_draft(SideEffect, DRAFT | {"citations": [["page", 2, 2]]}, request)
    propose_edition(source, NEW, None, request)
    batch = send_batch(users["editor"], [source, statement, draft], "The leaflet is read anew.")
    decide(approve_batch, users["reviewer"], batch)
    assert get_citations("class-bone") == get_citations("new-aches") == [(2, 4, "as-cited")]
    assert SideEffect.objects.get(slug="class-bone").frequency == "rare"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.parametrize("reviewed", [False, True])
def test_a_change_approved_while_its_source_is_renewed_is_not_written_over(source, users, monkeypatch, reviewed):
    statement = SideEffect.objects.get(slug="class-bone")
    content = serialize_record(statement) | {"frequency": "rare"}
    own = save_or_propose(statement, content, EditRequest(users["editor"], "Line 2 says so.", submit=True))
    renewal = propose_edition(source, NEW, None, EditRequest(users["editor"], "A new edition.", submit=True))
    has_begun, has_approved, carry_over = Event(), Event(), new_editions.carry_over_citations

    def wait_and_carry_over(*arguments):
        if not has_begun.is_set():
            has_begun.set()
            has_approved.wait(2)  # In vain, where the other one waits for this one.
        return carry_over(*arguments)

    def approve_change(name, change, **options):
        try:
            return approve(users[name], change, change.lock, **options)
        finally:
            connections.close_all()
            if name == "second reviewer":
                has_approved.set()

    monkeypatch.setattr(new_editions, "carry_over_citations", wait_and_carry_over)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(approve_change, "reviewer", renewal)
        has_begun.wait(MAX_SECONDS)
        second = pool.submit(approve_change, "second reviewer", own, reviewed=reviewed)
        assert first.result(MAX_SECONDS)
        if error := second.exception(MAX_SECONDS):
            assert "The record has moved on" in str(error)
    own.refresh_from_db()
    statement.refresh_from_db()
    assert (own.state, statement.frequency) in {("submitted", "unstated"), ("approved", "rare")}
    assert get_citations("class-bone") == [(2, 4, "as-cited")]


def test_who_sent_an_edition_decides_on_none_of_its_questions(source, users):
    statement = SideEffect.objects.get(slug="loner-bone")
    content = serialize_record(statement) | {"frequency": "common"}
    save_or_propose(statement, content, EditRequest(users["second reviewer"], "Line 6 says so."))
    renewal = propose_edition(source, NEW, None, EditRequest(users["second reviewer"], "A new edition.", submit=True))
    approve(users["reviewer"], renewal, renewal.lock)
    question = get_question("loner-bone")
    with pytest.raises(PermissionDenied, match="Nobody decides on their own"):
        approve(users["second reviewer"], question, question.lock)
    approve(users["reviewer"], question, question.lock)
