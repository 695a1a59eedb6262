"""A new edition with one changed sentence, in a real browser: from the document page to what the world reads."""

import os
import time

import pytest
from axe_playwright_python.sync_playwright import Axe

from kb.editorial.source_texts import keep_text
from kb.models import Passage, Source
from kb.models.editions import compute_fingerprint
from symptoms.models import SideEffect
from tests.helpers.accounts import make_user

PASSWORD = "a long enough password"
TEXT = "Owls\nOwls ache after 12 days.\nOwls may rest.\n- Moss\n"
MAX_CLICKS = 6


class CountingPage:
    """A page that counts the clicks of the person at it, and keeps pictures where a folder is named for them."""

    def __init__(self, page):
        self.page, self.clicks, self.pictures = page, 0, os.environ.get("SCREENSHOTS")

    def click(self, selector):
        self.clicks += 1
        self.page.click(selector)

    def sign_in(self, name):
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        self.page.goto("/admin/login/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("[type=submit]")

    def look(self, name):
        """Check the page with axe at the size of a small laptop, and keep a picture."""
        self.page.set_viewport_size({"width": 1366, "height": 768})
        if self.pictures:
            self.page.screenshot(path=f"{self.pictures}/{name}.png", full_page=True)
        assert Axe().run(self.page, context="#content-main").violations_count == 0
        assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.fixture
def leaflet(page):
    """A published source with its text, and two published statements that cite a line each."""
    make_user("eva", "editor")
    make_user("ravi", "reviewer")
    fields = {"title": "Owl leaflet", "status": "published", "sha256": compute_fingerprint(TEXT), "lines": 4}
    source = Source.objects.create(slug="owl-leaflet", **fields)
    keep_text(source, TEXT)
    for line, statement in zip((2, 3), SideEffect.objects.public()[:2], strict=True):
        place = {"source": source, "section": "Owls", "first_line": line, "last_line": line}
        statement.citations.set([Passage.objects.create(**place)])
    return source


def test_a_new_edition_with_one_changed_sentence_is_followed(page, leaflet):
    changed, same = SideEffect.objects.filter(citations__source=leaflet).order_by("citations__first_line")
    person, began = CountingPage(page), time.monotonic()
    person.sign_in("eva")
    page.goto("/admin/kb/source/?q=owl")
    person.click("text=Owl leaflet")
    person.click("text=The text")
    page.fill("#id_pasted", TEXT.replace("12 days", "21 days").replace("Owls\n", "\nOwls\n", 1))
    person.look("document")
    person.click("text=Send the new edition for review")
    assert "1 of 2 cited passages stand there as cited" in page.inner_text("#content-main")
    person.look("proposed")

    person.sign_in("ravi")
    page.goto("/admin/kb/change/?state__exact=submitted&whose=others")
    person.click("#result_list a:has-text('Owl leaflet')")
    person.click("button[name=approve]")
    page.wait_for_selector(".comparisons")  # The question that came of it opens by itself.
    assert page.inner_text(".comparisons ins") == "21 "
    assert page.inner_text(".comparisons del") == "12 "
    person.look("question")
    (citation,) = page.request.get(f"/api/v1/side-effects/{changed.slug}/").json()["citations"]
    assert (citation["edition"], citation["state"], citation["first_line"]) == (1, "changed", 2)
    (citation,) = page.request.get(f"/api/v1/side-effects/{same.slug}/").json()["citations"]
    assert (citation["edition"], citation["state"], citation["first_line"]) == (2, "as-cited", 4)
    page.goto(f"/explore/side-effects/{changed.slug}/")
    assert "the cited words are others in it" in page.inner_text("main")
    page.go_back()
    person.click("button[name=approve]")
    (citation,) = page.request.get(f"/api/v1/side-effects/{changed.slug}/").json()["citations"]
    assert (citation["edition"], citation["state"], citation["first_line"]) == (2, "as-cited", 3)
    print(f"\n{person.clicks} clicks, {time.monotonic() - began:.1f} s")
    assert person.clicks <= MAX_CLICKS
