"""The pages for people in a real browser, under the strict Content-Security-Policy, without a network."""

import pytest

from tests.api.test_html_pages import INVALID_PATHS, PAGE_PATHS
from tests.helpers.browser import find_violations
from tests.helpers.database import create_two_releases

pytestmark = pytest.mark.django_db(transaction=True)


def assert_accessible(page, path):
    """A page has nothing that axe finds fault with, and is no wider than a phone."""
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert find_violations(page) == [], path


def test_every_page_is_accessible_and_fits_a_phone(page):
    page.set_viewport_size({"width": 360, "height": 740})
    assert_accessible(page, "/explore/releases/")  # While there is none.
    create_two_releases()
    for path in ["/", *(f"/explore/{path}" for path in [*PAGE_PATHS, *INVALID_PATHS, "changes/"])]:
        assert_accessible(page, path)
    page.errors[:] = [fault for fault in page.errors if "the server responded with a status of 40" not in fault]


def test_a_question_is_answered_in_place_and_has_its_own_address(page):
    page.goto("/explore/")
    page.evaluate("window.stayed = true")
    page.select_option("#symptom", "joint-pain")
    page.get_by_label("Tamoxifen").check()
    page.fill("#taking", "Femara")
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("heading", name="Joint pain, taking").wait_for()
    assert page.evaluate("window.stayed")
    assert page.url.endswith("/explore/?symptom=joint-pain&taking=Femara&taking=tamoxifen")
    assert page.get_by_label("Letrozole").is_checked()
    assert "Joint pain, taking" in page.evaluate("document.activeElement.innerText")
    assert page.title().startswith("Joint pain and Letrozole")
    page.locator("#answer .cites a").first.click()
    assert page.locator(":target").inner_text().startswith("Line")
    page.goto("/explore/differential/?question=treatment-or-metastasis")
    page.get_by_label("Worse at night").check()
    page.get_by_text("there: speaks for spread to the bone").wait_for()
    assert page.evaluate("document.activeElement.name") == "feature"
    assert "feature=metastasis-timing-worse-at-night" in page.url


def test_everything_works_without_javascript(page, browser, live_server):
    with browser.new_context(base_url=live_server.url, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto("/explore/")
        plain.select_option("#symptom", "bone-pain")
        plain.get_by_label("Letrozole").check()
        plain.fill("#taking", "pegfilgrastim")
        plain.get_by_role("button", name="Ask").click()
        assert "Signs that call for action" in plain.inner_text("#answer")
        assert plain.get_by_label("Pegfilgrastim").is_checked()
        plain.get_by_text("All of it", exact=True).click()
        plain.get_by_role("link", name="Set them side by side").click()
        plain.get_by_label("Worse at night").check()
        plain.get_by_role("button", name="Mark what is there").click()
        assert plain.locator(".given").count() == 1
        plain.goto("/explore/paths/")
        plain.fill("#from", "Chemotherapy")
        plain.fill("#to", "Bone pain")
        plain.get_by_role("button", name="Find chains").click()
        assert plain.locator(".chain").count() > 3
        plain.goto("/explore/coverage/")
        plain.locator("td.n4 a").first.click()
        assert plain.locator("#answer .stated").count() >= 8
        plain.goto("/explore/treatments/")
        plain.fill("#search", "Femara")
        plain.locator("form.line button").click()
        plain.get_by_role("link", name="Letrozole").click()
        assert plain.inner_text("h1") == "Letrozole"
