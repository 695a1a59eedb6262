"""What waits is counted, and each number leads to a list that holds just that."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.utils import timezone

from kb.dashboard.work_queues import MY_DRAFTS, WORK_QUEUES, changelist_url, count_records_by_model, work_queues_for
from kb.dashboard.worklist import build_worklist
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.review import send_back
from kb.editorial.snapshot import serialize_record
from kb.models import Change
from symptoms.models import ManagementOption, SideEffect, Symptom
from tests.helpers.changes import propose_change as propose_change
from tests.helpers.worklist import cited_universe as cited_universe
from tests.helpers.worklist import find_worklist_line, get_listed_slugs, get_worklist_count
from tests.helpers.worklist import superuser_client as superuser_client
from treatments.models import Treatment


def test_a_change_waits_for_whoever_may_publish_and_did_not_write_it(statement, propose_change, users):
    propose_change(statement, frequency="rare")
    propose_change(statement, by="reviewer", frequency="common")
    assert get_worklist_count(users["reviewer"], "Awaiting my review") == 1
    assert get_worklist_count(users["second reviewer"], "Awaiting my review") == 2
    assert find_worklist_line(users["editor"], "Awaiting my review") is None


def test_the_age_of_the_oldest_is_told(statement, propose_change, users):
    change = propose_change(statement, frequency="rare")
    Change.objects.filter(pk=change.pk).update(submitted_at=timezone.now() - timedelta(days=3, hours=1))
    propose_change(SideEffect.objects.get(slug="loner-bone"), frequency="common")
    assert find_worklist_line(users["reviewer"], "Awaiting my review").note == "The oldest has waited 3\xa0days."


def test_what_was_sent_back_and_what_is_open_waits_for_its_author(statement, propose_change, users):
    change = propose_change(statement, frequency="rare")
    propose_change(SideEffect.objects.get(slug="loner-bone"), frequency="common", send=False)
    send_back(users["reviewer"], change, change.lock, "Which line?")
    assert get_worklist_count(users["editor"], "Sent back to me") == 1
    assert get_worklist_count(users["editor"], "My open changes") == 2
    assert (
        get_worklist_count(users["reviewer"], "My open changes")
        == get_worklist_count(users["reviewer"], "Awaiting my review")
        == 0
    )


def test_my_drafts_are_those_that_i_wrote_in(universe, users):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "New."))
    assert get_worklist_count(users["editor"], "My drafts") == 1
    assert get_worklist_count(users["reviewer"], "My drafts") == 0
    save_or_propose(
        draft, serialize_record(draft) | {"summary": "More."}, EditRequest(users["reviewer"], "Said as well.")
    )
    assert get_worklist_count(users["reviewer"], "My drafts") == get_worklist_count(users["viewer"], "All drafts") == 1
    mine = MY_DRAFTS.condition(Symptom, users["reviewer"])
    assert list(Symptom.objects.filter(mine)) == [draft]


def test_who_may_only_read_has_nothing_of_their_own_waiting(universe, users):
    assert build_worklist(users["viewer"])["mine"] == []
    assert MY_DRAFTS not in work_queues_for(SideEffect, users["viewer"])
    assert build_worklist(users["nobody"]) == {}


@pytest.mark.parametrize(
    ("heap", "slugs"),
    [
        ("single-source", ["drug-joint", "loner-bone"]),
        ("undated", ["loner-bone"]),
        ("uncited", ["medicine-joint"]),
    ],
)
def test_how_a_statement_is_founded_is_counted_and_listed_alike(cited_universe, superuser_client, heap, slugs):
    assert get_listed_slugs(superuser_client, changelist_url(SideEffect, work=heap)) == slugs
    assert count_records_by_model(WORK_QUEUES)[SideEffect][heap] == len(slugs)
    assert (
        count_records_by_model(WORK_QUEUES)[ManagementOption][heap]
        == count_records_by_model(WORK_QUEUES)[Symptom][heap]
        == 0
    )


def test_a_review_is_due_on_its_day(universe, users, superuser_client, settings):
    assert get_worklist_count(users["viewer"], "Review due") == 0
    SideEffect.objects.filter(slug="class-bone").update(review_due=timezone.localdate())
    SideEffect.objects.filter(slug="drug-joint").update(review_due=timezone.localdate() + timedelta(days=1))
    SideEffect.objects.filter(slug="loner-bone").update(status="draft", review_due=date(2020, 1, 1))
    assert find_worklist_line(users["viewer"], "Review due").breakdown == [
        ("side effects", 1, changelist_url(SideEffect, work="review-due"))
    ]
    assert get_listed_slugs(superuser_client, changelist_url(SideEffect, work="review-due")) == ["class-bone"]
    settings.REVIEW_AFTER_DAYS = 10
    assert (universe.make(Symptom, "new").review_due - timezone.localdate()).days == 10


def test_what_no_clinician_has_read_is_never_reviewed(universe, users, superuser_client):
    before = get_worklist_count(users["viewer"], "Never reviewed")
    SideEffect.objects.filter(slug="class-bone").update(reviewed_on=timezone.localdate())
    assert get_worklist_count(users["viewer"], "Never reviewed") == before - 1
    assert "class-bone" not in get_listed_slugs(superuser_client, changelist_url(SideEffect, work="never-reviewed"))


def test_an_entry_that_no_published_statement_names_is_found(universe, superuser_client):
    assert get_listed_slugs(superuser_client, changelist_url(Treatment, work="unspoken")) == ["other"]
    SideEffect.objects.filter(slug="drug-joint").update(status="draft")
    assert get_listed_slugs(superuser_client, changelist_url(Treatment, work="unspoken")) == ["drug", "other"]


def test_every_heap_opens_as_a_list_of_each_kind_that_it_is_of(universe, superuser_client):
    user = User.objects.get(username="chief")
    for model, names in count_records_by_model([MY_DRAFTS, *WORK_QUEUES], user).items():
        for heap in [MY_DRAFTS, *WORK_QUEUES]:
            if issubclass(model, heap.base_models):
                found = superuser_client.get(heap.list_url(model)).context["cl"].result_count
                assert found == names[heap.name], (model, heap.name)
    assert (
        superuser_client.get(changelist_url(Symptom, work="uncited")).status_code == 302
    )  # No such work on symptoms: the whole list.


def test_the_queue_is_asked_for_as_its_list_understands_it(statement, propose_change, users):
    if not admin.site.is_registered(Change):
        pytest.skip("There is no list of changes here.")
    propose_change(statement, frequency="rare")
    assert find_worklist_line(users["reviewer"], "Awaiting my review").url.endswith(
        "?state__exact=submitted&whose=others"
    )
