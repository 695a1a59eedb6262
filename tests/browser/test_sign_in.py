"""Setting a second factor up and showing it, in a real browser, under the strict Content-Security-Policy."""

from base64 import b32decode

import pytest
from django_otp.oath import totp

from tests.helpers.browser import find_violations

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page):
    page.goto("/admin/kb/source/")
    page.fill("#id_username", "ed")
    page.fill("#id_password", "a long enough password")
    page.click("input[type=submit]")


def assert_accessible(page):
    assert find_violations(page) == []


def test_a_second_factor_is_set_up_and_asked_for_at_the_next_sign_in(page, settings):
    settings.TWO_FACTOR = True
    sign_in(page)
    key = b32decode(page.inner_text(".secret").replace(" ", ""))
    picture = page.locator(".qr svg").bounding_box()
    assert picture["width"] == picture["height"] > 150
    assert_accessible(page)
    page.fill("#id_code", f"{totp(key):06d}")
    page.get_by_role("button", name="Set it up").click()
    recovery = page.locator(".recovery code").all_inner_texts()
    assert len(recovery) == 10
    assert_accessible(page)
    page.get_by_role("link", name="go on").click()
    assert page.url.endswith("/admin/kb/source/")
    page.get_by_role("button", name="Log out").click()
    sign_in(page)
    assert_accessible(page)
    page.fill("#id_code", f"{totp(key, drift=1):06d}")
    page.keyboard.press("Enter")
    page.locator("#result_list").wait_for()
    page.get_by_role("link", name="Two-factor sign-in").click()
    page.fill("#id_code", recovery[0])
    page.get_by_role("button", name="Change to another phone").click()
    assert b32decode(page.inner_text(".secret").replace(" ", "")) != key
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Keep the one I have").click()
    assert "9 recovery codes" in page.inner_text(".card")
    assert_accessible(page)


def test_a_lockout_is_told_in_our_dress(page, settings):
    settings.AXES_FAILURE_LIMIT = 1
    page.goto("/admin/")
    page.fill("#id_username", "ed")
    page.fill("#id_password", "guessed")
    page.click("input[type=submit]")
    assert "Try again in 15 minutes" in page.inner_text(".card")
    page.errors[:] = [fault for fault in page.errors if "429" not in fault]  # The browser calls that status a fault.
    assert_accessible(page)
