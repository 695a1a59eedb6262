"""Review in a real browser: a batch from the drafts to the public, and the keys."""

import pytest

from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.snapshot import serialize_record
from kb.models import Change
from symptoms.models import SideEffect
from tests.helpers.accounts import make_user
from tests.helpers.browser import ADMIN_RULES, find_violations
from treatments.models import Treatment

STATEMENT = {
    "slug": "new-drug-causes-bone-pain",
    "text": "Bone drug X may cause aching bones.",
    "treatment": "new-drug",
    "symptom": "bone-pain",
    "effect": "causes",
}


@pytest.fixture
def sign_in_as(page):
    """Sign somebody in, in place of whoever was."""

    def sign_in(name):
        page.goto("about:blank")
        page.context.clear_cookies()
        page.goto("/admin/login/")
        page.fill("#id_username", name)
        page.fill("#id_password", "a long enough password")
        page.click("[type=submit]")
        return page

    return sign_in


@pytest.fixture
def people(page):
    """An editor and a reviewer."""
    return {"eva": make_user("eva", "editor"), "ravi": make_user("ravi", "reviewer")}


@pytest.fixture
def waiting_changes(people):
    """Two changes that wait, oldest first."""
    request = EditRequest(people["eva"], "The line was read again.", submit=True)
    return [
        save_or_propose(record, serialize_record(record) | {"onset": "at once"}, request)
        for record in SideEffect.objects.exclude(onset="at once").order_by("slug")[:2]
    ]


def read_states():
    return [*Change.objects.order_by("pk").values_list("state", flat=True)]


def test_a_new_entry_and_its_statement_are_sent_reviewed_and_published_together(sign_in_as, people):
    request = EditRequest(people["eva"], "A leaflet speaks of it.")
    cited = SideEffect.objects.get(slug="taxanes-causes-bone-pain")
    create_draft(Treatment, {"slug": "new-drug", "name": "Bone drug X", "kind": "drug"}, request)
    create_draft(SideEffect, STATEMENT | {"citations": serialize_record(cited)["citations"]}, request)

    page = sign_in_as("eva")
    page.click("a[aria-label^='My drafts']")
    page.check("tr:has-text('may cause aching') input")
    page.fill("#why", "The leaflet speaks of a drug that we lack.")
    page.click("text=Send the ticked for review")
    assert "“Bone drug X” is not published" in page.inner_text(".errornote")
    assert page.is_checked("tr:has-text('may cause aching') input")
    assert page.input_value("#why") == "The leaflet speaks of a drug that we lack."
    assert find_violations(page, options=ADMIN_RULES) == []
    page.click("text=Tick all")
    page.click("text=Send the ticked for review")
    page.wait_for_selector(".messagelist :text('2 sent for review together')")

    page = sign_in_as("ravi")
    page.goto("/admin/kb/change/?state__exact=submitted&whose=others")
    page.click("text=Together: Bone drug X and 1 more >> nth=0")
    shown = page.inner_text("#content-main")
    for words in ("Bone drug X may cause aching bones.", "Causes it", "The whole new record", "under “"):
        assert words in shown
    assert find_violations(page, options=ADMIN_RULES) == []
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.name") == "approve"
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist :text('2 approved')")
    assert page.request.get("/api/v1/side-effects/new-drug-causes-bone-pain/").json()["treatment"]["slug"] == "new-drug"


def test_keys_lead_to_the_next_change_send_back_and_approve(sign_in_as, waiting_changes):
    first, second = (f"/admin/kb/change/{change.pk}/change/" for change in waiting_changes)
    page = sign_in_as("ravi")
    page.goto(first)
    assert "goes to Approve" in page.inner_text(".keys")
    page.keyboard.press("n")
    page.wait_for_url(f"**{second}")
    page.keyboard.press("n")  # The last leads to the first again.
    page.wait_for_url(f"**{first}")
    assert read_states() == ["submitted", "submitted"]

    page.keyboard.press("s")
    page.keyboard.type("a next line?")  # In the field no key does anything but write.
    assert page.input_value("#remark") == "a next line?"
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**{second}")
    assert read_states() == ["returned", "submitted"]
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_selector(".messagelist :text('Approved')")
    assert read_states() == ["returned", "approved"]


def test_keys_can_be_switched_off_and_the_choice_stays(sign_in_as, waiting_changes):
    page = sign_in_as("ravi")
    page.goto(f"/admin/kb/change/{waiting_changes[0].pk}/change/")
    page.uncheck("#use-keys")
    page.reload()
    assert not page.is_checked("#use-keys")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.name") != "approve"


def test_without_script_no_keys_are_promised(browser, live_server, sign_in_as, waiting_changes, page):
    sign_in_as("ravi")
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"/admin/kb/change/{waiting_changes[0].pk}/change/")
    assert not plain.is_visible(".keys")
    plain.click("text=Approve and publish")
    assert read_states() == ["approved", "submitted"]
    context.close()
