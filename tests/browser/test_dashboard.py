"""The desk of the editors in a real browser, under the strict Content-Security-Policy, without a network."""

import pytest

from tests.browser.test_root_page import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_page_is_accessible_and_fits(page, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    sign_in(page)
    for width in (1280, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/admin/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in violations] == []


def test_a_number_leads_to_a_list_that_is_saved_and_found_again(page):
    from axe_playwright_python.sync_playwright import Axe

    sign_in(page)
    page.locator(".needed tr", has_text="Undated").get_by_role("link", name="guidance").click()
    assert page.url.endswith("/admin/symptoms/guidance/?work=undated")
    page.wait_for_load_state()
    page.wait_for_selector(".keep")
    assert Axe().run(page, context=".keep").response["violations"] == []
    page.get_by_label("Save this list as").fill("No date")
    page.locator(".keep .save button").click()
    assert page.url.endswith("/admin/symptoms/guidance/?work=undated")
    page.goto("/admin/")
    page.locator(".desk-side").get_by_role("link", name="No date").click()
    page.get_by_role("button", name="Forget “No date”").click()
    assert page.get_by_role("link", name="No date").count() == 0
