"""Editors find suggestions on the desk, beside the record as it stands, and take them up or decline with an answer."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from kb.dataset.version import data_version
from kb.models import Suggestion
from symptoms.models import SideEffect
from tests.conftest import make_user
from tests.helpers.suggestions import SUGGESTION
from tests.helpers.suggestions import post_suggestion as post_suggestion
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner


def build_suggestion_url(page, *args):
    return reverse(f"admin:kb_suggestion_{page}", args=args)


@pytest.fixture
def editor_client(client, db):
    """An editor at the admin."""
    client.user = make_user("ed", "editor")
    client.force_login(client.user)
    return client


def test_the_work_list_shows_what_is_wrong_with_which_record_and_narrows_by_state(editor_client, post_suggestion):
    post_suggestion(text="<b>It</b> is common.")
    page = editor_client.get(build_suggestion_url("changelist")).content.decode()
    for words in ("&lt;b&gt;It&lt;/b&gt; is common.", "side-effects/class-bone", "frequency", "anna, with app", "Open"):
        assert words in page
    record = SideEffect.objects.get(slug="class-bone")
    assert reverse("admin:symptoms_sideeffect_change", args=[record.pk]) in page
    assert (
        "0 suggestions"
        in editor_client.get(build_suggestion_url("changelist"), {"state__exact": "declined"}).content.decode()
    )
    assert "1 suggestion" in editor_client.get(build_suggestion_url("changelist"), {"q": "common"}).content.decode()


def test_who_waits_longest_comes_first_and_what_is_done_last(editor_client, post_suggestion, token_owner):
    done, first, second = (post_suggestion(text=text)["id"] for text in ("done", "first", "second"))
    Suggestion.objects.filter(pk=done).update(state="taken-up", handled_by=token_owner, handled_at=timezone.now())
    listed = editor_client.get(build_suggestion_url("changelist")).context["cl"].result_list
    assert [str(found.pk) for found in listed] == [first, second, done]


def test_the_list_takes_few_queries(editor_client, post_suggestion, django_assert_max_num_queries):
    for number in range(9):
        post_suggestion(text=f"{number}")
        post_suggestion(text=f"{number}", kind="treatments", slug="drug", field="")
    with django_assert_max_num_queries(16):
        editor_client.get(build_suggestion_url("changelist"))


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
def test_what_the_record_says_now_stands_beside(editor_client, post_suggestion, kind, slug, field, words):
    page = editor_client.get(
        build_suggestion_url("change", post_suggestion(kind=kind, slug=slug, field=field)["id"])
    ).content.decode()
    assert words in page[page.index("The record as it stands now") :]


def test_to_take_up_leads_to_the_record_and_changes_nothing_in_it(editor_client, post_suggestion, token_client):
    told, before = post_suggestion(), data_version()
    answer = editor_client.post(build_suggestion_url("change", told["id"]), {"_take_up": "x", "answer": ""})
    record = SideEffect.objects.get(slug="class-bone")
    assert answer["Location"] == reverse("admin:symptoms_sideeffect_change", args=[record.pk])
    kept = Suggestion.objects.get()
    assert (kept.state, kept.handled_by, data_version()) == ("taken-up", editor_client.user, before)
    assert token_client.get(told["url"]).json()["state"] == "taken-up"
    assert "Taken up." in editor_client.get(build_suggestion_url("history", told["id"])).content.decode()


def test_to_decline_takes_an_answer(editor_client, post_suggestion, token_client):
    told = post_suggestion()
    page = editor_client.post(
        build_suggestion_url("change", told["id"]), {"_decline": "x", "answer": " "}
    ).content.decode()
    assert "Say why" in page
    assert Suggestion.objects.get().state == "open"
    assert (
        editor_client.post(
            build_suggestion_url("change", told["id"]), {"_decline": "x", "answer": "It says so."}
        ).status_code
        == 302
    )
    shown = token_client.get(told["url"]).json()
    assert (shown["state"], shown["answer"]) == ("declined", "It says so.")


def test_what_was_taken_up_may_still_be_declined_and_what_was_declined_stays_so(editor_client, post_suggestion):
    url = build_suggestion_url("change", post_suggestion()["id"])
    editor_client.post(url, {"_take_up": "x", "answer": "We look at it."})
    assert "was first" in editor_client.post(url, {"_take_up": "x", "answer": ""}).content.decode()
    assert "_take_up" not in editor_client.get(url).content.decode()
    assert editor_client.post(url, {"_decline": "x", "answer": "No."}).status_code == 302
    page = editor_client.post(url, {"_take_up": "x", "answer": "Yes."}).content.decode()
    assert "ed was first: it is declined." in page
    assert "_decline" not in page
    assert (Suggestion.objects.get().state, Suggestion.objects.get().answer) == ("declined", "No.")


def test_without_a_button_or_with_other_fields_nothing_happens(editor_client, post_suggestion):
    url = build_suggestion_url("change", post_suggestion()["id"])
    assert "Take it up, or decline it" in editor_client.post(url, {"answer": "x", "state": "declined"}).content.decode()
    editor_client.post(
        url, {"_take_up": "x", "answer": "", "text": "other", "sender": editor_client.user.pk, "kind": "x"}
    )
    kept = Suggestion.objects.get()
    assert (kept.text, kept.sender.username, kept.kind) == (SUGGESTION["text"], "anna", "side-effects")


def test_nobody_adds_or_deletes_one_there(editor_client, post_suggestion):
    pk = post_suggestion()["id"]
    assert editor_client.get(build_suggestion_url("add")).status_code == 403
    assert editor_client.post(build_suggestion_url("delete", pk), {"post": "yes"}).status_code == 403
    assert editor_client.post(
        build_suggestion_url("changelist"), {"action": "delete_selected", "_selected_action": pk}
    ).status_code in {200, 302}
    assert Suggestion.objects.exists()


def test_a_viewer_reads_and_does_not_handle(client, post_suggestion):
    pk = post_suggestion()["id"]
    client.force_login(make_user("vera", "viewer"))
    page = client.get(build_suggestion_url("change", pk)).content.decode()
    assert SUGGESTION["text"] in page
    assert "_decline" not in page
    assert client.post(build_suggestion_url("change", pk), {"_decline": "x", "answer": "No."}).status_code == 403
    client.force_login(make_user("passer-by"))
    assert client.get(build_suggestion_url("changelist")).status_code == 302


def test_the_database_itself_holds_what_handling_means(post_suggestion, token_owner):
    post_suggestion()
    for wrong in ({"state": "declined"}, {"state": "gone"}, {"text": ""}, {"handled_by": token_owner}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suggestion.objects.update(**wrong)
