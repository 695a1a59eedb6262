"""How often one may ask the API: told on every answer, refused with when to return, counted by all processes as one."""

import os
import socket
from dataclasses import replace

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisIsAway

from kb import environment
from kb.api import etags, throttling
from kb.urls import urlpatterns
from tests.conftest import make_user
from tests.helpers.rate_limits import TREATMENTS_URL, parse_rate_limit
from tests.helpers.rate_limits import low_rate_limits as low_rate_limits
from tests.helpers.suggestions import SUGGESTION, issue_token, make_token_client


def test_every_answer_tells_how_many_requests_are_left(api, universe):
    assert [parse_rate_limit(api.get(TREATMENTS_URL)) for _ in range(3)] == [
        ("anonymous", 3, number) for number in (2, 1, 0)
    ]


def test_what_is_too_much_is_refused_with_when_to_return_and_what_would_be_more(api, universe):
    for _ in range(3):
        assert api.get(TREATMENTS_URL).status_code == 200
    answer = api.get(TREATMENTS_URL)
    told = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert told["detail"].startswith("One address may send 3 requests a minute. A token with the scope “read” allows 5")
    assert "page_size=200" in told["detail"]
    assert parse_rate_limit(answer) == ("anonymous", 3, 0)
    assert answer["RateLimit"].endswith(f";t={answer['Retry-After']}")


def test_who_comes_back_when_told_is_answered(api, universe, monkeypatch):
    while (answer := api.get(TREATMENTS_URL)).status_code == 200:
        pass
    later = 1_800_000_000 + int(answer["Retry-After"])
    monkeypatch.setattr(throttling, "time", lambda: later - 1)
    assert api.get(TREATMENTS_URL).status_code == 429
    monkeypatch.setattr(throttling, "time", lambda: later)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)


def test_minutes_do_not_end_for_everybody_at_once():
    assert len({throttling.increment_window("anonymous", f"10.0.0.{number}")[1] for number in range(50)}) > 20


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
    left_before = parse_rate_limit(api.get(TREATMENTS_URL))[2]
    assert parse_rate_limit(api.get(f"/api/v1/{path}"))[2] == left_before - 1


def test_every_route_of_the_api_counts_but_what_asks_nothing_of_the_data():
    (api,) = (route for route in urlpatterns if str(route.pattern) == "api/v1/")
    views = {route.name: getattr(route.callback, "cls", None) for route in flatten_routes(api.url_patterns)}
    assert {
        name for name, view in views.items() if throttling.ReadThrottle not in getattr(view, "throttle_classes", ())
    } == {
        "docs",
        "context",
    }


def flatten_routes(routes):
    for route in routes:
        yield from flatten_routes(route.url_patterns) if hasattr(route, "url_patterns") else [route]


def test_swagger_ui_itself_does_not_count(api, universe):
    assert "RateLimit" not in api.get("/api/v1/docs/")


def test_counting_asks_the_database_nothing(api, universe, settings, django_assert_num_queries):
    api.get(TREATMENTS_URL)  # Which finds out the version of the data, once.
    with CaptureQueriesContext(connection) as counted:
        api.get(TREATMENTS_URL)
    settings.READS_PER_MINUTE = 0
    with django_assert_num_queries(len(counted)):
        api.get(TREATMENTS_URL)


def test_the_description_asks_its_own_examples_without_counting(fresh_description, api):
    assert parse_rate_limit(api.get("/api/v1/schema/"))[2] == 2


@pytest.fixture
def fresh_description(universe):
    """The description as of now, so that its examples are asked again."""
    from kb.views.root import generate_schema

    generate_schema.cache_clear()
    yield
    generate_schema.cache_clear()


def test_a_suggestion_tells_how_many_more_may_be_sent_today(universe, settings):
    settings.SUGGESTIONS_PER_DAY = 2
    app = make_token_client(issue_token(make_user("anna")))
    answers = [app.post("/api/v1/suggestions/", SUGGESTION, format="json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 429]
    assert [parse_rate_limit(answer) for answer in answers] == [("suggestions", 2, number) for number in (1, 0, 0)]
    assert answers[2]["RateLimit"].endswith(f";t={answers[2]['Retry-After']}")
    assert parse_rate_limit(app.get("/api/v1/suggestions/")) == ("anonymous", 3, 2)
    settings.SUGGESTIONS_PER_DAY = 0
    assert parse_rate_limit(
        make_token_client(issue_token(make_user("bert"))).post("/api/v1/suggestions/", SUGGESTION, format="json")
    ) == ("suggestions", 0, 0)


def test_a_request_that_is_answered_anew_since_the_data_changed_counts_once(api, universe, monkeypatch):
    now = etags.dataset_state()
    states = iter([replace(now, revision_mark="of what was before"), now])
    monkeypatch.setattr(etags, "dataset_state", lambda: next(states))
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)
    assert next(states, None) is None


def test_what_has_no_such_operation_counts_too(api, universe):
    assert parse_rate_limit(api.post(TREATMENTS_URL, {}, format="json")) == ("anonymous", 3, 2)


def test_everything_is_answered_where_the_server_that_counts_is_away(api, universe, monkeypatch, caplog):
    def away(*args, **kwargs):
        raise RedisIsAway("Connection refused.")

    monkeypatch.setattr(caches["counts"], "add", away)
    for _ in range(4):
        answer = api.get(TREATMENTS_URL)
        assert answer.status_code == 200
    assert "Requests are not counted: Connection refused." in caplog.text


def test_a_count_that_was_put_out_to_make_room_begins_again(api, universe, monkeypatch):
    monkeypatch.setattr(caches["counts"], "add", lambda *args: False)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)


def test_two_processes_count_together_on_redis(api, universe, settings, monkeypatch):
    try:
        socket.create_connection(("127.0.0.1", 6379), timeout=0.2).close()
    except OSError:
        pytest.skip("There is no Redis on 127.0.0.1:6379: counting on one is not tried.")
    monkeypatch.setenv("COUNTS_OF_A_TEST", "redis://127.0.0.1:6379/0")
    settings.CACHES = settings.CACHES | {"counts": environment.read_counter_cache("COUNTS_OF_A_TEST")}
    here, there = caches["counts"], caches.create_connection("counts")
    here.key_prefix = there.key_prefix = f"kb-test-{os.getpid()}"
    try:
        assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)
        (kept,) = keys = here._cache.get_client().keys(f"{here.key_prefix}:*")
        assert there.incr(kept.decode().split(":", 2)[2]) == 2
        assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 0)
        assert api.get(TREATMENTS_URL).status_code == 429
        assert 0 < here._cache.get_client().ttl(kept) <= 60
    finally:
        here._cache.get_client().delete(*keys)
