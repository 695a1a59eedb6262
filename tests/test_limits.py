"""How often one may ask: counted by address, token and pages, told on every answer, refused with when to return."""

import os
import re
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisIsAway
from rest_framework.test import APIClient

from kb import environment, freshness, limits
from kb.choices import TokenScope
from kb.content import content_of
from kb.models import ApiToken
from kb.preview import preview
from kb.urls import urlpatterns
from tests.test_suggestions import SAID, give, holder, person

URL = "/api/v1/treatments/"
MANY = "/explore/?symptom=pain&taking=drug&taking=other"


@pytest.fixture(autouse=True)
def limited(settings, monkeypatch):
    """Three requests a minute, five with a token, in a minute that does not end while a test runs."""
    settings.READS_PER_MINUTE, settings.TOKEN_READS_PER_MINUTE = 3, 5
    monkeypatch.setattr(limits, "time", lambda: 1_800_000_000.0)
    caches["counts"].clear()


@pytest.fixture
def reader(universe):
    """A client whose token is for more reads."""
    return holder(give(person("reader"), scopes=[TokenScope.READ]))


def left(answer):
    """The policy that holds for an answer, its quota, and how many requests are left."""
    policy = re.fullmatch(r'"([a-z]+)";q=(\d+);w=(\d+)', answer["RateLimit-Policy"])
    state = re.fullmatch(r'"([a-z]+)";r=(\d+);t=(\d+)', answer["RateLimit"])
    assert policy[1] == state[1]
    assert 0 < int(state[3]) <= int(policy[3])
    return policy[1], int(policy[2]), int(state[2])


def test_every_answer_tells_how_many_requests_are_left(api, universe):
    assert [left(api.get(URL)) for _ in range(3)] == [("anonymous", 3, number) for number in (2, 1, 0)]


def test_what_is_too_much_is_refused_with_when_to_return_and_what_would_be_more(api, universe):
    for _ in range(3):
        assert api.get(URL).status_code == 200
    answer = api.get(URL)
    told = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert told["detail"].startswith("One address may send 3 requests a minute. A token with the scope “read” allows 5")
    assert "page_size=200" in told["detail"]
    assert left(answer) == ("anonymous", 3, 0)
    assert answer["RateLimit"].endswith(f";t={answer['Retry-After']}")


def test_who_comes_back_when_told_is_answered(api, universe, monkeypatch):
    while (answer := api.get(URL)).status_code == 200:
        pass
    later = 1_800_000_000 + int(answer["Retry-After"])
    monkeypatch.setattr(limits, "time", lambda: later - 1)
    assert api.get(URL).status_code == 429
    monkeypatch.setattr(limits, "time", lambda: later)
    assert left(api.get(URL)) == ("anonymous", 3, 2)


def test_minutes_do_not_end_for_everybody_at_once():
    assert len({limits.counted("anonymous", f"10.0.0.{number}")[1] for number in range(50)}) > 20


@pytest.mark.parametrize(
    "path",
    [
        "",
        "schema/",
        "treatments/drug/",
        "treatments/nothing/",
        "treatments/?nme=x",
        "explain/?symptom=pain",
        "coverage/",
    ],
)
def test_whatever_is_read_counts_and_a_mistake_too(api, universe, path):
    left_before = left(api.get(URL))[2]
    assert left(api.get(f"/api/v1/{path}"))[2] == left_before - 1


def test_every_route_of_the_api_counts_but_what_asks_nothing_of_the_data():
    (api,) = (route for route in urlpatterns if str(route.pattern) == "api/v1/")
    views = {route.name: getattr(route.callback, "cls", None) for route in flat(api.url_patterns)}
    assert {name for name, view in views.items() if limits.Reads not in getattr(view, "throttle_classes", ())} == {
        "docs",
        "context",
    }


def flat(routes):
    for route in routes:
        yield from flat(route.url_patterns) if hasattr(route, "url_patterns") else [route]


def test_swagger_ui_itself_does_not_count(api, universe):
    assert "RateLimit" not in api.get("/api/v1/docs/")


