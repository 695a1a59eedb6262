"""Every list and form of the admin in a real browser: accessible, nothing cut off, nothing covered."""

import pytest

from kb.models import Passage, record_models
from tests.browser.test_root_page import sign_in
from tests.helpers.admin import build_admin_url
from tests.helpers.browser import find_violations

pytestmark = pytest.mark.django_db(transaction=True)
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
LAPTOP, DOUBLED = {"width": 1366, "height": 768}, {"width": 683, "height": 384}  # The same window at 100 % and 200 %.
CUT_OFF = "[...document.querySelectorAll('#changelist .results')].some((e) => e.scrollWidth > e.clientWidth + 1)"
STICKY_HEIGHT = """
  [...document.querySelectorAll("body *")]
    .filter((e) => ["sticky", "fixed"].includes(getComputedStyle(e).position) && e.id !== "nav-sidebar")
    .filter((e) => !e.closest("#nav-sidebar"))
    .reduce((sum, e) => sum + e.getBoundingClientRect().height, 0)
"""
COVERED = """
  () => {
    const bar = document.querySelector(".submit-row");
    const covered = [];
    const form = document.querySelector("#content-main");
    for (const field of form.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      if (bar?.contains(field) || !field.getClientRects().length) continue;
      field.focus();
      const [box, top] = [document.activeElement.getBoundingClientRect(), bar.getBoundingClientRect().top];
      if (getComputedStyle(bar).position === "sticky" && box.top > top - 1) covered.push(field.id);
    }
    return covered;
  }
"""


@pytest.mark.slow
def test_every_list_and_form_is_accessible_and_whole(page):
    sign_in(page)
    faults = {}
    for model in [*record_models(), Passage]:
        record = model.objects.first()
        page.set_viewport_size(LAPTOP)
        page.goto(build_admin_url(model, "changelist"))
        faults[model, "list"] = find_violations(page, options=RULES) + ["cut off"] * page.evaluate(CUT_OFF)
        page.goto(build_admin_url(model, "change", record.pk))
        page.wait_for_load_state("load")
        faults[model, "form"] = find_violations(page, options=RULES) + page.evaluate(COVERED)
        page.set_viewport_size(DOUBLED)
        faults[model, "doubled"] = [page.evaluate(STICKY_HEIGHT)] * (
            page.evaluate(STICKY_HEIGHT) > DOUBLED["height"] / 5
        )
    assert {key: found for key, found in faults.items() if found} == {}


def test_the_search_is_reached_by_a_key_and_its_page_is_accessible(page):
    sign_in(page)
    page.set_viewport_size(LAPTOP)
    page.goto("/admin/kb/source/")
    page.keyboard.press("/")
    page.keyboard.type("letrazole joints")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What is found for “letrazole joints”").wait_for()
    assert "Said of Aromatase inhibitors, to which Letrozole belongs." in page.inner_text("#content-main")
    assert find_violations(page, options=RULES) == []
    page.get_by_role("link", name="Letrozole", exact=True).first.click()
    assert page.input_value("#id_name") == "Letrozole"


def test_the_first_field_with_an_error_has_the_focus(page):
    sign_in(page)
    page.goto("/admin/symptoms/sideeffect/add/")
    page.click("[name=_send]")
    page.locator(".errornote").wait_for()
    assert page.evaluate("document.activeElement.id") == "id_text"
    page.locator(".errornote").get_by_role("link", name="Symptom").click()
    assert page.evaluate("document.activeElement.closest('.field-symptom') !== null")
    assert find_violations(page, options=RULES) == []


def test_what_was_typed_survives_a_session_that_ended(page):
    sign_in(page)
    page.goto("/admin/symptoms/symptom/add/")
    page.fill("#id_name", "Restless bones")
    page.fill("#id_why", "It is missing.")
    page.context.clear_cookies(name="sessionid")
    page.click("[name=_save]")
    page.get_by_text("What you had typed is not lost").wait_for()
    page.fill("#id_username", "ed")
    page.fill("#id_password", "a long enough password")
    page.click("[type=submit]")
    page.get_by_text("this is what you had typed when your session ended").wait_for()
    assert page.input_value("#id_name") == "Restless bones"
    page.click("[name=_save]")
    page.locator(".messagelist :text('saved. It is a draft')").wait_for()
