"""Ways that somebody tried past the review, and what becomes of them."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from kb.editorial.editing import MovedOn, Wish, begin, discard, restore, save
from kb.editorial.review import approve, reject, submit
from kb.editorial.snapshot import content_of
from kb.models import Change, Passage, Version
from symptoms.models import SideEffect, Symptom
from tests.admin.test_forms import at, form_of


@pytest.fixture
def draft(people):
    return begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "New."))


def test_what_was_amended_since_the_queue_was_shown_is_not_approved_in_bulk(sit, change, said, people):
    listed = reverse("admin:kb_change_changelist")
    shown = f"{change.pk}:{change.lock}"
    assert f'value="{shown}"' in sit("reviewer").get(listed).content.decode()
    save(said, content_of(said) | {"frequency": "very-common"}, Wish(people["editor"], "Rather.", send=True))
    for seen in ([shown], [], ["1:x"]):
        chosen = {"action": "approve_selected", "_selected_action": [change.pk], "seen": seen}
        assert "Somebody was faster" in sit("reviewer").post(listed, chosen, follow=True).content.decode()
    said.refresh_from_db()
    assert said.frequency == "unstated"


def test_a_draft_that_was_published_meanwhile_is_not_discarded(draft, people):
    sent = save(draft, content_of(draft), Wish(people["editor"], "Ready.", send=True))
    approve(people["reviewer"], sent, sent.lock)
    with pytest.raises(PermissionDenied, match="retired, not deleted"):
        discard(people["editor"], draft)
    assert Symptom.objects.filter(slug="stiff").exists()


def test_who_wrote_a_draft_that_was_discarded_does_not_approve_it_once_it_is_back(people, universe):
    draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["reviewer"], "New."))
    discard(people["reviewer"], draft)
    last = Version.objects.filter(slug="stiff").last()
    back, _ = restore(last, Wish(people["editor"], "It was right."))
    sent = save(back, content_of(back), Wish(people["editor"], "Ready.", send=True))
    with pytest.raises(PermissionDenied, match="You wrote part of this draft"):
        approve(people["reviewer"], sent, sent.lock)


def test_sending_drafts_in_bulk_sends_them_as_they_are_now(draft, people):
    stale = Symptom.objects.get(pk=draft.pk)
    save(draft, content_of(draft) | {"summary": "Two."}, Wish(people["reviewer"], "Better."))
    sent = save(stale, {}, Wish(people["editor"], "Ready.", "bulk", send=True))
    draft.refresh_from_db()
    assert (draft.summary, sent.content["summary"]) == ("Two.", "Two.")


def test_bringing_a_version_back_does_not_undo_ones_own_open_change(change, said, people):
    before = Version.objects.about(said).last()
    with pytest.raises(ValidationError, match="You have an open change"):
        restore(before, Wish(people["editor"], "It was right."))
    change.refresh_from_db()
    assert (change.state, change.content["frequency"]) == ("submitted", "rare")


class TestPassages:
    @pytest.fixture
    def place(self, universe, people):
        words = {"source": "page", "section": "Other", "first_line": 5, "last_line": 6}
        return begin(Passage, words, Wish(people["editor"], "New."))

    @pytest.fixture
    def citing(self, said, place, people):
        content = content_of(said) | {"citations": [["page", 5, 6]]}
        return save(said, content, Wish(people["editor"], "Said there.", send=True))

    def test_a_place_that_was_rewritten_since_is_not_published_unseen(self, place, citing, people):
        save(place, content_of(place) | {"section": "Unseen"}, Wish(people["editor"], "Another heading."))
        with pytest.raises(MovedOn, match="was written since it was sent"):
            approve(people["reviewer"], citing, citing.lock)
        citing.refresh_from_db()
        submit(people["editor"], citing, citing.lock)
        approve(people["reviewer"], citing, citing.lock)

    def test_a_place_that_is_cited_is_not_moved_by_bringing_a_version_back(self, place, said, people):
        first = Version.objects.about(place).first()
        save(place, content_of(place) | {"first_line": 4}, Wish(people["editor"], "One line more."))
        place.refresh_from_db()
        said.citations.add(place)
        with pytest.raises(ValidationError, match="stays where it is"):
            restore(first, Wish(people["editor"], "It was right."))

    def test_the_heading_of_a_cited_place_changes_by_review(self, universe, people, ask):
        place = universe.passage
        sent = save(place, content_of(place) | {"section": "Better"}, Wish(people["editor"], "Line 1.", send=True))
        assert ask("side-effects/class-bone/")["citations"][0]["section"] == "Head"
        approve(people["reviewer"], sent, sent.lock)
        assert ask("side-effects/class-bone/")["citations"][0]["section"] == "Better"

    def test_a_form_opens_though_a_place_that_it_proposed_is_gone(self, place, citing, said, sit):
        discard_as(sit, place)
        page = sit("editor").get(at(SideEffect, "change", said.pk)).content.decode()
        assert "Something that it names is no longer there" in page
        page = sit("reviewer").get(reverse("admin:kb_change_change", args=[citing.pk])).content.decode()
        assert "There is no passage" in page


def discard_as(sit, record):
    meta = record._meta
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_delete", args=[record.pk])
    assert sit("administrator").post(url, {"post": "yes"}).status_code == 302


def test_what_is_said_at_too_great_length_is_told_not_cut(change, said, people):
    with pytest.raises(ValidationError, match="1000 at most"):
        reject(people["reviewer"], change, change.lock, "x" * 1001)
    with pytest.raises(ValidationError, match="500 at most"):
        Wish(people["editor"], "x" * 501)


def test_what_was_typed_is_kept_though_the_draft_was_discarded(draft, sit, people):
    url = at(Symptom, "change", draft.pk)
    sent = form_of(sit("editor"), url) | {"summary": "Much work."}
    discard(people["reviewer"], draft)
    answer = sit("editor").post(url, sent)
    assert answer.status_code == 410
    assert "Much work." in answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "kb/change/abc/change/",
        "kb/change/999999/change/",
        "kb/cancer/abc/history/",
        "kb/version/of/9999/1/",
        "kb/version/of/1/99999999999999999999/",
        "kb/change/?of=abc",
        "kb/version/?of=abc",
        "symptoms/symptom/?work=bogus",
        "symptoms/symptom/export/csv/?work=bogus",
        "symptoms/symptom/import/999999/",
    ],
)
def test_an_address_that_leads_nowhere_is_no_error_of_ours(sit, change, path):
    assert sit("administrator").get(f"/admin/{path}").status_code in {302, 404}


@pytest.mark.parametrize("seen", ["", "abc", "9" * 5000])
def test_a_form_without_its_stamp_is_refused(sit, change, draft, seen):
    page = sit("reviewer").post(reverse("admin:kb_change_change", args=[change.pk]), {"approve": "1", "seen": seen})
    assert "Nothing was asked for" in page.content.decode()
    url = at(Symptom, "change", draft.pk)
    client = sit("editor")
    sent = form_of(client, url) | {"summary": "x", "seen": seen}
    del sent["_send"]
    page = client.post(url, sent).content.decode()
    assert "Somebody else has written to this record" in page
    assert Change.objects.get().state == "submitted"
