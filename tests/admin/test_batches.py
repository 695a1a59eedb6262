"""The page that sends drafts together, and the page on which a batch is reviewed and decided."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kb.editorial.batches import find_waiting
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.review import withdraw
from kb.editorial.snapshot import serialize_record
from kb.models import Batch, Change, Edition, Source
from symptoms.models import SideEffect, Symptom
from tests.helpers.accounts import get_text
from tests.helpers.batches import WHY
from tests.helpers.batches import batch as batch
from tests.helpers.batches import drafts as drafts
from treatments.models import Treatment

ADD_URL = reverse("admin:kb_batch_add")


def build_batch_url(batch):
    return reverse("admin:kb_batch_change", args=[batch.pk])


def read_ticks(client):
    """Return the value of the tick box of each draft, by the slug of its record."""
    groups = client.get(ADD_URL).context["groups"]
    return {draft.record.slug: draft.name for _, drafts in groups for draft in drafts}


def decide(client, batch, button, **data):
    """Press a button on the page of a batch as it is now."""
    url = build_batch_url(batch)
    return client.post(url, {button: "1", "seen": client.get(url).context["seen"]} | data)


class TestSending:
    def test_the_page_lists_all_drafts_of_the_user_with_what_they_need_and_cite(self, login_as, drafts):
        groups = login_as("editor").get(ADD_URL).context["groups"]
        assert [(kind, [draft.record.slug for draft in drafts]) for kind, drafts in groups] == [
            ("Source", ["leaf"]),
            ("Treatment", ["new-class", "new-drug"]),
            ("Side effect", ["new-aches"]),
        ]
        needs = {draft.record.slug: [r.slug for r in draft.needs] for _, drafts in groups for draft in drafts}
        assert needs == {
            "leaf": [],
            "new-class": [],
            "new-drug": ["new-class"],
            "new-aches": ["new-drug", "leaf"],
        }
        by_source = login_as("editor").get(ADD_URL, {"by": "source"}).context["groups"]
        assert [(title, len(drafts)) for title, drafts in by_source] == [("Leaf", 2), ("No source", 2)]

    def test_the_number_of_queries_does_not_grow_with_the_drafts(self, login_as, drafts, users):
        client, request = login_as("editor"), EditRequest(users["editor"], "It is missing.")

        def count_queries():
            with CaptureQueriesContext(connection) as queries:
                assert client.get(ADD_URL).status_code == 200
            return len(queries)

        count_queries()  # What is read once for all requests, such as content types, is kept.
        before = count_queries()
        for number in range(8):
            content = {"slug": f"drug-{number}", "name": f"Drug {number}", "kind": "drug", "parents": ["new-class"]}
            create_draft(Treatment, content, request)
        assert count_queries() == before

    def test_the_drafts_of_a_source_are_ticked_with_what_they_need(self, login_as, drafts, users):
        request = EditRequest(users["editor"], "It is missing.")
        create_draft(Treatment, {"slug": "apart", "name": "Apart", "kind": "drug"}, request)
        client, source = login_as("editor"), drafts["leaf"]
        document = client.get(reverse("admin:kb_source_text", args=[source.pk])).content.decode()
        assert f'href="{ADD_URL}?source={source.pk}"' not in document  # It has no text yet.
        context = client.get(ADD_URL, {"source": source.pk}).context
        ticks = read_ticks(client)
        assert context["ticked"] == {ticks[slug] for slug in drafts}
        assert context["why"] == "Read in “Leaf”."
        client.post(f"{ADD_URL}?source={source.pk}", {"draft": [*context["ticked"]], "why": context["why"]})
        assert client.get(ADD_URL, {"source": source.pk}).context["ticked"] == set()  # All of them wait.
        for key in ("0", "x", "9" * 30):
            assert client.get(ADD_URL, {"source": key}).context["ticked"] == set()

    def test_what_is_ticked_is_sent_as_one_batch(self, login_as, drafts, users):
        client = login_as("editor")
        response = client.post(ADD_URL, {"draft": [*read_ticks(client).values()], "why": WHY})
        batch = Batch.objects.get()
        assert response.url == build_batch_url(batch)
        assert (batch.by, batch.why, batch.changes.filter(state="submitted").count()) == (users["editor"], WHY, 4)

    def test_every_error_is_told_with_a_link_and_ticks_and_reason_stay(self, login_as, drafts):
        client = login_as("editor")
        ticks = read_ticks(client)
        page = get_text(client.post(ADD_URL, {"draft": [ticks["new-drug"], ticks["new-aches"]], "why": WHY}))
        assert "Nothing was sent" in page
        assert "Belongs to: “New class” is not published" in page
        assert "“Leaf”, which it cites, is not published" in page
        assert page.count(" checked>") == 2
        assert WHY in page
        for data, message in (({"why": WHY}, "Tick what is to be sent"), ({"draft": ticks["leaf"]}, "Say why")):
            assert message in get_text(client.post(ADD_URL, data))
        assert not Change.objects.exists()

    def test_drafts_of_others_are_not_sent_and_viewers_send_nothing(self, login_as, drafts):
        ticks = [*read_ticks(login_as("editor")).values()]
        page = get_text(login_as("administrator").post(ADD_URL, {"draft": ticks, "why": WHY}))
        assert "Tick what is to be sent" in page
        assert login_as("viewer").get(ADD_URL).status_code == 403
        assert login_as("viewer").post(ADD_URL, {"draft": ticks, "why": WHY}).status_code == 403
        assert not Change.objects.exists()

    def test_an_unsent_change_of_a_published_record_is_among_them(self, login_as, statement, users):
        content = serialize_record(statement) | {"frequency": "rare"}
        save_or_propose(statement, content, EditRequest(users["editor"], "Line 2 says so."))
        client = login_as("editor")
        client.post(ADD_URL, {"draft": [*read_ticks(client).values()], "why": WHY})
        assert Change.objects.get().state == "submitted"


class TestReview:
    def test_the_reviewer_sees_every_field_with_its_lines_on_one_page(self, login_as, batch, drafts):
        text = "\n".join(f"Words of line {n}." for n in range(1, 10))
        Source.objects.filter(slug="leaf").update(sha256="b" * 64)
        Edition.objects.create(source=drafts["leaf"], sha256="b" * 64, text=text)
        page = get_text(login_as("reviewer").get(build_batch_url(batch)))
        for shown in ("New class", "New drug aches.", "Leaf", "line 3", "Words of line 3.", WHY, "Causes"):
            assert shown in page
        assert page.count("The whole new record") == 4
        assert "Words of line 3." not in get_text(login_as("viewer").get(build_batch_url(batch)))

    def test_all_is_approved_by_one_button_and_the_next_change_opens(self, login_as, batch, users, statement):
        content = serialize_record(statement) | {"frequency": "rare"}
        following = save_or_propose(statement, content, EditRequest(users["editor"], "Line 2.", submit=True))
        client = login_as("reviewer")
        response = decide(client, batch, "approve", reviewed="on")
        assert response.url == reverse("admin:kb_change_change", args=[following.pk])
        statement = SideEffect.objects.get(slug="new-aches")
        assert statement.status == "published"
        assert statement.reviewed_on is not None
        assert "Nothing of this batch waits" in get_text(client.get(build_batch_url(batch)))

    def test_the_change_before_a_batch_leads_to_the_page_of_the_batch(self, login_as, submitted_change, batch):
        url = reverse("admin:kb_change_change", args=[submitted_change.pk])
        client = login_as("reviewer")
        assert f'href="{build_batch_url(batch)}" data-key="n"' in get_text(client.get(url))
        response = client.post(url, {"approve": "1", "seen": submitted_change.lock})
        assert response.url == build_batch_url(batch)

    def test_a_change_of_a_batch_points_to_its_batch_and_is_not_decided_alone(self, login_as, batch):
        change = batch.changes.get(slug="new-aches")
        client, url = login_as("reviewer"), reverse("admin:kb_change_change", args=[change.pk])
        page = get_text(client.get(url))
        assert "It is published together with others" in page
        assert "Approve and publish" not in page
        assert "What stands in the way" not in page
        assert "decide on the page of that batch" in get_text(client.post(url, {"approve": "1", "seen": change.lock}))
        form_data = {"action": "approve_selected", "_selected_action": [change.pk]}
        listed = get_text(client.post(reverse("admin:kb_change_changelist"), form_data, follow=True))
        assert "decide on the page of that batch" in listed
        assert f'<a href="{build_batch_url(batch)}">' in listed

    def test_the_ticked_go_back_with_what_needs_them_and_the_rest_stays(self, login_as, batch):
        client, group = login_as("reviewer"), batch.changes.get(slug="new-class")
        refused = decide(client, batch, "send_back", chosen=[group.pk])
        page = get_text(refused)
        assert "Give the reason" in page
        assert f'value="{group.pk}" form="decide" checked' in page
        assert "Tick what is to go back" in get_text(decide(client, batch, "send_back", remark="Which?"))
        response = decide(client, batch, "reject", chosen=[group.pk], remark="There is none.")
        assert response.url == build_batch_url(batch)
        page = get_text(client.get(response.url))
        assert "1 rejected and 2 sent back; the author sees why." in page
        assert "What has left the batch" in page
        assert [change.slug for change in find_waiting(batch)] == ["leaf"]

    def test_a_page_that_is_out_of_date_decides_nothing(self, login_as, batch, users):
        client, url = login_as("reviewer"), build_batch_url(batch)
        seen = client.get(url).context["seen"]
        change = batch.changes.get(slug="new-aches")
        withdraw(users["editor"], change, change.lock)
        for data in ({"seen": seen}, {"seen": ""}, {"seen": "x"}, {}):
            assert "Somebody was faster" in get_text(client.post(url, {"approve": "1"} | data))
        assert "Nothing was asked for" in get_text(client.post(url, {"seen": seen}))
        assert not Change.objects.filter(state="approved").exists()

    @pytest.mark.parametrize("role", ["editor", "viewer", "nobody"])
    def test_who_may_not_publish_decides_nothing(self, login_as, batch, role):
        client, seen = login_as(role), login_as("reviewer").get(build_batch_url(batch)).context["seen"]
        client = login_as(role)
        for button in ("approve", "send_back_all", "reject"):
            client.post(build_batch_url(batch), {button: "1", "seen": seen, "remark": "No."})
        assert set(batch.changes.values_list("state", flat=True)) == {"submitted"}

    def test_what_stands_in_the_way_is_told_and_approval_is_not_offered(self, login_as, batch, drafts, users):
        save_or_propose(drafts["leaf"], {"publisher": "Press"}, EditRequest(users["editor"], "It says who."))
        page = get_text(login_as("reviewer").get(build_batch_url(batch)))
        assert "It cannot be published as it stands" in page
        assert "It has been changed since it was sent" in page
        assert 'data-key="a" disabled' in page

    def test_its_author_sends_it_again_with_an_answer_or_withdraws_it(self, login_as, batch):
        decide(login_as("reviewer"), batch, "send_back_all", remark="Say when.")
        client = login_as("editor")
        assert "Say when." in get_text(client.get(build_batch_url(batch)))
        decide(client, batch, "send_again", remark="It does not say.")
        assert set(batch.changes.values_list("state", flat=True)) == {"submitted"}
        page = get_text(login_as("reviewer").get(build_batch_url(batch)))
        assert "It does not say." in page
        assert "What is new since reviewer sent it back" in page
        decide(login_as("administrator"), batch, "withdraw")
        assert set(batch.changes.values_list("state", flat=True)) == {"submitted"}
        decide(login_as("editor"), batch, "withdraw")
        assert set(batch.changes.values_list("state", flat=True)) == {"withdrawn"}

    def test_an_import_is_reviewed_on_the_same_page_and_each_of_its_changes_alone_too(self, login_as, universe, users):
        batch = Batch.objects.create(name="symptoms.csv", why="The list of the clinic.", by=users["editor"])
        request = EditRequest(users["editor"], batch.why, "import", batch, submit=True)
        for name in ("One", "Two", "Three"):
            create_draft(Symptom, {"slug": name.lower(), "name": name}, request)
        first = batch.changes.get(slug="one")
        client = login_as("reviewer")
        client.post(reverse("admin:kb_change_change", args=[first.pk]), {"approve": "1", "seen": first.lock})
        assert "1 published already" in get_text(client.get(build_batch_url(batch)))
        decide(client, batch, "approve")
        assert Symptom.objects.filter(slug__in=["one", "two", "three"], status="published").count() == 3

    def test_what_was_opened_on_the_page_of_a_batch_can_be_approved_in_bulk(self, login_as, universe, users):
        batch = Batch.objects.create(name="symptoms.csv", why="The list of the clinic.", by=users["editor"])
        request = EditRequest(users["editor"], batch.why, "import", batch, submit=True)
        create_draft(Symptom, {"slug": "one", "name": "One"}, request)
        client, change = login_as("reviewer"), batch.changes.get()
        form_data = {"action": "approve_selected", "_selected_action": [change.pk]}
        changelist_url = reverse("admin:kb_change_changelist")
        assert "open it first" in get_text(client.post(changelist_url, form_data, follow=True))
        client.get(build_batch_url(batch))
        assert "1 approved" in get_text(client.post(changelist_url, form_data, follow=True))

    def test_a_new_entry_and_one_below_it_in_the_same_batch(self, login_as, batch):
        decide(login_as("reviewer"), batch, "approve")
        assert Treatment.objects.get(slug="new-drug").parents.get().slug == "new-class"
