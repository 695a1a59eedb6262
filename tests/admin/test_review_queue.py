"""The pages on which changes are looked at, decided and brought back."""

import pytest
from django.urls import reverse

from kb.editorial.editing import EditRequest, create_draft, discard_draft, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Version
from symptoms.models import SideEffect, Symptom
from tests.admin.test_forms import build_admin_url, read_form_data
from treatments.models import Treatment


def build_change_url(submitted_change):
    return reverse("admin:kb_change_change", args=[submitted_change.pk])


def get_text(response):
    return response.content.decode()


def test_the_queue_shows_who_why_what_and_how_old(login_as, submitted_change):
    listed = reverse("admin:kb_change_changelist")
    page = get_text(login_as("reviewer").get(listed, {"state__exact": "submitted", "whose": "others"}))
    for words in ("class-bone.", "Line 2 says so.", "editor", "Frequency", "0\xa0minutes", "Awaiting review"):
        assert words in page
    assert "Line 2 says so." not in get_text(login_as("editor").get(listed, {"whose": "others"}))


def test_the_queue_takes_as_many_queries_for_many_as_for_one(
    login_as, universe, users, submitted_change, django_assert_max_num_queries
):
    for record in [*SideEffect.objects.exclude(slug="class-bone"), *Treatment.objects.all()]:
        field = "summary" if isinstance(record, Treatment) else "onset"
        save_or_propose(
            record, serialize_record(record) | {field: "x"}, EditRequest(users["editor"], "So.", submit=True)
        )
    client = login_as("reviewer")
    with django_assert_max_num_queries(16):
        client.get(reverse("admin:kb_change_changelist"))


def test_a_change_shows_the_cited_places_before_and_after(login_as, statement, users, universe):
    place = create_draft(
        type(universe.passage),
        {"source": "page", "section": "Other", "first_line": 5, "last_line": 6},
        EditRequest(users["editor"], "New."),
    )
    content = serialize_record(statement) | {"citations": [["page", 1, 2], ["page", 5, 6]]}
    change = save_or_propose(statement, content, EditRequest(users["editor"], "Said there too.", submit=True))
    page = get_text(login_as("reviewer").get(build_change_url(change)))
    added = page[page.index("<ins>") : page.index("</ins>")]
    assert "lines 5–6" in added
    assert "under “Other”" in added
    assert "/explore/sources/page/#line-5" in added
    assert place.section == "Other"


def test_only_who_may_decide_is_asked_to(login_as, submitted_change):
    assert "Approve and publish" in get_text(login_as("reviewer").get(build_change_url(submitted_change)))
    own = get_text(login_as("editor").get(build_change_url(submitted_change)))
    assert "Approve and publish" not in own
    assert "Withdraw" in own
    assert '<form method="post" class="module decision">' not in get_text(
        login_as("viewer").get(build_change_url(submitted_change))
    )


def test_a_decision_that_comes_too_late_is_told_and_changes_nothing(login_as, submitted_change, users, statement):
    approve(users["second reviewer"], submitted_change, submitted_change.lock)
    told = login_as("reviewer").post(
        build_change_url(submitted_change), {"reject": "1", "remark": "No.", "seen": submitted_change.lock - 1}
    )
    assert "Somebody was faster: this change is now “Approved”" in get_text(told)
    submitted_change.refresh_from_db()
    assert submitted_change.state == "approved"


def test_a_change_whose_record_has_moved_on_says_so_and_shows_how(login_as, submitted_change, users, statement):
    other = save_or_propose(
        statement,
        serialize_record(statement) | {"onset": "at once"},
        EditRequest(users["administrator"], "Also.", submit=True),
    )
    approve(users["reviewer"], other, other.lock)
    page = get_text(login_as("second reviewer").get(build_change_url(submitted_change)))
    assert "The record has moved on since this was written" in page
    assert "at once" in page
    login_as("second reviewer").post(
        build_change_url(submitted_change), {"bring_up_to_date": "1", "seen": submitted_change.lock}
    )
    login_as("second reviewer").post(
        build_change_url(submitted_change), {"approve": "1", "seen": submitted_change.lock + 1}
    )
    statement.refresh_from_db()
    assert (statement.frequency, statement.onset) == ("rare", "at once")


