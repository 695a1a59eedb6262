"""What is suggested is kept as it was understood, refused at once where it was not, and never reaches the data."""

import pytest
from django.utils import timezone

from kb.dataset.version import data_version
from kb.models import Suggestion
from symptoms.models import Guidance, SideEffect
from tests.conftest import make_user
from tests.helpers.suggestions import SUGGESTION, SUGGESTIONS_URL, assert_problem, issue_token, make_token_client
from tests.helpers.suggestions import post_suggestion as post_suggestion
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner
from treatments.models import Treatment


def get_nearest_by_pointer(told):
    return {error["pointer"]: error["nearest"] for error in told["errors"]}


def test_a_suggestion_is_kept_and_answered_with_what_was_understood(token_client, token_owner):
    answer = token_client.post(
        SUGGESTIONS_URL, SUGGESTION | {"proposed": " common ", "evidence": "page, line 1"}, format="json"
    )
    told = answer.json()
    assert answer.status_code == 201
    assert answer["Location"] == told["url"]
    assert answer["Cache-Control"] == "no-store"
    assert told["record"]["slug"] == "class-bone"
    assert told["record"]["url"].endswith("/api/v1/side-effects/class-bone/")
    said = SUGGESTION | {"proposed": "common", "evidence": "page, line 1", "state": "open", "answer": ""}
    assert {name: told[name] for name in said if name != "slug"} == {n: said[n] for n in said if n != "slug"}
    kept = Suggestion.objects.get()
    assert (str(kept.pk), kept.sender, kept.app, kept.record.slug) == (told["id"], token_owner, "app", "class-bone")


def test_nothing_of_it_reaches_the_data(post_suggestion):
    before = data_version()
    said = SideEffect.objects.get(slug="class-bone")
    post_suggestion(proposed="common")
    assert data_version() == before
    assert SideEffect.objects.get(slug="class-bone").updated_at == said.updated_at


def test_a_suggestion_may_be_about_the_whole_record(post_suggestion):
    assert post_suggestion(field=None)["field"] == post_suggestion(field="", text="Another.")["field"] == ""


def test_the_same_sent_again_while_it_is_open_is_not_kept_twice(token_client, post_suggestion, token_owner):
    first = post_suggestion()
    assert post_suggestion(status=200) == first
    assert post_suggestion(evidence="A leaflet.")["id"] != first["id"]  # It says more, so nothing of it is lost.
    other = make_token_client(issue_token(make_user("bert")))
    assert other.post(SUGGESTIONS_URL, SUGGESTION, format="json").status_code == 201
    Suggestion.objects.filter(pk=first["id"]).update(
        state="declined", answer="No.", handled_by=token_owner, handled_at=timezone.now()
    )
    assert post_suggestion()["id"] != first["id"]


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ({"kind": "side-effect"}, {"#/kind": "side-effects"}),
        ({"kind": "passages"}, {"#/kind": None}),
        ({"slug": "clas-bone"}, {"#/slug": "class-bone"}),
        ({"kind": "treatments", "slug": "Brandol", "field": None}, {"#/slug": "drug"}),
        ({"field": "frequncy"}, {"#/field": "frequency"}),
        ({"field": "search_index"}, {"#/field": None}),
        ({"field": "basis"}, {"#/field": None}),
        ({"txt": "x", "text": None}, {"#/txt": "text", "#/text": None}),
        ({"state": "declined"}, {"#/state": None}),
        ({"a/b~c d": 1}, {"#/a~1b~0c%20d": None}),
        ({"text": ""}, {"#/text": None}),
        ({"text": " \n "}, {"#/text": None}),
        ({"text": 5}, {"#/text": None}),
        ({"text": True}, {"#/text": None}),
        ({"text": ["x"]}, {"#/text": None}),
        ({"proposed": {}}, {"#/proposed": None}),
        ({"kind": 1, "slug": 2}, {"#/kind": None, "#/slug": None}),
        ({"text": "a\0b"}, {"#/text": None}),
        ({"slug": "class\0bone"}, {"#/slug": None}),
        ({"text": "x" * 2001}, {"#/text": None}),
        ({"evidence": "x" * 1001, "proposed": "x" * 2001}, {"#/evidence": None, "#/proposed": None}),
        ({"slug": "x" * 121}, {"#/slug": None}),
        ({"kind": None, "slug": None, "text": None}, {"#/kind": None, "#/slug": None, "#/text": None}),
    ],
    ids=str,
)
def test_what_is_not_understood_is_refused_at_once_with_the_nearest(token_client, members, wrong):
    body = {name: value for name, value in (SUGGESTION | members).items() if value is not None}
    found = get_nearest_by_pointer(assert_problem(token_client.post(SUGGESTIONS_URL, body, format="json"), 400))
    assert wrong.items() <= found.items()
    assert found.keys() - {"#/field"} <= wrong.keys()
    assert not Suggestion.objects.exists()


