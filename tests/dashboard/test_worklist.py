"""What waits is counted, and each number leads to a list that holds just that."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.utils import timezone

from kb.dashboard.work_queues import HEAPS, MINE, address, heaps_for, tally
from kb.dashboard.worklist import worklist
from kb.editorial.editing import Wish, begin, save
from kb.editorial.review import send_back
from kb.editorial.snapshot import content_of
from kb.models import Change
from symptoms.models import ManagementOption, SideEffect, Symptom
from tests.helpers.changes import propose as propose
from tests.helpers.worklist import at, count, listed
from tests.helpers.worklist import chief as chief
from tests.helpers.worklist import founded as founded
from treatments.models import Treatment


def test_a_change_waits_for_whoever_may_publish_and_did_not_write_it(said, propose, people):
    propose(said, frequency="rare")
    propose(said, by="reviewer", frequency="common")
    assert count(people["reviewer"], "Awaiting my review") == 1
    assert count(people["second reviewer"], "Awaiting my review") == 2
    assert at(people["editor"], "Awaiting my review") is None


def test_the_age_of_the_oldest_is_told(said, propose, people):
    change = propose(said, frequency="rare")
    Change.objects.filter(pk=change.pk).update(submitted_at=timezone.now() - timedelta(days=3, hours=1))
    propose(SideEffect.objects.get(slug="loner-bone"), frequency="common")
    assert at(people["reviewer"], "Awaiting my review").note == "The oldest has waited 3\xa0days."


def test_what_was_sent_back_and_what_is_open_waits_for_its_author(said, propose, people):
    change = propose(said, frequency="rare")
    propose(SideEffect.objects.get(slug="loner-bone"), frequency="common", send=False)
    send_back(people["reviewer"], change, change.lock, "Which line?")
    assert count(people["editor"], "Sent back to me") == 1
    assert count(people["editor"], "My open changes") == 2
    assert count(people["reviewer"], "My open changes") == count(people["reviewer"], "Awaiting my review") == 0


def test_my_drafts_are_those_that_i_wrote_in(universe, people):
    draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "New."))
    assert count(people["editor"], "My drafts") == 1
    assert count(people["reviewer"], "My drafts") == 0
    save(draft, content_of(draft) | {"summary": "More."}, Wish(people["reviewer"], "Said as well."))
    assert count(people["reviewer"], "My drafts") == count(people["viewer"], "All drafts") == 1
    mine = MINE.holds(Symptom, people["reviewer"])
    assert list(Symptom.objects.filter(mine)) == [draft]


def test_who_may_only_read_has_nothing_of_their_own_waiting(universe, people):
    assert worklist(people["viewer"])["mine"] == []
    assert MINE not in heaps_for(SideEffect, people["viewer"])
    assert worklist(people["nobody"]) == {}


@pytest.mark.parametrize(
    ("heap", "slugs"),
    [
        ("single-source", ["drug-joint", "loner-bone"]),
        ("undated", ["loner-bone"]),
        ("uncited", ["medicine-joint"]),
    ],
)
def test_how_a_statement_is_founded_is_counted_and_listed_alike(founded, chief, heap, slugs):
    assert listed(chief, address(SideEffect, work=heap)) == slugs
    assert tally(HEAPS)[SideEffect][heap] == len(slugs)
    assert tally(HEAPS)[ManagementOption][heap] == tally(HEAPS)[Symptom][heap] == 0


def test_a_review_is_due_on_its_day(universe, people, chief, settings):
    assert count(people["viewer"], "Review due") == 0
    SideEffect.objects.filter(slug="class-bone").update(review_due=timezone.localdate())
    SideEffect.objects.filter(slug="drug-joint").update(review_due=timezone.localdate() + timedelta(days=1))
    SideEffect.objects.filter(slug="loner-bone").update(status="draft", review_due=date(2020, 1, 1))
    assert at(people["viewer"], "Review due").parts == [("side effects", 1, address(SideEffect, work="review-due"))]
    assert listed(chief, address(SideEffect, work="review-due")) == ["class-bone"]
    settings.REVIEW_AFTER_DAYS = 10
    assert (universe.make(Symptom, "new").review_due - timezone.localdate()).days == 10


def test_what_no_clinician_has_read_is_never_reviewed(universe, people, chief):
    before = count(people["viewer"], "Never reviewed")
    SideEffect.objects.filter(slug="class-bone").update(reviewed_on=timezone.localdate())
    assert count(people["viewer"], "Never reviewed") == before - 1
    assert "class-bone" not in listed(chief, address(SideEffect, work="never-reviewed"))


def test_an_entry_that_no_published_statement_names_is_found(universe, chief):
    assert listed(chief, address(Treatment, work="unspoken")) == ["other"]
    SideEffect.objects.filter(slug="drug-joint").update(status="draft")
    assert listed(chief, address(Treatment, work="unspoken")) == ["drug", "other"]


def test_every_heap_opens_as_a_list_of_each_kind_that_it_is_of(universe, chief):
    user = User.objects.get(username="chief")
    for model, names in tally([MINE, *HEAPS], user).items():
        for heap in [MINE, *HEAPS]:
            if issubclass(model, heap.of):
                found = chief.get(heap.lists(model)).context["cl"].result_count
                assert found == names[heap.name], (model, heap.name)
    assert chief.get(address(Symptom, work="uncited")).status_code == 302  # No such work on symptoms: the whole list.


def test_the_queue_is_asked_for_as_its_list_understands_it(said, propose, people):
    if not admin.site.is_registered(Change):
        pytest.skip("There is no list of changes here.")
    propose(said, frequency="rare")
    assert at(people["reviewer"], "Awaiting my review").url.endswith("?state__exact=submitted&whose=others")