def test_many_are_approved_at_once_in_the_order_that_they_need(login_as, universe, users):
    wish = EditRequest(users["editor"], "New.", submit=False)
    low = create_draft(Treatment, {"slug": "low", "name": "Low", "kind": "class"}, wish)
    words = {"text": "Low aches.", "treatment": "low", "symptom": "pain", "citations": [["page", 1, 2]]}
    said = create_draft(SideEffect, {"slug": "low-aches", "effect": "causes"} | words, wish)
    sent = EditRequest(users["editor"], "Ready.", submit=True)
    changes = [save_or_propose(low, serialize_record(low), sent).pk]
    Treatment.objects.filter(pk=low.pk).update(status="published")
    changes.append(save_or_propose(said, serialize_record(said), sent).pk)
    Treatment.objects.filter(pk=low.pk).update(status="draft")
    Change.objects.filter(pk=changes[0]).update(submitted_at="2030-01-01T00:00:00Z")
    seen = [f"{change.pk}:{change.lock}" for change in Change.objects.all()]
    chosen = {"action": "approve_selected", "_selected_action": changes, "seen": seen}
    page = get_text(login_as("reviewer").post(reverse("admin:kb_change_changelist"), chosen, follow=True))
    assert "2 approved" in page
    said.refresh_from_db()
    assert said.status == "published"


def test_the_second_of_two_editors_is_shown_both_versions(login_as, users, universe):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "New."))
    url = build_admin_url(Symptom, "change", draft.pk)
    client = login_as("administrator")
    mine = read_form_data(client, url) | {"summary": "Mine."}
    save_or_propose(
        draft,
        serialize_record(draft) | {"summary": "Theirs.", "synonyms": ["rigid"]},
        EditRequest(users["editor"], "Better."),
    )
    del mine["_send"]
    answer = client.post(url, mine)
    page = get_text(answer)
    assert "Somebody else has written to this record" in page
    shown = answer.context["adminform"].form.conflict
    assert [(d.field, d.before, d.after) for d in shown["theirs"]] == [
        ("Synonyms", [], ["rigid"]),
        ("Summary", [], ["Theirs."]),
    ]
    assert "Mine." in page
    draft.refresh_from_db()
    assert draft.summary == "Theirs."
    again = mine | {"seen": answer.context["adminform"].form.data["seen"], "summary": "Both."}
    assert client.post(url, again).status_code == 302
    draft.refresh_from_db()
    assert draft.summary == "Both."


def test_what_another_proposes_stands_above_the_form(login_as, submitted_change, statement):
    page = get_text(login_as("reviewer").get(build_admin_url(SideEffect, "change", statement.pk)))
    assert "proposes a change of this record too: Line 2 says so." in page


def test_ones_own_change_is_gone_on_with(login_as, submitted_change, statement):
    form = login_as("editor").get(build_admin_url(SideEffect, "change", statement.pk)).context["adminform"].form
    assert (form["frequency"].value(), form["why"].value()) == ("rare", "Line 2 says so.")


def test_the_history_shows_each_change_and_brings_a_state_back(login_as, submitted_change, statement, users):
    approve(users["reviewer"], submitted_change, submitted_change.lock)
    url = reverse("admin:symptoms_sideeffect_history", args=[statement.pk])
    page = get_text(login_as("editor").get(url))
    for words in ("Line 2 says so.", "editor", "reviewer", "<del>Not stated</del>", "<ins>Rare</ins>"):
        assert words in page
    before = Version.objects.for_records(statement)[1]
    login_as("editor").post(url, {"version": before.pk, "why": "It was right before.", "_send": "1"})
    back = Change.objects.get(state="submitted")
    assert (back.content["frequency"], back.way) == ("unstated", "restored")


