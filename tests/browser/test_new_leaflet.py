"""A new leaflet, six statements and two new entries, published: in a real browser that counts the clicks."""

import pytest

from kb.models import Change, Passage
from symptoms.models import Diagnostic, ManagementOption, SideEffect, Symptom
from tests.helpers.accounts import make_user
from tests.helpers.clicks import Job

MAX_EDITOR_CLICKS, MAX_REVIEWER_CLICKS = 36, 3
LEAFLET = """Keeping well on your medicines

Mouth and jaw
Denosumab can sometimes bring on a wobbly tooth or jaw pain.

Joints
Letrozole may lead to joint pain, and to moonlight cramp.
A quiet hour of yoga can ease jaw pain.

Finding out
A bone scan may show osteoporosis.
"""
SENTENCES = {  # By the place that each cites.
    "Denosumab can sometimes make a tooth wobble.": ("Mouth and jaw", 4),
    "With denosumab, the jaw can sometimes hurt.": ("Mouth and jaw", 4),
    "Joints may hurt on letrozole.": ("Joints", 7),
    "Cramp by moonlight may come of letrozole.": ("Joints", 7),
    "With yoga, the jaw can hurt less.": ("Joints", 8),
    "Osteoporosis may be seen on a bone scan.": ("Finding out", 11),
}
KINDS = {SideEffect: "side-effects", ManagementOption: "management-options", Diagnostic: "diagnostics"}


@pytest.fixture
def job(page):
    """A page at which an editor and a reviewer do a job."""
    make_user("eva", "editor")
    make_user("ravi", "reviewer")
    return Job(page)


def choose(page, *names, **values):
    """Tick entries by name, and values of fields, among what is proposed on the page of the lines."""
    for name in names:
        page.click(f"label.choice:has(strong:text-is('{name}')) input")
    for field, value in values.items():
        page.click(f"input[name={field}][value={value}]")


def write(page, text, button):
    """Write the sentence of a statement, whose other fields are filled in, and save it."""
    assert "Read in Keeping well on your medicines, line" in page.input_value("#id_why")
    page.fill("#id_text", text)
    page.click(f"[name={button}]")
    assert page.locator(".errornote, .errorlist").all_inner_texts() == []


def add_entry(page, words):
    """Add words of the lines as a symptom, a draft, and come back to the lines."""
    page.click(f"button[aria-label='Add “{words}” as a symptom']")
    assert page.input_value("#id_name") == words
    page.click("[name=_save]")
    page.wait_for_selector(f"label.choice:has-text('{words}') input:checked")


def write_statements(job, page):
    """Write the six statements and the two entries as drafts."""
    page.click("#line-4 .number a")
    job.look("lines")
    add_entry(page, "wobbly tooth")
    choose(page, "Denosumab", "Jaw pain", certainty="possible", frequency="sometimes")
    page.click("button:has-text('Side effect: Causes it')")
    write(page, "Denosumab can sometimes make a tooth wobble.", "_next")
    write(page, "With denosumab, the jaw can sometimes hurt.", "_save")

    page.click("#line-7 .number a")
    add_entry(page, "moonlight cramp")
    choose(page, "Letrozole", "Joint pain", certainty="possible")
    page.click("button:has-text('Side effect: Causes it')")
    write(page, "Joints may hurt on letrozole.", "_next")
    write(page, "Cramp by moonlight may come of letrozole.", "_save")

    page.click("#line-8 .number a")
    choose(page, "Yoga", "Jaw pain", certainty="possible")
    page.click("button:has-text('Management option: Relieves it')")
    write(page, "With yoga, the jaw can hurt less.", "_save")

    page.click("#line-11 .number a")
    choose(page, "Bone scan", "Osteoporosis", certainty="possible")
    page.click("ul button:has-text('Diagnostic')")
    job.look("form")
    write(page, "Osteoporosis may be seen on a bone scan.", "_save")
    page.wait_for_selector("#line-11 details")


def test_six_statements_with_two_new_entries_are_published_with_few_clicks_and_no_second_window(job):
    page = job.page
    job.sign_in("eva")
    page.click("text=Add a source from its text")
    page.fill("#id_title", "Keeping well on your medicines")
    page.fill("#id_pasted", LEAFLET)
    page.click("[type=submit]:has-text('Add'), input[value^='Add the source']")
    job.look("document")
    write_statements(job, page)
    page.click("text=Send the drafts of this document for review")
    assert page.locator("[name=draft]:checked").count() == 9
    job.look("own-drafts")
    page.click("text=Send the ticked for review")
    page.wait_for_selector(".messagelist :text('9 sent for review together')")
    assert set(Change.objects.values_list("state", flat=True)) == {"submitted"}

    job.sign_in("ravi")
    page.click("a.whole:text-is('Awaiting my review')")
    page.click("text=Together: Keeping well on your medicines and 8 more >> nth=0")
    shown = page.inner_text("#content-main")
    for text, (section, line) in SENTENCES.items():
        assert text in shown
        assert f"line {line} ({section})" in shown or f"under “{section}”" in shown
    job.look("batch")
    page.click("[name=approve]")
    page.wait_for_selector(".messagelist :text('9 approved')")

    clicks = job.report()
    assert clicks["eva"] <= MAX_EDITOR_CLICKS
    assert clicks["ravi"] <= MAX_REVIEWER_CLICKS
    assert job.windows == []
    assert_published(page)


def assert_published(page):
    """Check that the API gives each statement with its citation and certainty, and the new entries."""
    answers = [
        page.request.get(f"/api/v1/{route}/{statement.slug}/").json()
        for model, route in KINDS.items()
        for statement in model.objects.filter(text__in=SENTENCES)
    ]
    assert {answer["text"] for answer in answers} == set(SENTENCES)
    for answer in answers:
        (citation,) = answer["citations"]
        assert (citation["section"], citation["first_line"]) == SENTENCES[answer["text"]]
        assert citation["source"]["slug"] == "keeping-well-on-your-medicines"
        assert answer["certainty"] == "possible"
    assert {a["frequency"] for a in answers if "denosumab" in a["text"].lower()} == {"sometimes"}
    for name in ("wobbly tooth", "moonlight cramp"):
        symptom = Symptom.objects.get(name=name)
        assert page.request.get(f"/api/v1/symptoms/{symptom.slug}/").json()["name"] == name
    assert Passage.objects.filter(source__slug="keeping-well-on-your-medicines").count() == len({*SENTENCES.values()})
