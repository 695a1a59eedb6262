"""Work queues: their counts on the first page agree with the admin lists that they link to."""

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


def test_a_change_awaits_review_by_users_who_may_publish_and_are_not_its_author(statement, propose_change, users):
    propose_change(statement, frequency="rare")
    propose_change(statement, by="reviewer", frequency="common")
    assert get_worklist_count(users["reviewer"], "Awaiting my review") == 1
    assert get_worklist_count(users["second reviewer"], "Awaiting my review") == 2
    assert find_worklist_line(users["editor"], "Awaiting my review") is None


def test_the_age_of_the_oldest_change_is_shown(statement, propose_change, users):
    change = propose_change(statement, frequency="rare")
    Change.objects.filter(pk=change.pk).update(submitted_at=timezone.now() - timedelta(days=3, hours=1))
    propose_change(SideEffect.objects.get(slug="loner-bone"), frequency="common")
    assert find_worklist_line(users["reviewer"], "Awaiting my review").note == "The oldest has waited 3\xa0days."


def test_open_and_returned_changes_are_listed_for_their_author(statement, propose_change, users):
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


def test_my_drafts_are_the_drafts_that_the_user_has_edited(universe, users):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "It is missing."))
    assert get_worklist_count(users["editor"], "My drafts") == 1
    assert get_worklist_count(users["reviewer"], "My drafts") == 0
    save_or_propose(
        draft, serialize_record(draft) | {"summary": "More."}, EditRequest(users["reviewer"], "Said as well.")
    )
    assert get_worklist_count(users["reviewer"], "My drafts") == get_worklist_count(users["viewer"], "All drafts") == 1
    condition = MY_DRAFTS.condition(Symptom, users["reviewer"])
    assert list(Symptom.objects.filter(condition)) == [draft]


def test_a_viewer_has_no_queues_of_their_own(universe, users):
    assert build_worklist(users["viewer"])["mine"] == []
    assert MY_DRAFTS not in work_queues_for(SideEffect, users["viewer"])
    assert build_worklist(users["nobody"]) == {}


@pytest.mark.parametrize(
    ("queue", "slugs"),
    [
        ("single-source", ["drug-joint", "loner-bone"]),
        ("undated", ["loner-bone"]),
        ("uncited", ["medicine-joint"]),
    ],
)
def test_source_queues_count_what_their_lists_show(cited_universe, superuser_client, queue, slugs):
    assert get_listed_slugs(superuser_client, changelist_url(SideEffect, work=queue)) == slugs
    assert count_records_by_model(WORK_QUEUES)[SideEffect][queue] == len(slugs)
    assert (
        count_records_by_model(WORK_QUEUES)[ManagementOption][queue]
        == count_records_by_model(WORK_QUEUES)[Symptom][queue]
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


def test_a_record_without_a_review_date_is_never_reviewed(universe, users, superuser_client):
    count_before = get_worklist_count(users["viewer"], "Never reviewed")
    Symptom.objects.filter(slug="pain").update(reviewed_on=timezone.localdate())
    assert get_worklist_count(users["viewer"], "Never reviewed") == count_before - 1
    assert "pain" not in get_listed_slugs(superuser_client, changelist_url(Symptom, work="never-reviewed"))


def test_an_entry_without_published_statements_is_listed(universe, superuser_client):
    assert get_listed_slugs(superuser_client, changelist_url(Treatment, work="unspoken")) == ["other"]
    SideEffect.objects.filter(slug="drug-joint").update(status="draft")
    assert get_listed_slugs(superuser_client, changelist_url(Treatment, work="unspoken")) == ["drug", "other"]


def test_every_queue_opens_as_a_list_of_each_of_its_models(universe, superuser_client):
    user = User.objects.get(username="chief")
    for model, counts in count_records_by_model([MY_DRAFTS, *WORK_QUEUES], user).items():
        for queue in [MY_DRAFTS, *WORK_QUEUES]:
            if issubclass(model, queue.base_models):
                result_count = superuser_client.get(queue.list_url(model)).context["cl"].result_count
                assert result_count == counts[queue.name], (model, queue.name)
    assert (
        superuser_client.get(changelist_url(Symptom, work="uncited")).status_code == 302
    )  # Symptoms have no such queue: redirected to the whole list.


def test_the_review_queue_links_to_a_filtered_list(statement, propose_change, users):
    if not admin.site.is_registered(Change):
        pytest.skip("There is no list of changes here.")
    propose_change(statement, frequency="rare")
    assert find_worklist_line(users["reviewer"], "Awaiting my review").url.endswith(
        "?state__exact=submitted&whose=others"
    )
