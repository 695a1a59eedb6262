"""The admin's suggestion queue: suggestions beside the current record, taken up or declined with an answer."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from kb.dataset.version import data_version
from kb.models import Suggestion
from symptoms.models import SideEffect
from tests.helpers.accounts import make_user
from tests.helpers.suggestions import SUGGESTION
from tests.helpers.suggestions import post_suggestion as post_suggestion
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner


def build_suggestion_url(page, *args):
    return reverse(f"admin:kb_suggestion_{page}", args=args)


@pytest.fixture
def editor_client(client, db):
    """A signed-in editor."""
    client.user = make_user("ed", "editor")
    client.force_login(client.user)
    return client


def test_the_list_shows_text_and_record_and_is_filtered_by_state(editor_client, post_suggestion):
    post_suggestion(text="<b>It</b> is common.")
    page = editor_client.get(build_suggestion_url("changelist")).content.decode()
    for text in ("&lt;b&gt;It&lt;/b&gt; is common.", "side-effects/class-bone", "frequency", "anna, with app", "Open"):
        assert text in page
    record = SideEffect.objects.get(slug="class-bone")
    assert reverse("admin:symptoms_sideeffect_change", args=[record.pk]) in page
    assert (
        "0 suggestions"
        in editor_client.get(build_suggestion_url("changelist"), {"state__exact": "declined"}).content.decode()
    )
    assert "1 suggestion" in editor_client.get(build_suggestion_url("changelist"), {"q": "common"}).content.decode()


def test_open_suggestions_are_listed_oldest_first_and_handled_ones_last(editor_client, post_suggestion, token_owner):
    handled, first, second = (post_suggestion(text=text)["id"] for text in ("done", "first", "second"))
    Suggestion.objects.filter(pk=handled).update(state="taken-up", handled_by=token_owner, handled_at=timezone.now())
    results = editor_client.get(build_suggestion_url("changelist")).context["cl"].result_list
    assert [str(suggestion.pk) for suggestion in results] == [first, second, handled]


def test_the_list_takes_few_queries(editor_client, post_suggestion, django_assert_max_num_queries):
    for number in range(9):
        post_suggestion(text=f"{number}")
        post_suggestion(text=f"{number}", kind="treatments", slug="drug", field="")
    with django_assert_max_num_queries(16):
        editor_client.get(build_suggestion_url("changelist"))


@pytest.mark.parametrize(
    ("kind", "slug", "field", "text"),
    [
        ("side-effects", "class-bone", "frequency", "Not stated"),
        ("side-effects", "class-bone", "citations", "Page, lines 1–2 (Head)"),
        ("side-effects", "class-bone", "onset_max", "empty"),
        ("treatments", "drug", "brand_names", "Brandol"),
        ("sources", "page", "title", "Page"),
        ("symptoms", "pain", "", "Pain"),
    ],
)
def test_the_current_value_of_the_record_is_shown_beside_the_suggestion(
    editor_client, post_suggestion, kind, slug, field, text
):
    page = editor_client.get(
        build_suggestion_url("change", post_suggestion(kind=kind, slug=slug, field=field)["id"])
    ).content.decode()
    assert text in page[page.index("The record as it stands now") :]


def test_taking_up_redirects_to_the_record_and_does_not_change_it(editor_client, post_suggestion, token_client):
    payload, version_before = post_suggestion(), data_version()
    response = editor_client.post(build_suggestion_url("change", payload["id"]), {"_take_up": "x", "answer": ""})
    record = SideEffect.objects.get(slug="class-bone")
    assert response["Location"] == reverse("admin:symptoms_sideeffect_change", args=[record.pk])
    suggestion = Suggestion.objects.get()
    assert (suggestion.state, suggestion.handled_by, data_version()) == ("taken-up", editor_client.user, version_before)
    assert token_client.get(payload["url"]).json()["state"] == "taken-up"
    assert "Taken up." in editor_client.get(build_suggestion_url("history", payload["id"])).content.decode()


def test_declining_requires_an_answer(editor_client, post_suggestion, token_client):
    payload = post_suggestion()
    page = editor_client.post(
        build_suggestion_url("change", payload["id"]), {"_decline": "x", "answer": " "}
    ).content.decode()
    assert "Say why" in page
    assert Suggestion.objects.get().state == "open"
    assert (
        editor_client.post(
            build_suggestion_url("change", payload["id"]), {"_decline": "x", "answer": "It says so."}
        ).status_code
        == 302
    )
    updated = token_client.get(payload["url"]).json()
    assert (updated["state"], updated["answer"]) == ("declined", "It says so.")


def test_a_suggestion_taken_up_may_be_declined_and_declining_is_final(editor_client, post_suggestion):
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
    suggestion = Suggestion.objects.get()
    assert (suggestion.text, suggestion.sender.username, suggestion.kind) == (
        SUGGESTION["text"],
        "anna",
        "side-effects",
    )


def test_suggestions_cannot_be_added_or_deleted(editor_client, post_suggestion):
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


def test_the_database_constrains_the_handling_fields(post_suggestion, token_owner):
    post_suggestion()
    for values in ({"state": "declined"}, {"state": "gone"}, {"text": ""}, {"handled_by": token_owner}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suggestion.objects.update(**values)
