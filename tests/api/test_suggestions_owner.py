"""Suggestions are sent with a token and so many a day, and followed by nobody but their sender."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from kb.models import ApiToken, Suggestion
from symptoms.models import SideEffect
from tests.conftest import person
from tests.helpers.suggestions import SAID, URL, give, holder, problem
from tests.helpers.suggestions import anna as anna
from tests.helpers.suggestions import app as app
from tests.helpers.suggestions import send as send


def test_without_a_token_nothing_is_taken_or_told(api, universe):
    for answer in (
        api.post(URL, SAID, format="json"),
        api.get(URL),
        api.get(f"{URL}{'0' * 8}-0000-0000-0000-{'0' * 12}/"),
    ):
        told = problem(answer, 401)
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
    answer = api.post(URL, SAID, format="json", HTTP_AUTHORIZATION=header)
    assert problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_token_works_until_it_expires_is_revoked_or_its_user_is_put_out(anna, universe):
    secret = give(anna)
    token = ApiToken.objects.get()
    assert holder(secret, "bearer").get(URL).status_code == 200
    problem(holder(f"{secret}0").get(URL), 401)
    problem(holder(token.digest).get(URL), 401)
    User.objects.update(is_active=False)
    problem(holder(secret).get(URL), 401)
    User.objects.update(is_active=True)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    problem(holder(secret).get(URL), 401)
    ApiToken.objects.all().delete()
    problem(holder(secret).get(URL), 401)


def test_a_token_is_for_what_its_scopes_say(anna, universe):
    secret = give(anna)
    ApiToken.objects.update(scopes=[])
    assert "“suggest”" in problem(holder(secret).post(URL, SAID, format="json"), 403)["detail"]
    problem(holder(secret).get(URL), 403)


def test_a_token_opens_nothing_else(anna, universe):
    client = holder(give(anna))
    assert client.get("/admin/").status_code == 302
    assert client.get("/explore/treatments/").wsgi_request.user is None


def test_a_session_of_the_admin_is_no_token(universe, client, anna):
    client.force_login(anna)
    problem(client.get(URL), 401)


def test_who_sent_it_sees_what_has_become_of_it_and_nobody_else(app, send, anna):
    told = send()
    ed = person("ed")
    Suggestion.objects.update(state="declined", answer="It says so.", handled_by=ed, handled_at=timezone.now())
    shown = app.get(told["url"]).json()
    assert (shown["state"], shown["answer"]) == ("declined", "It says so.")
    assert shown["handled_at"]
    assert app.get(URL).json()["results"] == [shown]
    assert "ed" not in map(str, shown.values())
    stranger = holder(give(person("bert")))
    assert problem(stranger.get(told["url"]), 404)["detail"] == "You have sent no suggestion of this identifier."
    assert stranger.get(URL).json()["count"] == 0
    assert holder(give(anna, "another app")).get(told["url"]).json() == shown


def test_ones_own_are_listed_page_by_page_the_newest_first_and_narrowed_by_state(app, send, anna):
    texts = [send(text=text)["text"] for text in ("one", "two", "three")]
    listed = app.get(URL, {"page_size": 2}).json()
    assert (listed["count"], [found["text"] for found in listed["results"]]) == (3, texts[:0:-1])
    assert [found["text"] for found in app.get(listed["next"]).json()["results"]] == ["one"]
    assert app.get(URL, {"state": "open"}).json()["count"] == 3
    assert app.get(URL, {"state": ["taken-up", "declined"]}).json()["count"] == 0
    for wrong in ({"state": "opn"}, {"stat": "open"}, {"page": "0"}, {"page_size": "201"}, {"state": ""}):
        assert problem(app.get(URL, wrong), 400)["errors"][0]["parameter"] == next(iter(wrong))
    problem(app.get(URL, {"page": 9}), 404)


def test_a_list_takes_few_queries_however_long_it_is(app, send, django_assert_max_num_queries):
    for number in range(9):
        send(text=f"{number}")
        send(text=f"{number}", kind="treatments", slug="drug", field="")
    with django_assert_max_num_queries(9):
        assert app.get(URL).json()["count"] == 18


def test_a_suggestion_outlives_the_retirement_of_its_record(app, send):
    told = send()
    SideEffect.objects.filter(slug="class-bone").update(status="retired")
    assert app.get(told["url"]).json()["record"] == told["record"]


def test_nothing_that_was_sent_can_be_changed_or_taken_back(app, send):
    url = send()["url"]
    for method in (app.put, app.patch, app.delete, app.post):
        problem(method(url, SAID, format="json"), 405)
    problem(app.delete(URL), 405)
    assert app.get(f"{URL}nonsense/").status_code == 404


def test_a_person_sends_only_so_many_a_day_with_all_tokens_together(app, anna, settings, monkeypatch):
    settings.SUGGESTIONS_PER_DAY = 2
    assert [app.post(URL, SAID, format="json").status_code for _ in range(2)] == [201, 200]
    second = holder(give(anna, "second"))
    for client in (app, second):
        answer = client.post(URL, SAID, format="json")
        assert "may send 2 suggestions a day" in problem(answer, 429)["detail"]
        assert 86_000 < int(answer["Retry-After"]) <= 86_400
    assert app.get(URL).status_code == 200
    assert holder(give(person("bert"))).post(URL, SAID, format="json").status_code == 201
    later = timezone.now().timestamp() + 86_401
    monkeypatch.setattr("kb.api.authentication.DailySuggestions.timer", lambda self: later)
    assert app.post(URL, SAID | {"text": "Tomorrow."}, format="json").status_code == 201


def test_the_count_is_shared_by_all_processes(settings):
    assert "DatabaseCache" in settings.CACHES["default"]["BACKEND"]


@pytest.mark.django_db
def test_the_root_tells_where_and_there_is_no_page_of_it(ask, api):
    assert ask("")["suggestions"].endswith(URL)
    assert api.get("/explore/suggestions/").status_code == 404
