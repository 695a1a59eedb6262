"""A new leaflet, six statements and two new entries, in a real browser that counts the clicks."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from kb.models import Change, Passage, Source
from symptoms.models import Diagnostic, ManagementOption, SideEffect, Symptom
from tests.browser.test_editing import AXE_OPTIONS
from tests.browser.test_editing import sign_in_as as sign_in_as

MAX_CLICKS = 40
LEAFLET = """Keeping well on your medicines

Mouth and jaw
Denosumab can sometimes bring on a wobbly tooth or jaw pain.

Joints
Letrozole may lead to joint pain, and to moonlight cramp.
A quiet hour of yoga can ease jaw pain.

Finding out
A bone scan may show osteoporosis.
"""
WHY = "Read in the new leaflet."


@pytest.fixture
def clicks(page):
    """The presses of the mouse so far, and the windows that opened, as lists."""
    presses, windows = [], []
    page.context.expose_function("countPress", lambda where: presses.append(where))
    page.context.add_init_script(
        "addEventListener('pointerdown', (event) => event.isTrusted && countPress(event.target.outerHTML), true)"
    )
    page.context.on("page", lambda window: windows.append(window))
    return presses, windows


def choose(page, *names, **values):
    """Tick entries by name, and values of fields, among what is proposed on the page of the lines."""
    for name in names:
        page.click(f"label.choice:has(strong:text-is('{name}')) input")
    for field, value in values.items():
        page.click(f"input[name={field}][value={value}]")


def write(page, text, button):
    """Write the sentence of a statement, whose other fields are filled in, and save it."""
    page.fill("#id_text", text)
    page.fill("#id_why", WHY)
    page.click(f"[name={button}]")
    assert page.locator(".errornote, .errorlist").all_inner_texts() == []


def add_entry(page, words):
    """Add words of the lines as a symptom, send it for review, and come back to the lines."""
    page.click(f"button[aria-label='Add “{words}” as a symptom']")
    assert page.input_value("#id_name") == words
    page.fill("#id_why", WHY)
    page.click("[name=_send]")
    page.wait_for_selector(".impact")
    page.click("[name=_send]")
    page.wait_for_selector(f"label.choice:has-text('{words}') input:checked")


def test_six_statements_with_two_new_entries_take_few_clicks_and_no_second_window(sign_in_as, clicks):
    presses, windows = clicks
    page = sign_in_as("eva")
    presses.clear()
    page.set_default_timeout(8000)

    page.click("a:text-is('Sources') >> visible=true")
    page.click("text=Add from a text")
    page.fill("#id_title", "Keeping well on your medicines")
    page.fill("#id_slug", "keeping-well")
    page.fill("#id_pasted", LEAFLET)
    page.click("[type=submit]:has-text('Add'), input[value^='Add the source']")
    assert Axe().run(page, context="#content", options=AXE_OPTIONS).violations_count == 0

    page.click("#line-4 .number a")
    assert Axe().run(page, context="#content", options=AXE_OPTIONS).violations_count == 0
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
    write(page, "Osteoporosis may be seen on a bone scan.", "_save")
    page.wait_for_selector("#line-11 details")

    page.click(".breadcrumbs a:text-is('Keeping well on your medicines')")
    page.fill("#id_why", WHY)
    page.click("[name=_send]")
    page.wait_for_selector(".messagelist :text('sent for review')")
    assert Change.objects.filter(state="submitted").count() == 3

    source = Source.objects.get(slug="keeping-well")
    drafts = [s for model in (SideEffect, ManagementOption, Diagnostic) for s in model.objects.filter(status="draft")]
    assert len(drafts) == 6
    assert Symptom.objects.filter(status="draft").count() == 2
    assert sorted(Passage.objects.filter(source=source).values_list("section", "first_line")) == [
        *(("Finding out", 11), ("Joints", 7), ("Joints", 8), ("Mouth and jaw", 4))
    ]
    assert all(statement.citations.count() == 1 and statement.certainty == "possible" for statement in drafts)
    assert {s.frequency for s in drafts if "denosumab" in s.text.lower()} == {"sometimes"}
    print(f"{len(presses)} clicks, {len(windows)} windows")
    assert len(presses) <= MAX_CLICKS
    assert windows == []
