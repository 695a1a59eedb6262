"""POST /api/v1/suggestions/: what is stored, which bodies are refused, and that the data do not change."""

import pytest
from django.utils import timezone

from kb.dataset.version import data_version
from kb.models import Suggestion
from symptoms.models import Guidance, SideEffect
from tests.helpers.accounts import make_user
from tests.helpers.suggestions import SUGGESTION, SUGGESTIONS_URL, assert_problem, issue_token, make_token_client
from tests.helpers.suggestions import post_suggestion as post_suggestion
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner
from treatments.models import Treatment


def get_nearest_by_pointer(problem):
    return {error["pointer"]: error["nearest"] for error in problem["errors"]}


def test_a_suggestion_is_stored_and_returned(token_client, token_owner):
    response = token_client.post(
        SUGGESTIONS_URL, SUGGESTION | {"proposed": " common ", "evidence": "page, line 1"}, format="json"
    )
    payload = response.json()
    assert response.status_code == 201
    assert response["Location"] == payload["url"]
    assert response["Cache-Control"] == "no-store"
    assert payload["record"]["slug"] == "class-bone"
    assert payload["record"]["url"].endswith("/api/v1/side-effects/class-bone/")
    expected = SUGGESTION | {"proposed": "common", "evidence": "page, line 1", "state": "open", "answer": ""}
    assert {name: payload[name] for name in expected if name != "slug"} == {
        n: expected[n] for n in expected if n != "slug"
    }
    suggestion = Suggestion.objects.get()
    assert (str(suggestion.pk), suggestion.sender, suggestion.app, suggestion.record.slug) == (
        payload["id"],
        token_owner,
        "app",
        "class-bone",
    )


def test_a_suggestion_does_not_change_the_data(post_suggestion):
    version = data_version()
    statement = SideEffect.objects.get(slug="class-bone")
    post_suggestion(proposed="common")
    assert data_version() == version
    assert SideEffect.objects.get(slug="class-bone").updated_at == statement.updated_at


def test_a_suggestion_may_be_about_the_whole_record(post_suggestion):
    assert post_suggestion(field=None)["field"] == post_suggestion(field="", text="Another.")["field"] == ""


def test_an_identical_open_suggestion_is_not_stored_twice(token_client, post_suggestion, token_owner):
    first = post_suggestion()
    assert post_suggestion(status=200) == first
    assert post_suggestion(evidence="A leaflet.")["id"] != first["id"]  # It adds evidence, so it is another suggestion.
    other_client = make_token_client(issue_token(make_user("bert")))
    assert other_client.post(SUGGESTIONS_URL, SUGGESTION, format="json").status_code == 201
    Suggestion.objects.filter(pk=first["id"]).update(
        state="declined", answer="No.", handled_by=token_owner, handled_at=timezone.now()
    )
    assert post_suggestion()["id"] != first["id"]


@pytest.mark.parametrize(
    ("members", "expected"),
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
def test_an_invalid_member_is_refused_and_the_nearest_value_is_named(token_client, members, expected):
    body = {name: value for name, value in (SUGGESTION | members).items() if value is not None}
    nearest = get_nearest_by_pointer(assert_problem(token_client.post(SUGGESTIONS_URL, body, format="json"), 400))
    assert expected.items() <= nearest.items()
    assert nearest.keys() - {"#/field"} <= expected.keys()
    assert not Suggestion.objects.exists()


def test_null_is_not_a_text(token_client):
    assert get_nearest_by_pointer(
        assert_problem(token_client.post(SUGGESTIONS_URL, SUGGESTION | {"field": None}, format="json"), 400)
    ) == {"#/field": None}


def test_the_longest_texts_are_stored_whole(post_suggestion):
    payload = post_suggestion(text="ü" * 2000, proposed="𝕏" * 2000, evidence="x" * 1000)
    assert (len(payload["text"]), len(payload["proposed"])) == (2000, 2000)


def test_every_field_that_the_api_shows_can_be_the_subject(universe, post_suggestion):
    for name in ("slug", "treatment", "effect", "onset_max", "citations", "reviewed_on", "text"):
        assert post_suggestion(field=name)["field"] == name
    universe.make_statement(Guidance, "advice", treatment=Treatment.objects.get(slug="drug"), kind="self-care")
    assert post_suggestion(kind="guidance", slug="advice", field="topic")["field"] == "topic"


def test_a_draft_is_reported_as_unknown(universe, token_client):
    universe.make(Treatment, "secret-drug", status="draft")
    for slug in ("secret-drug", "secret-drugs"):
        problem = assert_problem(
            token_client.post(
                SUGGESTIONS_URL, SUGGESTION | {"kind": "treatments", "slug": slug, "field": ""}, format="json"
            ),
            400,
        )
        assert get_nearest_by_pointer(problem) == {"#/slug": "drug"}  # A name in it, and nothing of the draft.
        assert problem["detail"] == f"slug: There is no treatment with the slug “{slug}”. Did you mean “drug”?"


def test_a_retired_record_is_refused_and_its_replacement_is_named(universe, token_client):
    replacement = Treatment.objects.get(slug="drug")
    universe.make(Treatment, "old", status="retired", replaced_by=replacement)
    problem = assert_problem(
        token_client.post(
            SUGGESTIONS_URL, SUGGESTION | {"kind": "treatments", "slug": "old", "field": ""}, format="json"
        ),
        400,
    )
    assert get_nearest_by_pointer(problem) == {"#/slug": "drug"}
    assert "is retired" in problem["detail"]


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
def test_a_body_that_is_not_a_json_object_is_refused(token_client, body):
    assert_problem(token_client.post(SUGGESTIONS_URL, body, content_type="application/json"), 400)


@pytest.mark.parametrize("size", [100_001, 3_000_000])
def test_a_body_that_is_too_large_is_refused(token_client, size):
    assert_problem(token_client.post(SUGGESTIONS_URL, "x" * size, content_type="application/json"), 413)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_anything_but_json_is_refused(token_client, content_type):
    assert_problem(token_client.post(SUGGESTIONS_URL, "kind=x", content_type=content_type), 415)


def test_query_parameters_and_other_formats_are_refused(token_client):
    assert (
        assert_problem(token_client.post(f"{SUGGESTIONS_URL}?kind=x", SUGGESTION, format="json"), 400)["errors"][0][
            "parameter"
        ]
        == "kind"
    )
    assert_problem(token_client.post(SUGGESTIONS_URL, SUGGESTION, format="json", HTTP_ACCEPT="text/html"), 406)
