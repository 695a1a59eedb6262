"""Suggestions are sent with a token and so many a day, and followed by nobody but their sender."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from kb.models import ApiToken, Suggestion
from symptoms.models import SideEffect
from tests.conftest import make_user
from tests.helpers.suggestions import SUGGESTION, SUGGESTIONS_URL, assert_problem, issue_token, make_token_client
from tests.helpers.suggestions import post_suggestion as post_suggestion
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner


def test_without_a_token_nothing_is_taken_or_told(api, universe):
    for answer in (
        api.post(SUGGESTIONS_URL, SUGGESTION, format="json"),
        api.get(SUGGESTIONS_URL),
        api.get(f"{SUGGESTIONS_URL}{'0' * 8}-0000-0000-0000-{'0' * 12}/"),
    ):
        told = assert_problem(answer, 401)
        assert answer["WWW-Authenticate"] == "Bearer"
        assert "administrator" in told["detail"]


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
    answer = api.post(SUGGESTIONS_URL, SUGGESTION, format="json", HTTP_AUTHORIZATION=header)
    assert assert_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_works_until_it_expires_is_revoked_or_its_user_is_put_out(token_owner, universe):
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


def test_a_token_is_for_what_its_scopes_say(token_owner, universe):
    secret = issue_token(token_owner)
    ApiToken.objects.update(scopes=[])
    assert (
        "“suggest”"
        in assert_problem(make_token_client(secret).post(SUGGESTIONS_URL, SUGGESTION, format="json"), 403)["detail"]
    )
    assert_problem(make_token_client(secret).get(SUGGESTIONS_URL), 403)


def test_a_token_opens_nothing_else(token_owner, universe):
    client = make_token_client(issue_token(token_owner))
    assert client.get("/admin/").status_code == 302
    assert client.get("/explore/treatments/").wsgi_request.user is None


def test_a_session_of_the_admin_is_no_token(universe, client, token_owner):
    client.force_login(token_owner)
    assert_problem(client.get(SUGGESTIONS_URL), 401)


def test_who_sent_it_sees_what_has_become_of_it_and_nobody_else(token_client, post_suggestion, token_owner):
    told = post_suggestion()
    ed = make_user("ed")
    Suggestion.objects.update(state="declined", answer="It says so.", handled_by=ed, handled_at=timezone.now())
    shown = token_client.get(told["url"]).json()
    assert (shown["state"], shown["answer"]) == ("declined", "It says so.")
    assert shown["handled_at"]
    assert token_client.get(SUGGESTIONS_URL).json()["results"] == [shown]
    assert "ed" not in map(str, shown.values())
    stranger = make_token_client(issue_token(make_user("bert")))
    assert assert_problem(stranger.get(told["url"]), 404)["detail"] == "You have sent no suggestion of this identifier."
    assert stranger.get(SUGGESTIONS_URL).json()["count"] == 0
    assert make_token_client(issue_token(token_owner, "another app")).get(told["url"]).json() == shown


def test_ones_own_are_listed_page_by_page_the_newest_first_and_narrowed_by_state(
    token_client, post_suggestion, token_owner
):
    texts = [post_suggestion(text=text)["text"] for text in ("one", "two", "three")]
    listed = token_client.get(SUGGESTIONS_URL, {"page_size": 2}).json()
    assert (listed["count"], [found["text"] for found in listed["results"]]) == (3, texts[:0:-1])
    assert [found["text"] for found in token_client.get(listed["next"]).json()["results"]] == ["one"]
    assert token_client.get(SUGGESTIONS_URL, {"state": "open"}).json()["count"] == 3
    assert token_client.get(SUGGESTIONS_URL, {"state": ["taken-up", "declined"]}).json()["count"] == 0
    for wrong in ({"state": "opn"}, {"stat": "open"}, {"page": "0"}, {"page_size": "201"}, {"state": ""}):
        assert assert_problem(token_client.get(SUGGESTIONS_URL, wrong), 400)["errors"][0]["parameter"] == next(
            iter(wrong)
        )
    assert_problem(token_client.get(SUGGESTIONS_URL, {"page": 9}), 404)


def test_a_list_takes_few_queries_however_long_it_is(token_client, post_suggestion, django_assert_max_num_queries):
    for number in range(9):
        post_suggestion(text=f"{number}")
        post_suggestion(text=f"{number}", kind="treatments", slug="drug", field="")
    with django_assert_max_num_queries(9):
        assert token_client.get(SUGGESTIONS_URL).json()["count"] == 18


def test_a_suggestion_outlives_the_retirement_of_its_record(token_client, post_suggestion):
    told = post_suggestion()
    SideEffect.objects.filter(slug="class-bone").update(status="retired")
    assert token_client.get(told["url"]).json()["record"] == told["record"]


def test_nothing_that_was_sent_can_be_changed_or_taken_back(token_client, post_suggestion):
    url = post_suggestion()["url"]
    for method in (token_client.put, token_client.patch, token_client.delete, token_client.post):
        assert_problem(method(url, SUGGESTION, format="json"), 405)
    assert_problem(token_client.delete(SUGGESTIONS_URL), 405)
    assert token_client.get(f"{SUGGESTIONS_URL}nonsense/").status_code == 404


def test_a_person_sends_only_so_many_a_day_with_all_tokens_together(token_client, token_owner, settings, monkeypatch):
    settings.SUGGESTIONS_PER_DAY = 2
    assert [token_client.post(SUGGESTIONS_URL, SUGGESTION, format="json").status_code for _ in range(2)] == [201, 200]
    second = make_token_client(issue_token(token_owner, "second"))
    for client in (token_client, second):
        answer = client.post(SUGGESTIONS_URL, SUGGESTION, format="json")
        assert "may send 2 suggestions a day" in assert_problem(answer, 429)["detail"]
        assert 86_000 < int(answer["Retry-After"]) <= 86_400
    assert token_client.get(SUGGESTIONS_URL).status_code == 200
    assert (
        make_token_client(issue_token(make_user("bert"))).post(SUGGESTIONS_URL, SUGGESTION, format="json").status_code
        == 201
    )
    later = timezone.now().timestamp() + 86_401
    monkeypatch.setattr("kb.api.authentication.DailySuggestionThrottle.timer", lambda self: later)
    assert token_client.post(SUGGESTIONS_URL, SUGGESTION | {"text": "Tomorrow."}, format="json").status_code == 201


def test_the_count_is_shared_by_all_processes(settings):
    assert "DatabaseCache" in settings.CACHES["default"]["BACKEND"]


@pytest.mark.django_db
def test_the_root_tells_where_and_there_is_no_page_of_it(get_json, api):
    assert get_json("")["suggestions"].endswith(SUGGESTIONS_URL)
    assert api.get("/explore/suggestions/").status_code == 404