def test_each_address_counts_by_itself_and_nobody_gets_more_by_claiming_another(api, universe, settings):
    assert left(api.get(URL, REMOTE_ADDR="192.0.2.1"))[2] == 2
    assert left(api.get(URL, REMOTE_ADDR="192.0.2.2"))[2] == 2
    assert left(api.get(URL, REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="192.0.2.9"))[2] == 1
    settings.PROXIES = 1
    assert left(api.get(URL, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.7, 192.0.2.1"))[2] == 0


def test_an_address_of_ipv6_stands_for_its_network(api, universe):
    assert left(api.get(URL, REMOTE_ADDR="2001:db8:1:2::1"))[2] == 2
    assert left(api.get(URL, REMOTE_ADDR="2001:db8:1:2:ffff::9"))[2] == 1
    assert left(api.get(URL, REMOTE_ADDR="2001:db8:1:3::1"))[2] == 2


def test_a_token_that_is_for_it_allows_more_wherever_it_is_sent_from(reader):
    assert left(reader.get(URL, REMOTE_ADDR="192.0.2.1")) == ("token", 5, 4)
    assert left(reader.get(URL, REMOTE_ADDR="192.0.2.2")) == ("token", 5, 3)
    assert left(APIClient().get(URL)) == ("anonymous", 3, 2)
    for _ in range(3):
        reader.get(URL)
    assert "This token allows 5 requests a minute." in reader.get(URL).json()["detail"]


def test_each_token_counts_by_itself(reader):
    other = holder(give(ApiToken.objects.get().user, name="other app", scopes=[TokenScope.READ]))
    assert left(reader.get(URL)) == left(other.get(URL)) == ("token", 5, 4)


def test_a_token_that_is_not_for_it_reads_like_nobody_and_is_told_so(universe):
    sender = holder(give(person("sender")))
    assert left(sender.get(URL)) == ("anonymous", 3, 2)
    assert left(APIClient().get(URL)) == ("anonymous", 3, 1)
    sender.get(URL)
    assert "The scope “read”, which this token does not hold, allows 5." in sender.get(URL).json()["detail"]


@pytest.mark.parametrize("header", ["Bearer kb_wrong", "Bearer", "Basic YTpi", "Token x", " "])
def test_a_wrong_token_is_never_taken_for_none(api, universe, header):
    answer = api.get(URL, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "oken" in answer.json()["detail"]


def test_a_token_that_has_expired_is_refused_on_a_read(reader):
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert "expired" in reader.get(URL).json()["detail"]


def test_no_limit_is_told_where_there_is_none(api, reader, settings):
    settings.READS_PER_MINUTE = settings.TOKEN_READS_PER_MINUTE = 0
    for client in (api, reader):
        for _ in range(7):
            answer = client.get(URL)
            assert answer.status_code == 200
        assert "RateLimit" not in answer
        assert "RateLimit-Policy" not in answer


def test_a_token_that_lifts_the_limit_is_told_as_such(api, universe, settings):
    settings.TOKEN_READS_PER_MINUTE = 0
    assert "scope “read” lifts this" in [api.get(URL) for _ in range(4)][-1].json()["detail"]


def test_counting_asks_the_database_nothing(api, universe, settings, django_assert_num_queries):
    api.get(URL)  # Which finds out the version of the data, once.
    with CaptureQueriesContext(connection) as counted:
        api.get(URL)
    settings.READS_PER_MINUTE = 0
    with django_assert_num_queries(len(counted)):
        api.get(URL)


def test_pages_count_apart_and_say_in_words_that_it_was_too_much(api, universe):
    assert [left(api.get("/explore/treatments/")) for _ in range(3)] == [("pages", 3, number) for number in (2, 1, 0)]
    answer = api.get("/explore/treatments/")
    assert (answer.status_code, answer["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "One address may send 3 requests a minute for these pages." in answer.content.decode()
    assert left(api.get(URL)) == ("anonymous", 3, 2)


def test_a_page_that_was_too_much_asks_the_database_nothing(api, universe, django_assert_num_queries):
    for _ in range(3):
        api.get("/explore/treatments/")
    with django_assert_num_queries(0):
        assert api.get("/explore/treatments/").status_code == 429


def test_a_page_made_of_two_answers_counts_once(api, universe):
    answer = api.get(MANY)
    assert answer.status_code == 200
    assert left(answer) == ("pages", 3, 2)
    assert left(api.get(URL)) == ("anonymous", 3, 2)


def test_pages_take_no_notice_of_what_is_sent_to_a_proxy(api, universe):
    assert api.get("/explore/treatments/", HTTP_AUTHORIZATION="Basic YTpi").status_code == 200
    assert api.get("/api/v1/docs/", HTTP_AUTHORIZATION="Basic YTpi").status_code == 200


def test_a_preview_does_not_count(said, rf):
    for _ in range(4):
        assert preview(rf.get("/admin/"), said, content_of(said)).status_code == 200


def test_the_description_asks_its_own_examples_without_counting(shipped_examples, api):
    assert left(api.get("/api/v1/schema/"))[2] == 2


@pytest.fixture
def shipped_examples(universe):
    """The description as of now, so that its examples are asked again."""
    from kb.views.contents import describe

    describe.cache_clear()
    yield
    describe.cache_clear()


def test_a_suggestion_tells_how_many_more_may_be_sent_today(universe, settings):
    settings.SUGGESTIONS_PER_DAY = 2
    app = holder(give(person("anna")))
    answers = [app.post("/api/v1/suggestions/", SAID, format="json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 429]
    assert [left(answer) for answer in answers] == [("suggestions", 2, number) for number in (1, 0, 0)]
    assert answers[2]["RateLimit"].endswith(f";t={answers[2]['Retry-After']}")
    assert left(app.get("/api/v1/suggestions/")) == ("anonymous", 3, 2)
    settings.SUGGESTIONS_PER_DAY = 0
    assert left(holder(give(person("bert"))).post("/api/v1/suggestions/", SAID, format="json")) == ("suggestions", 0, 0)


def test_a_request_that_is_answered_anew_since_the_data_changed_counts_once(api, universe, monkeypatch):
    now = freshness.state()
    states = iter([replace(now, mark="of what was before"), now])
    monkeypatch.setattr(freshness, "state", lambda: next(states))
    assert left(api.get(URL)) == ("anonymous", 3, 2)
    assert next(states, None) is None


def test_what_has_no_such_operation_counts_too(api, universe):
    assert left(api.post(URL, {}, format="json")) == ("anonymous", 3, 2)


# Where it is counted


def test_everything_is_answered_where_the_server_that_counts_is_away(api, universe, monkeypatch, caplog):
    def away(*args, **kwargs):
        raise RedisIsAway("Connection refused.")

    monkeypatch.setattr(caches["counts"], "add", away)
    for _ in range(4):
        answer = api.get(URL)
        assert answer.status_code == 200
    assert "Requests are not counted: Connection refused." in caplog.text


def test_a_count_that_was_put_out_to_make_room_begins_again(api, universe, monkeypatch):
    monkeypatch.setattr(caches["counts"], "add", lambda *args: False)
    assert left(api.get(URL)) == ("anonymous", 3, 2)


def test_two_processes_count_together_on_redis(api, universe, settings, monkeypatch):
    try:
        socket.create_connection(("127.0.0.1", 6379), timeout=0.2).close()
    except OSError:
        pytest.skip("There is no Redis on 127.0.0.1:6379: counting on one is not tried.")
    monkeypatch.setenv("COUNTS_OF_A_TEST", "redis://127.0.0.1:6379/0")
    settings.CACHES = settings.CACHES | {"counts": environment.counting("COUNTS_OF_A_TEST")}
    here, there = caches["counts"], caches.create_connection("counts")
    here.key_prefix = there.key_prefix = f"kb-test-{os.getpid()}"
    try:
        assert left(api.get(URL)) == ("anonymous", 3, 2)
        (kept,) = keys = here._cache.get_client().keys(f"{here.key_prefix}:*")
        assert there.incr(kept.decode().split(":", 2)[2]) == 2
        assert left(api.get(URL)) == ("anonymous", 3, 0)
        assert api.get(URL).status_code == 429
        assert 0 < here._cache.get_client().ttl(kept) <= 60
    finally:
        here._cache.get_client().delete(*keys)
