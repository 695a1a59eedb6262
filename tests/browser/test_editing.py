"""The work of editors and reviewers, in a real browser, from the form to what the world sees."""

import re

import pytest

from symptoms.models import SideEffect
from tests.helpers.accounts import make_user
from tests.helpers.browser import ADMIN_RULES, find_violations

PASSWORD = "a long enough password"


@pytest.fixture
def sign_in_as(page):
    """Signs somebody in, in place of whoever was, whose page is left first: what it still loads would be refused."""
    make_user("eva", "editor")
    make_user("ravi", "reviewer")

    def sign_in(name):
        page.goto("about:blank")
        page.context.clear_cookies()
        page.goto("/admin/login/")
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.click("[type=submit]")
        return page

    return sign_in


def get_served_frequency(page, slug):
    """What the API answers now."""
    return page.request.get(f"/api/v1/side-effects/{slug}/").json()["frequency"]


def test_a_frequency_is_corrected_reviewed_and_published(sign_in_as):
    slug = "aromatase-inhibitors-causes-joint-pain"
    said = SideEffect.objects.get(slug=slug)
    page = sign_in_as("eva")
    assert get_served_frequency(page, slug) == "common"

    page.goto("/admin/symptoms/sideeffect/?q=aching+or+painful")
    page.click("text=Aching or painful joints are common in people on aromatase inhibitors")
    page.select_option("#id_frequency", "very-common")
    page.fill("#id_why", "The line was read again.")
    page.click("text=Save and send for review")
    assert "Letrozole" in page.inner_text(".impact")  # Said of its class: the form first shows whom that reaches.
    assert find_violations(page, context=".impact") == []
    page.click("text=Save and send for review")
    assert "sent for review. The public sees what it saw before." in page.inner_text(".messagelist")
    assert page.inner_text(".differences tbody tr").split() == ["Frequency", "Common", "Very", "common"]
    assert page.locator("button[name=approve]").count() == 0
    assert get_served_frequency(page, slug) == "common"

    page = sign_in_as("ravi")
    page.goto("/admin/kb/change/?state__exact=submitted&whose=others")
    page.click("#result_list a:has-text('Aching or painful')")
    assert "The line was read again." in page.inner_text(".about-change")
    assert find_violations(page, options=ADMIN_RULES) == []
    page.click("text=Approve and publish")
    assert "Approved: the public sees it now." in page.inner_text(".messagelist")
    assert get_served_frequency(page, slug) == "very-common"

    page.goto(f"/admin/symptoms/sideeffect/{said.pk}/history/")
    newest = page.locator(".versions > li").first
    assert re.search(r"eva.*ravi", newest.inner_text(), re.S)
    assert [newest.locator(mark).inner_text() for mark in ("del", "ins")] == ["Common", "Very common"]
    assert find_violations(page, options=ADMIN_RULES) == []


def test_what_is_sent_back_comes_back_with_the_reviewers_words(sign_in_as):
    slug = "taxanes-causes-bone-pain"
    said = SideEffect.objects.get(slug=slug)
    page = sign_in_as("eva")
    page.goto(f"/admin/symptoms/sideeffect/{said.pk}/change/")
    page.fill("#id_onset", "at once")
    page.fill("#id_why", "I think so.")
    page.click("text=Save and send for review")
    page.wait_for_selector(".impact")
    page.click("text=Save and send for review")
    page.wait_for_selector(".messagelist :text('sent for review')")
    change = page.url

    page = sign_in_as("ravi")
    page.goto(change)
    page.click("[name=send_back]")
    assert "Give the reason" in page.inner_text(".errornote")
    page.fill("#remark", "Which line says so?")
    page.click("[name=send_back]")
    page.wait_for_selector(".messagelist :text('Sent back')")

    page = sign_in_as("eva")
    page.goto(f"/admin/symptoms/sideeffect/{said.pk}/change/")
    assert "Which line says so?" in page.inner_text(".notice-box")
    assert page.input_value("#id_onset") == "at once"


def test_a_passage_is_added_from_the_form_of_a_statement(sign_in_as):
    said = SideEffect.objects.get(slug="taxanes-causes-bone-pain")
    page = sign_in_as("eva")
    page.goto(f"/admin/symptoms/sideeffect/{said.pk}/change/")
    with page.expect_popup() as opened:
        page.click("#add_id_citations")
    popup = opened.value
    popup.click(".select2-selection")
    popup.click(".select2-results__option >> nth=0")
    popup.fill("#id_first_line", "2")
    popup.fill("#id_last_line", "4")
    popup.click("[name=_save]")
    page.wait_for_selector(".select2-selection__choice:has-text('lines 2–4')")
