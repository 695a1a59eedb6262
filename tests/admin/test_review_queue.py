"""The pages on which changes are looked at, decided and brought back."""

import pytest
from django.urls import reverse

from kb.editorial.editing import Wish, begin, discard, save
from kb.editorial.review import approve
from kb.editorial.snapshot import content_of
from kb.models import Change, Version
from symptoms.models import SideEffect, Symptom
from tests.admin.test_forms import at, form_of
from treatments.models import Treatment


def page_of(change):
    return reverse("admin:kb_change_change", args=[change.pk])


def text(response):
    return response.content.decode()


def test_the_queue_shows_who_why_what_and_how_old(sit, change):
    listed = reverse("admin:kb_change_changelist")
    page = text(sit("reviewer").get(listed, {"state__exact": "submitted", "whose": "others"}))
    for words in ("class-bone.", "Line 2 says so.", "editor", "Frequency", "0\xa0minutes", "Awaiting review"):
        assert words in page
    assert "Line 2 says so." not in text(sit("editor").get(listed, {"whose": "others"}))


def test_the_queue_takes_as_many_queries_for_many_as_for_one(
    sit, universe, people, change, django_assert_max_num_queries
):
    for record in [*SideEffect.objects.exclude(slug="class-bone"), *Treatment.objects.all()]:
        field = "summary" if isinstance(record, Treatment) else "onset"
        save(record, content_of(record) | {field: "x"}, Wish(people["editor"], "So.", send=True))
    client = sit("reviewer")
    with django_assert_max_num_queries(16):
        client.get(reverse("admin:kb_change_changelist"))


def test_a_change_shows_the_cited_places_before_and_after(sit, said, people, universe):
    place = begin(
        type(universe.passage),
        {"source": "page", "section": "Other", "first_line": 5, "last_line": 6},
        Wish(people["editor"], "New."),
    )
    content = content_of(said) | {"citations": [["page", 1, 2], ["page", 5, 6]]}
    change = save(said, content, Wish(people["editor"], "Said there too.", send=True))
    page = text(sit("reviewer").get(page_of(change)))
    added = page[page.index("<ins>") : page.index("</ins>")]
    assert "lines 5–6" in added
    assert "under “Other”" in added
    assert "/explore/sources/page/#line-5" in added
    assert place.section == "Other"


def test_only_who_may_decide_is_asked_to(sit, change):
    assert "Approve and publish" in text(sit("reviewer").get(page_of(change)))
    own = text(sit("editor").get(page_of(change)))
    assert "Approve and publish" not in own
    assert "Withdraw" in own
    assert '<form method="post" class="module decision">' not in text(sit("viewer").get(page_of(change)))


def test_a_decision_that_comes_too_late_is_told_and_changes_nothing(sit, change, people, said):
    approve(people["second reviewer"], change, change.lock)
    told = sit("reviewer").post(page_of(change), {"reject": "1", "remark": "No.", "seen": change.lock - 1})
    assert "Somebody was faster: this change is now “Approved”" in text(told)
    change.refresh_from_db()
    assert change.state == "approved"


def test_a_change_whose_record_has_moved_on_says_so_and_shows_how(sit, change, people, said):
    other = save(said, content_of(said) | {"onset": "at once"}, Wish(people["administrator"], "Also.", send=True))
    approve(people["reviewer"], other, other.lock)
    page = text(sit("second reviewer").get(page_of(change)))
    assert "The record has moved on since this was written" in page
    assert "at once" in page
    sit("second reviewer").post(page_of(change), {"bring_up_to_date": "1", "seen": change.lock})
    sit("second reviewer").post(page_of(change), {"approve": "1", "seen": change.lock + 1})
    said.refresh_from_db()
    assert (said.frequency, said.onset) == ("rare", "at once")


def test_many_are_approved_at_once_in_the_order_that_they_need(sit, universe, people):
    wish = Wish(people["editor"], "New.", send=False)
    low = begin(Treatment, {"slug": "low", "name": "Low", "kind": "class"}, wish)
    words = {"text": "Low aches.", "treatment": "low", "symptom": "pain", "citations": [["page", 1, 2]]}
    said = begin(SideEffect, {"slug": "low-aches", "effect": "causes"} | words, wish)
    sent = Wish(people["editor"], "Ready.", send=True)
    changes = [save(low, content_of(low), sent).pk]
    Treatment.objects.filter(pk=low.pk).update(status="published")
    changes.append(save(said, content_of(said), sent).pk)
    Treatment.objects.filter(pk=low.pk).update(status="draft")
    Change.objects.filter(pk=changes[0]).update(submitted_at="2030-01-01T00:00:00Z")
    seen = [f"{change.pk}:{change.lock}" for change in Change.objects.all()]
    chosen = {"action": "approve_selected", "_selected_action": changes, "seen": seen}
    page = text(sit("reviewer").post(reverse("admin:kb_change_changelist"), chosen, follow=True))
    assert "2 approved" in page
    said.refresh_from_db()
    assert said.status == "published"


