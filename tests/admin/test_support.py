"""The two questions about each statement on its form, on the page of its review, in the lists and on the desk."""

import pytest
from django.urls import reverse

from kb.dashboard.work_queues import changelist_url
from kb.editorial.confirmation import confirm_review
from kb.editorial.editing import concurrency_token
from kb.models import SupportDecision
from symptoms.models import SideEffect
from tests.helpers.admin import build_admin_url
from tests.helpers.changes import propose_change as propose_change
from tests.helpers.worklist import get_listed_slugs, get_worklist_count

BUTTON = "I have read the lines: they support it"


def get_form_page(client, statement):
    return client.get(build_admin_url(SideEffect, "change", statement.pk)).content.decode()


def post_decision(client, statement, **data):
    return client.post(build_admin_url(SideEffect, "support", statement.pk), data, follow=True).content.decode()


def test_a_reviewer_decides_on_the_form_and_the_form_tells_who_did(statement, login_as):
    reviewer = login_as("reviewer")
    page = get_form_page(reviewer, statement)
    assert BUTTON in page
    assert "Not checked since it was written or changed" in page
    assert "Decided: the lines support it." in post_decision(reviewer, statement, seen=concurrency_token(statement))
    assert "They do: reviewer" in get_form_page(reviewer, statement)
    SideEffect.objects.filter(pk=statement.pk).update(frequency="rare")
    assert "reviewer decided so on" in get_form_page(reviewer, statement)
    assert BUTTON not in get_form_page(login_as("editor"), statement)


def test_what_changed_since_it_was_shown_is_not_decided(statement, login_as):
    seen = concurrency_token(statement)
    SideEffect.objects.filter(pk=statement.pk).update(frequency="rare")
    page = post_decision(login_as("reviewer"), statement, seen=seen)
    assert "Somebody has written to this record since you opened it" in page
    assert not SupportDecision.objects.exists()
    assert "read it again" in post_decision(login_as("reviewer"), statement)


def test_the_button_only_answers_a_form(statement, login_as):
    reviewer, url = login_as("reviewer"), build_admin_url(SideEffect, "support", statement.pk)
    assert reviewer.get(url).status_code == 405
    assert reviewer.post(build_admin_url(SideEffect, "support", 999_999)).status_code == 404
    statement.status = "draft"
    statement.save()
    assert "Only what is published can be confirmed." in post_decision(
        reviewer, statement, seen=concurrency_token(statement)
    )


def test_who_proposes_a_change_is_not_offered_to_decide(statement, login_as, propose_change):
    propose_change(statement, by="reviewer", frequency="rare")
    assert BUTTON not in get_form_page(login_as("reviewer"), statement)


def test_the_review_offers_the_decision_without_making_it(statement, login_as, propose_change):
    change = propose_change(statement, frequency="rare")
    url = reverse("admin:kb_change_change", args=[change.pk])
    reviewer = login_as("reviewer")
    page = reviewer.get(url).content.decode()
    assert "they support all that it says" in page
    assert "checked" not in page.partition('id="reviewed"')[2][:30]
    reviewer.post(url, {"approve": "1", "seen": change.lock, "reviewed": "on"})
    assert SupportDecision.objects.get().by.username == "reviewer"


def test_statements_are_not_confirmed_in_bulk(statement, login_as):
    page = login_as("reviewer").get(build_admin_url(SideEffect, "changelist")).content.decode()
    assert "Send the selected drafts for review" in page
    assert "Confirm: reviewed against the sources" not in page


@pytest.mark.parametrize(
    ("params", "slugs"),
    [
        ({"support": "decided"}, ["class-bone"]),
        ({"support": "open"}, ["drug-joint", "loner-bone", "medicine-joint"]),
        ({"citation_check": "passed"}, []),
        ({"citation_check": "not-checked", "support": "decided"}, ["class-bone"]),
    ],
)
def test_lists_are_filtered_by_both_questions(statement, users, login_as, params, slugs):
    confirm_review(users["reviewer"], statement)
    assert get_listed_slugs(login_as("viewer"), changelist_url(SideEffect, **params)) == slugs


def test_a_wrong_state_shows_the_whole_list(statement, login_as):
    assert login_as("viewer").get(changelist_url(SideEffect, support="good")).status_code == 302


def test_the_desk_counts_what_is_open(statement, users):
    before = get_worklist_count(users["reviewer"], "Support not decided")
    confirm_review(users["reviewer"], statement)
    assert get_worklist_count(users["reviewer"], "Support not decided") == before - 1
    assert get_worklist_count(users["reviewer"], "Citations not checked") == before
