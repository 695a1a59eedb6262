"""The desk of the editors in a real browser, under the strict Content-Security-Policy, without a network."""

import pytest

from tests.browser.test_root_page import sign_in
from tests.helpers.browser import find_violations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_page_is_accessible_and_fits(page, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(page)
    for width in (1280, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/admin/")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert find_violations(page) == []


def test_a_number_leads_to_a_list_that_is_saved_and_found_again(page):
    sign_in(page)
    page.locator(".needed tr", has_text="Undated").get_by_role("link", name="guidance").click()
    assert page.url.endswith("/admin/symptoms/guidance/?work=undated")
    assert find_violations(page, context=".keep") == []
    page.get_by_label("Save this list as").fill("No date")
    page.locator(".keep .save button").click()
    assert page.url.endswith("/admin/symptoms/guidance/?work=undated")
    page.goto("/admin/")
    page.locator(".desk-side").get_by_role("link", name="No date").click()
    page.get_by_role("button", name="Forget “No date”").click()
    assert page.get_by_role("link", name="No date").count() == 0