def test_null_is_no_text(token_client):
    assert get_nearest_by_pointer(
        assert_problem(token_client.post(SUGGESTIONS_URL, SUGGESTION | {"field": None}, format="json"), 400)
    ) == {"#/field": None}


def test_the_longest_texts_are_kept_whole(post_suggestion):
    told = post_suggestion(text="ü" * 2000, proposed="𝕏" * 2000, evidence="x" * 1000)
    assert (len(told["text"]), len(told["proposed"])) == (2000, 2000)


def test_every_field_that_the_api_shows_of_a_record_may_be_wrong_and_no_other(universe, post_suggestion):
    for name in ("slug", "treatment", "effect", "onset_max", "citations", "reviewed_on", "text"):
        assert post_suggestion(field=name)["field"] == name
    universe.make_statement(Guidance, "advice", treatment=Treatment.objects.get(slug="drug"), kind="self-care")
    assert post_suggestion(kind="guidance", slug="advice", field="topic")["field"] == "topic"


def test_a_draft_is_as_unknown_as_what_never_was(universe, token_client):
    universe.make(Treatment, "secret-drug", status="draft")
    for slug in ("secret-drug", "secret-drugs"):
        told = assert_problem(
            token_client.post(
                SUGGESTIONS_URL, SUGGESTION | {"kind": "treatments", "slug": slug, "field": ""}, format="json"
            ),
            400,
        )
        assert get_nearest_by_pointer(told) == {"#/slug": None}
        assert told["detail"] == f"slug: There is no treatment with the slug “{slug}”."


def test_a_retired_record_is_refused_and_what_stands_in_its_place_is_named(universe, token_client):
    heir = Treatment.objects.get(slug="drug")
    universe.make(Treatment, "old", status="retired", replaced_by=heir)
    told = assert_problem(
        token_client.post(
            SUGGESTIONS_URL, SUGGESTION | {"kind": "treatments", "slug": "old", "field": ""}, format="json"
        ),
        400,
    )
    assert get_nearest_by_pointer(told) == {"#/slug": "drug"}
    assert "is retired" in told["detail"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[1]",
        "5",
        "null",
        '"x"',
        b"\xff",
        "[" * 50_000,
        '{"text": "a", "text": "b"}',
        '{"\\ud800": 1}',
        "9" * 5000,
    ],
    ids=lambda body: str(body[:20]),
)
def test_a_body_that_is_no_json_object_is_refused(token_client, body):
    assert_problem(token_client.post(SUGGESTIONS_URL, body, content_type="application/json"), 400)


@pytest.mark.parametrize("size", [100_001, 3_000_000])
def test_a_body_that_is_too_large_is_refused(token_client, size):
    assert_problem(token_client.post(SUGGESTIONS_URL, "x" * size, content_type="application/json"), 413)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_anything_but_json_is_refused(token_client, kind):
    assert_problem(token_client.post(SUGGESTIONS_URL, "kind=x", content_type=kind), 415)


def test_a_parameter_is_refused_where_there_is_none(token_client):
    assert (
        assert_problem(token_client.post(f"{SUGGESTIONS_URL}?kind=x", SUGGESTION, format="json"), 400)["errors"][0][
            "parameter"
        ]
        == "kind"
    )
    assert_problem(token_client.post(SUGGESTIONS_URL, SUGGESTION, format="json", HTTP_ACCEPT="text/html"), 406)
