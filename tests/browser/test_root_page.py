"""The pages in a real browser, under the strict Content-Security-Policy, without a network."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_front_page_fits_a_phone_and_its_doors_open(page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert "not medical advice" in page.inner_text(".notice")
    for door in page.locator("main a").all():
        assert page.request.get(door.get_attribute("href")).ok


def sign_in(page):
    page.goto("/admin/")
    page.fill("#id_username", "ed")
    page.fill("#id_password", "a long enough password")
    page.click("input[type=submit]")


def test_an_editor_corrects_a_statement_and_finds_its_citation(page):
    sign_in(page)
    page.goto("/admin/symptoms/sideeffect/?q=taxanes+bone")
    page.locator("#result_list tbody th a").first.click()
    page.fill("#id_course", "as the editor corrected it")
    page.locator(".field-citations .select2-search__field").click()
    page.keyboard.type("hormonal 54")
    page.locator(".select2-results__option", has_text="line 54 (Hormonal therapy)").first.click()
    page.fill("#id_why", "Line 54 says so too.")
    page.get_by_role("button", name="Save as a change, send later").click()
    assert "For " in page.inner_text(".impact")  # Taxanes are a class: what is said of them is answered for each.
    page.get_by_role("button", name="Save as a change, send later").click()
    shown = page.inner_text(".differences")
    assert "as the editor corrected it" in shown
    assert "line 54 under “Hormonal therapy”" in shown


def test_the_admin_is_clean_under_the_policy(page):
    sign_in(page)
    for path in ("", "treatments/treatment/", "symptoms/sideeffect/", "kb/passage/", "kb/source/add/"):
        page.goto(f"/admin/{path}")
        assert page.locator("#content").is_visible()
