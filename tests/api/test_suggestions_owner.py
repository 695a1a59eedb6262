"""Access to suggestions: tokens and scopes, the sender's own list, and the daily limit."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from kb.models import ApiToken, Suggestion
from symptoms.models import SideEffect
from tests.helpers.accounts import make_user
from tests.helpers.suggestions import SUGGESTION, SUGGESTIONS_URL, assert_problem, issue_token, make_token_client
from tests.helpers.suggestions import post_suggestion as post_suggestion
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner


def test_without_a_token_nothing_is_accepted_or_shown(api, universe):
    for response in (
        api.post(SUGGESTIONS_URL, SUGGESTION, format="json"),
        api.get(SUGGESTIONS_URL),
        api.get(f"{SUGGESTIONS_URL}{'0' * 8}-0000-0000-0000-{'0' * 12}/"),
    ):
        problem = assert_problem(response, 401)
        assert response["WWW-Authenticate"] == "Bearer"
        assert "administrator" in problem["detail"]


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a b",
        "Bearer \xff",
        "Bearer kb_\0",
        "Basic YTpi",
        "Token x",
        "kb_x",
        "",
        " ",
    ],
)
def test_a_wrong_header_is_refused(api, universe, header):
    response = api.post(SUGGESTIONS_URL, SUGGESTION, format="json", HTTP_AUTHORIZATION=header)
    assert assert_problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_token_works_until_it_expires_or_is_deleted_or_its_user_is_deactivated(token_owner, universe):
    secret = issue_token(token_owner)
    token = ApiToken.objects.get()
    assert make_token_client(secret, "bearer").get(SUGGESTIONS_URL).status_code == 200
    assert_problem(make_token_client(f"{secret}0").get(SUGGESTIONS_URL), 401)
    assert_problem(make_token_client(token.digest).get(SUGGESTIONS_URL), 401)
    User.objects.update(is_active=False)
    assert_problem(make_token_client(secret).get(SUGGESTIONS_URL), 401)
    User.objects.update(is_active=True)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert_problem(make_token_client(secret).get(SUGGESTIONS_URL), 401)
    ApiToken.objects.all().delete()
    assert_problem(make_token_client(secret).get(SUGGESTIONS_URL), 401)


def test_a_token_is_limited_to_its_scopes(token_owner, universe):
    secret = issue_token(token_owner)
    ApiToken.objects.update(scopes=[])
    assert (
        "“suggest”"
        in assert_problem(make_token_client(secret).post(SUGGESTIONS_URL, SUGGESTION, format="json"), 403)["detail"]
    )
    assert_problem(make_token_client(secret).get(SUGGESTIONS_URL), 403)


def test_a_token_gives_no_access_to_admin_or_pages(token_owner, universe):
    client = make_token_client(issue_token(token_owner))
    assert client.get("/admin/").status_code == 302
    assert client.get("/explore/treatments/").wsgi_request.user is None


def test_an_admin_session_does_not_replace_a_token(universe, client, token_owner):
    client.force_login(token_owner)
    assert_problem(client.get(SUGGESTIONS_URL), 401)


def test_only_the_sender_sees_the_state_of_a_suggestion(token_client, post_suggestion, token_owner):
    payload = post_suggestion()
    ed = make_user("ed")
    Suggestion.objects.update(state="declined", answer="It says so.", handled_by=ed, handled_at=timezone.now())
    updated = token_client.get(payload["url"]).json()
    assert (updated["state"], updated["answer"]) == ("declined", "It says so.")
    assert updated["handled_at"]
    assert token_client.get(SUGGESTIONS_URL).json()["results"] == [updated]
    assert "ed" not in map(str, updated.values())
    stranger = make_token_client(issue_token(make_user("bert")))
    assert (
        assert_problem(stranger.get(payload["url"]), 404)["detail"] == "You have sent no suggestion of this identifier."
    )
    assert stranger.get(SUGGESTIONS_URL).json()["count"] == 0
    assert make_token_client(issue_token(token_owner, "another app")).get(payload["url"]).json() == updated


def test_the_senders_list_is_paged_newest_first_and_filtered_by_state(token_client, post_suggestion, token_owner):
    texts = [post_suggestion(text=text)["text"] for text in ("one", "two", "three")]
    payload = token_client.get(SUGGESTIONS_URL, {"page_size": 2}).json()
    assert (payload["count"], [suggestion["text"] for suggestion in payload["results"]]) == (3, texts[:0:-1])
    assert [suggestion["text"] for suggestion in token_client.get(payload["next"]).json()["results"]] == ["one"]
    assert token_client.get(SUGGESTIONS_URL, {"state": "open"}).json()["count"] == 3
    assert token_client.get(SUGGESTIONS_URL, {"state": ["taken-up", "declined"]}).json()["count"] == 0
    for params in ({"state": "opn"}, {"stat": "open"}, {"page": "0"}, {"page_size": "201"}, {"state": ""}):
        assert assert_problem(token_client.get(SUGGESTIONS_URL, params), 400)["errors"][0]["parameter"] == next(
            iter(params)
        )
    assert_problem(token_client.get(SUGGESTIONS_URL, {"page": 9}), 404)


def test_the_number_of_queries_does_not_grow_with_the_list(
    token_client, post_suggestion, django_assert_max_num_queries
):
    for number in range(9):
        post_suggestion(text=f"{number}")
        post_suggestion(text=f"{number}", kind="treatments", slug="drug", field="")
    with django_assert_max_num_queries(9):
        assert token_client.get(SUGGESTIONS_URL).json()["count"] == 18


def test_a_suggestion_outlives_the_retirement_of_its_record(token_client, post_suggestion):
    payload = post_suggestion()
    SideEffect.objects.filter(slug="class-bone").update(status="retired")
    assert token_client.get(payload["url"]).json()["record"] == payload["record"]


def test_a_suggestion_cannot_be_changed_or_deleted_by_its_sender(token_client, post_suggestion):
    url = post_suggestion()["url"]
    for method in (token_client.put, token_client.patch, token_client.delete, token_client.post):
        assert_problem(method(url, SUGGESTION, format="json"), 405)
    assert_problem(token_client.delete(SUGGESTIONS_URL), 405)
    assert token_client.get(f"{SUGGESTIONS_URL}nonsense/").status_code == 404


def test_the_daily_limit_holds_for_all_tokens_of_a_user_together(token_client, token_owner, settings, monkeypatch):
    settings.SUGGESTIONS_PER_DAY = 2
    assert [token_client.post(SUGGESTIONS_URL, SUGGESTION, format="json").status_code for _ in range(2)] == [201, 200]
    second = make_token_client(issue_token(token_owner, "second"))
    for client in (token_client, second):
        response = client.post(SUGGESTIONS_URL, SUGGESTION, format="json")
        assert "may send 2 suggestions a day" in assert_problem(response, 429)["detail"]
        assert 86_000 < int(response["Retry-After"]) <= 86_400
    assert token_client.get(SUGGESTIONS_URL).status_code == 200
    assert (
        make_token_client(issue_token(make_user("bert"))).post(SUGGESTIONS_URL, SUGGESTION, format="json").status_code
        == 201
    )
    later = timezone.now().timestamp() + 86_401
    monkeypatch.setattr("kb.api.authentication.DailySuggestionThrottle.timer", lambda self: later)
    assert token_client.post(SUGGESTIONS_URL, SUGGESTION | {"text": "Tomorrow."}, format="json").status_code == 201


REFUSED_BODIES = ["{", "[]", {"kind": "side-effects"}, {"nonsense": 1}, {"kind": "x", "slug": "y", "text": "z"}]


def test_what_is_refused_does_not_use_up_the_day(token_client, settings):
    settings.SUGGESTIONS_PER_DAY = 2
    for body in REFUSED_BODIES:
        text = body if isinstance(body, str) else json.dumps(body)
        assert token_client.post(SUGGESTIONS_URL, text, content_type="application/json").status_code == 400
    for number in range(2):
        body = SUGGESTION | {"text": f"Number {number}."}
        assert token_client.post(SUGGESTIONS_URL, body, format="json").status_code == 201
    assert token_client.post(SUGGESTIONS_URL, SUGGESTION, format="json").status_code == 429


def test_what_is_refused_counts_as_a_read(token_client, settings):
    settings.READS_PER_MINUTE = 3
    statuses = [token_client.post(SUGGESTIONS_URL, "{", content_type="application/json").status_code for _ in range(5)]
    assert statuses == [400, 400, 400, 429, 429]


def test_the_daily_count_is_shared_by_all_processes(settings):
    assert "DatabaseCache" in settings.CACHES["default"]["BACKEND"]


@pytest.mark.django_db
def test_the_api_root_links_to_suggestions_and_they_have_no_page(get_json, api):
    assert get_json("")["suggestions"].endswith(SUGGESTIONS_URL)
    assert api.get("/explore/suggestions/").status_code == 404