def test_the_second_of_two_editors_is_shown_both_versions(sit, people, universe):
    draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "New."))
    url = at(Symptom, "change", draft.pk)
    client = sit("administrator")
    mine = form_of(client, url) | {"summary": "Mine."}
    save(draft, content_of(draft) | {"summary": "Theirs.", "synonyms": ["rigid"]}, Wish(people["editor"], "Better."))
    del mine["_send"]
    answer = client.post(url, mine)
    page = text(answer)
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


def test_what_another_proposes_stands_above_the_form(sit, change, said):
    page = text(sit("reviewer").get(at(SideEffect, "change", said.pk)))
    assert "proposes a change of this record too: Line 2 says so." in page


def test_ones_own_change_is_gone_on_with(sit, change, said):
    form = sit("editor").get(at(SideEffect, "change", said.pk)).context["adminform"].form
    assert (form["frequency"].value(), form["why"].value()) == ("rare", "Line 2 says so.")


def test_the_history_shows_each_change_and_brings_a_state_back(sit, change, said, people):
    approve(people["reviewer"], change, change.lock)
    url = reverse("admin:symptoms_sideeffect_history", args=[said.pk])
    page = text(sit("editor").get(url))
    for words in ("Line 2 says so.", "editor", "reviewer", "<del>Not stated</del>", "<ins>Rare</ins>"):
        assert words in page
    before = Version.objects.about(said)[1]
    sit("editor").post(url, {"version": before.pk, "why": "It was right before.", "_send": "1"})
    back = Change.objects.get(state="submitted")
    assert (back.content["frequency"], back.way) == ("unstated", "restored")


def test_a_discarded_draft_has_a_history_from_which_it_comes_back(sit, people, universe):
    draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "New."))
    discard(people["editor"], draft)
    gone = Version.objects.filter(slug="stiff").first()
    url = reverse("admin:kb_version_of", args=[gone.kind_id, gone.object_id])
    assert "The record was discarded" in text(sit("editor").get(url))
    assert "stiff" in text(sit("editor").get(reverse("admin:kb_version_changelist")))
    sit("editor").post(url, {"version": Version.objects.filter(slug="stiff").last().pk, "why": "A mistake."})
    assert Symptom.objects.get(slug="stiff").status == "draft"


class TestBeforeItIsSaved:
    """What a change does to the answers that readers get is shown first, and the page as it would be."""

    @pytest.fixture
    def move(self, sit, universe):
        """The drug moves out of its class."""
        client = sit("editor")
        drug, loner = (Treatment.objects.get(slug=slug) for slug in ("drug", "loner"))
        url = at(Treatment, "change", drug.pk)
        return client, url, form_of(client, url) | {"parent": loner.pk}

    def test_a_move_in_a_tree_tells_which_answers_change_and_is_saved_when_seen(self, move):
        client, url, sent = move
        answer = client.post(url, sent)
        page = text(answer)
        assert "Look first at what this changes for readers" in page
        assert "class-bone." in page
        assert not Change.objects.exists()
        seen = answer.context["adminform"].form.data["weighed"]
        assert client.post(url, sent | {"weighed": seen}).status_code == 302
        assert Change.objects.get().content["parent"] == "loner"

    def test_another_move_than_the_one_that_was_seen_is_shown_again(self, move):
        client, url, sent = move
        seen = client.post(url, sent).context["adminform"].form.data["weighed"]
        other = sent | {"weighed": seen, "parent": ""}
        assert "Look first at what this changes for readers" in text(client.post(url, other))

    def test_the_reviewer_sees_it_too(self, move, sit):
        client, url, sent = move
        seen = client.post(url, sent).context["adminform"].form.data["weighed"]
        client.post(url, sent | {"weighed": seen})
        page = text(sit("reviewer").get(page_of(Change.objects.get())))
        assert "What changes for readers" in page

    def test_the_page_as_it_would_be_leaves_nothing_behind(self, move, ask):
        client, url, sent = move
        before = Version.objects.count()
        page = text(client.post(url, sent | {"_preview": "1", "summary": "In new words."}))
        assert "Preview: this is not public." in page
        assert "In new words." in page
        assert (Change.objects.count(), Version.objects.count()) == (0, before)
        assert ask("treatments/drug/")["summary"] == ""

    def test_a_preview_of_what_may_not_stand_tells_why(self, move):
        client, url, sent = move
        page = text(client.post(url, sent | {"_preview": "1", "synonyms": "loner"}))
        assert "“loner” is already a name of “Loner”" in page

    def test_what_waits_is_previewed_by_the_reviewer(self, sit, change):
        page = text(sit("reviewer").get(page_of(change), {"preview": "yes"}))
        assert "Preview: this is not public." in page
        assert "rare" in page.lower()

    def test_a_new_record_is_previewed_before_it_is_there(self, sit, universe):
        new = {"name": "Stiff", "slug": "stiff", "kind": "unstated", "review_due": "2030-01-01", "why": "New."}
        page = text(sit("editor").post(at(Symptom, "add"), new | {"_preview": "1"}))
        assert "Preview: this is not public." in page
        assert not Symptom.objects.filter(slug="stiff").exists()
