"""A new edition with one changed sentence, in a real browser: from the document page to what the world reads."""

import pytest

from kb.editorial.source_texts import keep_text
from kb.models import Passage, Source
from kb.models.editions import compute_fingerprint
from symptoms.models import SideEffect
from tests.helpers.accounts import make_user
from tests.helpers.clicks import Job

TEXT = "Owls\nOwls ache after 12 days.\nOwls may rest.\n- Moss\n"
MAX_EDITOR_CLICKS, MAX_REVIEWER_CLICKS = 4, 4


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


def read_citation(page, statement):
    """Return the edition, the state and the first line of the only citation that the API gives of a statement."""
    (citation,) = page.request.get(f"/api/v1/side-effects/{statement.slug}/").json()["citations"]
    return citation["edition"], citation["state"], citation["first_line"]


def test_a_new_edition_with_one_changed_sentence_is_followed(page, leaflet):
    changed, same = SideEffect.objects.filter(citations__source=leaflet).order_by("citations__first_line")
    job = Job(page)
    job.sign_in("eva")
    page.click("nav.kinds a:has-text('Sources')")
    page.click("text=Owl leaflet")
    page.click("text=The text")
    page.fill("#id_pasted", TEXT.replace("12 days", "21 days").replace("Owls\n", "\nOwls\n", 1))
    job.look("edition-document")
    page.click("text=Send the new edition for review")
    assert "1 of 2 cited passages stand there as cited" in page.inner_text("#content-main")
    job.look("edition-proposed")

    job.sign_in("ravi")
    page.click("a.whole:text-is('Awaiting my review')")
    page.click("#result_list a:has-text('Owl leaflet')")
    page.click("button[name=approve]")
    page.wait_for_selector(".comparisons")  # The question that came of it opens by itself.
    assert page.inner_text(".comparisons ins") == "21 "
    assert page.inner_text(".comparisons del") == "12 "
    job.look("edition-question")
    assert read_citation(page, changed) == (1, "changed", 2)
    assert read_citation(page, same) == (2, "as-cited", 4)
    page.goto(f"/explore/side-effects/{changed.slug}/")
    assert "the cited words are others in it" in page.inner_text("main")
    page.go_back()
    page.click("button[name=approve]")
    page.wait_for_selector(".messagelist :text('Approved')")
    clicks = job.report()
    assert read_citation(page, changed) == (2, "as-cited", 3)
    assert clicks["eva"] <= MAX_EDITOR_CLICKS
    assert clicks["ravi"] <= MAX_REVIEWER_CLICKS
    assert job.windows == []
