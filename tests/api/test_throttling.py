"""Rate limits of the API: RateLimit headers, 429 responses, what counts, and counting on Redis."""

import os
import socket
from dataclasses import replace

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisConnectionError

from kb import environment
from kb.api import etags, throttling
from kb.urls import urlpatterns
from tests.helpers.accounts import make_user
from tests.helpers.openapi import generate_schema
from tests.helpers.rate_limits import TREATMENTS_URL, parse_rate_limit
from tests.helpers.rate_limits import low_rate_limits as low_rate_limits
from tests.helpers.suggestions import SUGGESTION, issue_token, make_token_client


def test_every_response_says_how_many_requests_are_left(api, universe):
    assert [parse_rate_limit(api.get(TREATMENTS_URL)) for _ in range(3)] == [
        ("anonymous", 3, number) for number in (2, 1, 0)
    ]


def test_a_request_over_the_limit_is_refused_with_retry_after_and_advice(api, universe):
    for _ in range(3):
        assert api.get(TREATMENTS_URL).status_code == 200
    response = api.get(TREATMENTS_URL)
    problem = response.json()
    assert (response.status_code, response["Content-Type"]) == (429, "application/problem+json")
    assert problem["detail"].startswith(
        "One address may send 3 requests a minute. A token with the scope “read” allows 5"
    )
    assert "page_size=200" in problem["detail"]
    assert parse_rate_limit(response) == ("anonymous", 3, 0)
    assert response["RateLimit"].endswith(f";t={response['Retry-After']}")


def test_a_request_after_retry_after_is_answered(api, universe, monkeypatch):
    while (response := api.get(TREATMENTS_URL)).status_code == 200:
        pass
    later = 1_800_000_000 + int(response["Retry-After"])
    monkeypatch.setattr(throttling, "time", lambda: later - 1)
    assert api.get(TREATMENTS_URL).status_code == 429
    monkeypatch.setattr(throttling, "time", lambda: later)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)


def test_windows_of_different_clients_end_at_different_times():
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
def test_every_read_counts_and_so_does_an_error(api, universe, path):
    left_before = parse_rate_limit(api.get(TREATMENTS_URL))[2]
    assert parse_rate_limit(api.get(f"/api/v1/{path}"))[2] == left_before - 1


def test_every_route_of_the_api_counts_but_those_without_data():
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


def test_counting_takes_no_database_query(api, universe, settings, django_assert_num_queries):
    api.get(TREATMENTS_URL)  # The data version is computed once and cached.
    with CaptureQueriesContext(connection) as queries:
        api.get(TREATMENTS_URL)
    settings.READS_PER_MINUTE = 0
    with django_assert_num_queries(len(queries)):
        api.get(TREATMENTS_URL)


def test_the_examples_of_the_openapi_document_are_not_counted(universe, api):
    before = parse_rate_limit(api.get(TREATMENTS_URL))[2]
    generate_schema()
    assert parse_rate_limit(api.get(TREATMENTS_URL))[2] == before - 1


def test_a_suggestion_says_how_many_more_may_be_sent_today(universe, settings):
    settings.SUGGESTIONS_PER_DAY = 2
    token_client = make_token_client(issue_token(make_user("anna")))
    responses = [token_client.post("/api/v1/suggestions/", SUGGESTION, format="json") for _ in range(3)]
    assert [response.status_code for response in responses] == [201, 200, 429]
    assert [parse_rate_limit(response) for response in responses] == [
        ("suggestions", 2, number) for number in (1, 0, 0)
    ]
    assert responses[2]["RateLimit"].endswith(f";t={responses[2]['Retry-After']}")
    assert parse_rate_limit(token_client.get("/api/v1/suggestions/")) == ("anonymous", 3, 2)
    settings.SUGGESTIONS_PER_DAY = 0
    assert parse_rate_limit(
        make_token_client(issue_token(make_user("bert"))).post("/api/v1/suggestions/", SUGGESTION, format="json")
    ) == ("suggestions", 0, 0)


def test_a_request_that_is_rendered_again_counts_once(api, universe, monkeypatch):
    state = etags.dataset_state()
    states = iter([replace(state, revision_mark="an earlier mark"), state])
    monkeypatch.setattr(etags, "dataset_state", lambda: next(states))
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)
    assert next(states, None) is None


def test_a_method_that_is_not_allowed_counts_too(api, universe):
    assert parse_rate_limit(api.post(TREATMENTS_URL, {}, format="json")) == ("anonymous", 3, 2)


def test_requests_are_answered_while_the_counting_server_is_down(api, universe, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise RedisConnectionError("Connection refused.")

    monkeypatch.setattr(caches["counts"], "add", fail)
    for _ in range(4):
        response = api.get(TREATMENTS_URL)
        assert response.status_code == 200
    assert "Requests are not counted: Connection refused." in caplog.text


def test_a_count_that_was_evicted_starts_again(api, universe, monkeypatch):
    monkeypatch.setattr(caches["counts"], "add", lambda *args: False)
    assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)


def test_two_processes_count_together_on_redis(api, universe, settings, monkeypatch):
    try:
        socket.create_connection(("127.0.0.1", 6379), timeout=0.2).close()
    except OSError:
        pytest.skip("There is no Redis on 127.0.0.1:6379: counting on one is not tried.")
    monkeypatch.setenv("TEST_COUNTER_CACHE", "redis://127.0.0.1:6379/0")
    settings.CACHES = settings.CACHES | {"counts": environment.read_counter_cache("TEST_COUNTER_CACHE")}
    first, second = caches["counts"], caches.create_connection("counts")
    first.key_prefix = second.key_prefix = f"kb-test-{os.getpid()}"
    try:
        assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 2)
        (key,) = keys = first._cache.get_client().keys(f"{first.key_prefix}:*")
        assert second.incr(key.decode().split(":", 2)[2]) == 2
        assert parse_rate_limit(api.get(TREATMENTS_URL)) == ("anonymous", 3, 0)
        assert api.get(TREATMENTS_URL).status_code == 429
        assert 0 < first._cache.get_client().ttl(key) <= 60
    finally:
        first._cache.get_client().delete(*keys)
