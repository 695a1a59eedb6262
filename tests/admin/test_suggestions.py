"""Editors find suggestions on the desk, beside the record as it stands, and take them up or decline with an answer."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from kb.dataset.version import data_version
from kb.models import Suggestion
from symptoms.models import SideEffect
from tests.conftest import person
from tests.helpers.suggestions import SAID
from tests.helpers.suggestions import anna as anna
from tests.helpers.suggestions import app as app
from tests.helpers.suggestions import send as send


def at(page, *args):
    return reverse(f"admin:kb_suggestion_{page}", args=args)


@pytest.fixture
def ed(client, db):
    """An editor at the admin."""
    client.ed = person("ed", "editor")
    client.force_login(client.ed)
    return client


def test_the_work_list_shows_what_is_wrong_with_which_record_and_narrows_by_state(ed, send):
    send(text="<b>It</b> is common.")
    page = ed.get(at("changelist")).content.decode()
    for words in ("&lt;b&gt;It&lt;/b&gt; is common.", "side-effects/class-bone", "frequency", "anna, with app", "Open"):
        assert words in page
    record = SideEffect.objects.get(slug="class-bone")
    assert reverse("admin:symptoms_sideeffect_change", args=[record.pk]) in page
    assert "0 suggestions" in ed.get(at("changelist"), {"state__exact": "declined"}).content.decode()
    assert "1 suggestion" in ed.get(at("changelist"), {"q": "common"}).content.decode()


def test_who_waits_longest_comes_first_and_what_is_done_last(ed, send, anna):
    done, first, second = (send(text=text)["id"] for text in ("done", "first", "second"))
    Suggestion.objects.filter(pk=done).update(state="taken-up", handled_by=anna, handled_at=timezone.now())
    listed = ed.get(at("changelist")).context["cl"].result_list
    assert [str(found.pk) for found in listed] == [first, second, done]


def test_the_list_takes_few_queries(ed, send, django_assert_max_num_queries):
    for number in range(9):
        send(text=f"{number}")
        send(text=f"{number}", kind="treatments", slug="drug", field="")
    with django_assert_max_num_queries(16):
        ed.get(at("changelist"))


@pytest.mark.parametrize(
    ("kind", "slug", "field", "words"),
    [
        ("side-effects", "class-bone", "frequency", "Not stated"),
        ("side-effects", "class-bone", "citations", "Page, lines 1–2 (Head)"),
        ("side-effects", "class-bone", "onset_max", "empty"),
        ("treatments", "drug", "brand_names", "Brandol"),
        ("sources", "page", "title", "Page"),
        ("symptoms", "pain", "", "Pain"),
    ],
)
def test_what_the_record_says_now_stands_beside(ed, send, kind, slug, field, words):
    page = ed.get(at("change", send(kind=kind, slug=slug, field=field)["id"])).content.decode()
    assert words in page[page.index("The record as it stands now") :]


def test_to_take_up_leads_to_the_record_and_changes_nothing_in_it(ed, send, app):
    told, before = send(), data_version()
    answer = ed.post(at("change", told["id"]), {"_take_up": "x", "answer": ""})
    record = SideEffect.objects.get(slug="class-bone")
    assert answer["Location"] == reverse("admin:symptoms_sideeffect_change", args=[record.pk])
    kept = Suggestion.objects.get()
    assert (kept.state, kept.handled_by, data_version()) == ("taken-up", ed.ed, before)
    assert app.get(told["url"]).json()["state"] == "taken-up"
    assert "Taken up." in ed.get(at("history", told["id"])).content.decode()


def test_to_decline_takes_an_answer(ed, send, app):
    told = send()
    page = ed.post(at("change", told["id"]), {"_decline": "x", "answer": " "}).content.decode()
    assert "Say why" in page
    assert Suggestion.objects.get().state == "open"
    assert ed.post(at("change", told["id"]), {"_decline": "x", "answer": "It says so."}).status_code == 302
    shown = app.get(told["url"]).json()
    assert (shown["state"], shown["answer"]) == ("declined", "It says so.")


def test_what_was_taken_up_may_still_be_declined_and_what_was_declined_stays_so(ed, send):
    url = at("change", send()["id"])
    ed.post(url, {"_take_up": "x", "answer": "We look at it."})
    assert "was first" in ed.post(url, {"_take_up": "x", "answer": ""}).content.decode()
    assert "_take_up" not in ed.get(url).content.decode()
    assert ed.post(url, {"_decline": "x", "answer": "No."}).status_code == 302
    page = ed.post(url, {"_take_up": "x", "answer": "Yes."}).content.decode()
    assert "ed was first: it is declined." in page
    assert "_decline" not in page
    assert (Suggestion.objects.get().state, Suggestion.objects.get().answer) == ("declined", "No.")


def test_without_a_button_or_with_other_fields_nothing_happens(ed, send):
    url = at("change", send()["id"])
    assert "Take it up, or decline it" in ed.post(url, {"answer": "x", "state": "declined"}).content.decode()
    ed.post(url, {"_take_up": "x", "answer": "", "text": "other", "sender": ed.ed.pk, "kind": "x"})
    kept = Suggestion.objects.get()
    assert (kept.text, kept.sender.username, kept.kind) == (SAID["text"], "anna", "side-effects")


def test_nobody_adds_or_deletes_one_there(ed, send):
    pk = send()["id"]
    assert ed.get(at("add")).status_code == 403
    assert ed.post(at("delete", pk), {"post": "yes"}).status_code == 403
    assert ed.post(at("changelist"), {"action": "delete_selected", "_selected_action": pk}).status_code in {200, 302}
    assert Suggestion.objects.exists()


def test_a_viewer_reads_and_does_not_handle(client, send):
    pk = send()["id"]
    client.force_login(person("vera", "viewer"))
    page = client.get(at("change", pk)).content.decode()
    assert SAID["text"] in page
    assert "_decline" not in page
    assert client.post(at("change", pk), {"_decline": "x", "answer": "No."}).status_code == 403
    client.force_login(person("passer-by"))
    assert client.get(at("changelist")).status_code == 302


def test_the_database_itself_holds_what_handling_means(send, anna):
    send()
    for wrong in ({"state": "declined"}, {"state": "gone"}, {"text": ""}, {"handled_by": anna}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suggestion.objects.update(**wrong)