def test_a_discarded_draft_has_a_history_from_which_it_comes_back(login_as, users, universe):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "New."))
    discard_draft(users["editor"], draft)
    gone = Version.objects.filter(slug="stiff").first()
    url = reverse("admin:kb_version_of", args=[gone.kind_id, gone.object_id])
    assert "The record was discarded" in get_text(login_as("editor").get(url))
    assert "stiff" in get_text(login_as("editor").get(reverse("admin:kb_version_changelist")))
    login_as("editor").post(url, {"version": Version.objects.filter(slug="stiff").last().pk, "why": "A mistake."})
    assert Symptom.objects.get(slug="stiff").status == "draft"


class TestBeforeItIsSaved:
    """What a change does to the answers that readers get is shown first, and the page as it would be."""

    @pytest.fixture
    def move_drug_form(self, login_as, universe):
        """The drug moves out of its class."""
        client = login_as("editor")
        drug, loner = (Treatment.objects.get(slug=slug) for slug in ("drug", "loner"))
        url = build_admin_url(Treatment, "change", drug.pk)
        return client, url, read_form_data(client, url) | {"parent": loner.pk}

    def test_a_move_in_a_tree_tells_which_answers_change_and_is_saved_when_seen(self, move_drug_form):
        client, url, sent = move_drug_form
        answer = client.post(url, sent)
        page = get_text(answer)
        assert "Look first at what this changes for readers" in page
        assert "class-bone." in page
        assert not Change.objects.exists()
        seen = answer.context["adminform"].form.data["weighed"]
        assert client.post(url, sent | {"weighed": seen}).status_code == 302
        assert Change.objects.get().content["parent"] == "loner"

    def test_another_move_than_the_one_that_was_seen_is_shown_again(self, move_drug_form):
        client, url, sent = move_drug_form
        seen = client.post(url, sent).context["adminform"].form.data["weighed"]
        other = sent | {"weighed": seen, "parent": ""}
        assert "Look first at what this changes for readers" in get_text(client.post(url, other))

    def test_the_reviewer_sees_it_too(self, move_drug_form, login_as):
        client, url, sent = move_drug_form
        seen = client.post(url, sent).context["adminform"].form.data["weighed"]
        client.post(url, sent | {"weighed": seen})
        page = get_text(login_as("reviewer").get(build_change_url(Change.objects.get())))
        assert "What changes for readers" in page

    def test_the_page_as_it_would_be_leaves_nothing_behind(self, move_drug_form, get_json):
        client, url, sent = move_drug_form
        before = Version.objects.count()
        page = get_text(client.post(url, sent | {"_preview": "1", "summary": "In new words."}))
        assert "Preview: this is not public." in page
        assert "In new words." in page
        assert (Change.objects.count(), Version.objects.count()) == (0, before)
        assert get_json("treatments/drug/")["summary"] == ""

    def test_a_preview_of_what_may_not_stand_tells_why(self, move_drug_form):
        client, url, sent = move_drug_form
        page = get_text(client.post(url, sent | {"_preview": "1", "synonyms": "loner"}))
        assert "“loner” is already a name of “Loner”" in page

    def test_what_waits_is_previewed_by_the_reviewer(self, login_as, submitted_change):
        page = get_text(login_as("reviewer").get(build_change_url(submitted_change), {"preview": "yes"}))
        assert "Preview: this is not public." in page
        assert "rare" in page.lower()

    def test_a_new_record_is_previewed_before_it_is_there(self, login_as, universe):
        new = {"name": "Stiff", "slug": "stiff", "kind": "unstated", "review_due": "2030-01-01", "why": "New."}
        page = get_text(login_as("editor").post(build_admin_url(Symptom, "add"), new | {"_preview": "1"}))
        assert "Preview: this is not public." in page
        assert not Symptom.objects.filter(slug="stiff").exists()
