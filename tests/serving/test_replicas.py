"""Read replicas: who reads one, that a whole request reads the same, and what happens when one lags or fails."""

from collections import Counter
from contextlib import ExitStack

import pytest
from django.contrib.sessions.models import Session
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connections
from django.test import Client
from rest_framework.test import APIClient

from kb import replicas
from kb.api import response_cache
from kb.api.response_cache import ResponseCache
from kb.models import ApiToken, Revision, Source
from kb.replicas import LAG_QUERY, ReadRoute, choose_database, current_route, route_reads
from tests.helpers.accounts import make_user
from tests.helpers.wsgi import send_request

LIST_URL = "/api/v1/side-effects/"
PUBLIC_URLS = [
    "/",
    "/explore/",
    "/explore/side-effects/",
    "/api/v1/",
    LIST_URL,
    f"{LIST_URL}?treatment=drug&search=ache",
    f"{LIST_URL}?format=csv",
    f"{LIST_URL}class-bone/",
    "/api/v1/treatments/drug/",
    "/api/v1/search/?q=boen+ache+drugg",
    "/api/v1/coverage/",
    "/api/v1/disagreements/",
    "/api/v1/paths/?from=drug&to=bone-ache",
    "/api/v1/changes/",
    "/api/v1/releases/",
    "/api/v1/explain/?symptom=bone-ache&taking=drug",
    "/api/v1/no-such-thing/",
]


@pytest.fixture
def queries(two_replicas):
    """How many queries each database was asked, by alias."""
    counts = Counter()

    def count(execute, sql, params, many, context):
        counts[context["connection"].alias] += 1
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in ["default", *two_replicas]:
            stack.enter_context(connections[alias].execute_wrapper(count))
        yield counts


def fail(*args, **kwargs):
    raise OperationalError("the connection was closed")


def test_an_anonymous_read_asks_one_replica_and_nothing_else(queries):
    for url in PUBLIC_URLS:
        queries.clear()
        response = Client().get(url)
        assert response.status_code in (200, 404), url
        assert len(queries) == 1, (url, queries)
        assert "default" not in queries, url


def test_the_response_cache_reads_its_mark_from_the_database_that_answers(queries, monkeypatch):
    class RecordingConnections:  # Notes whose mark is read: the driver does that, past what `queries` sees.
        def __getitem__(self, alias):
            aliases.add(alias)
            return connections[alias]

    aliases, cached = set(), ResponseCache(WSGIHandler(), 1_000_000)
    monkeypatch.setattr(response_cache, "connections", RecordingConnections())
    for _ in range(3):
        aliases.clear()
        queries.clear()
        assert send_request(cached, LIST_URL).status == 200
        assert len(aliases) == 1
        assert queries.keys() <= aliases <= {"replica1", "replica2"}


def test_requests_are_spread_over_the_replicas(queries):
    for _ in range(20):
        assert APIClient().get(f"{LIST_URL}class-bone/").status_code == 200
    assert queries.keys() == {"replica1", "replica2"}


def test_the_admin_and_the_probes_ask_the_primary(queries):
    for url in ("/admin/", "/admin/login/", "/health/ready/", "/metrics"):
        Client().get(url)
    assert queries.keys() == {"default"}


def test_whoever_shows_a_session_or_a_token_reads_the_primary(queries):
    user = make_user("ann", "editor")
    client = Client()
    client.force_login(user)
    _, token = ApiToken.objects.create(user=user, scopes=["read"])
    queries.clear()
    assert client.get("/explore/side-effects/").status_code == 200
    assert APIClient().get(LIST_URL, headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert queries.keys() == {"default"}


def test_a_write_goes_to_the_primary_also_within_a_read(two_replicas):
    with route_reads({"REQUEST_METHOD": "GET", "PATH_INFO": LIST_URL}) as route:
        assert route.database in two_replicas
        assert Revision.objects.db == route.database
        source = Source.objects.first()
        assert source._state.db == route.database
        source.save()
        assert source._state.db == "default"
        assert Source.objects.first()._state.db == route.database


@pytest.mark.parametrize(
    ("environ", "is_anonymous"),
    [
        ({"REQUEST_METHOD": "GET", "PATH_INFO": LIST_URL}, True),
        ({"REQUEST_METHOD": "HEAD", "PATH_INFO": "/explore/"}, True),
        ({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, True),
        ({"REQUEST_METHOD": "POST", "PATH_INFO": LIST_URL}, False),
        ({"REQUEST_METHOD": "GET", "PATH_INFO": "/admin/"}, False),
        ({"REQUEST_METHOD": "GET", "PATH_INFO": "/health/"}, False),
        ({"REQUEST_METHOD": "GET", "PATH_INFO": LIST_URL, "HTTP_AUTHORIZATION": ""}, False),
        ({"REQUEST_METHOD": "GET", "PATH_INFO": LIST_URL, "HTTP_COOKIE": "theme=dark; sessionid=abc"}, False),
        ({"REQUEST_METHOD": "GET", "PATH_INFO": LIST_URL, "HTTP_COOKIE": "theme=dark"}, True),
    ],
)
def test_what_is_an_anonymous_read(environ, is_anonymous):
    assert replicas.is_anonymous_read(environ) is is_anonymous


def test_an_outer_choice_stays(two_replicas):
    """A cache in front of Django chooses first, so that the mark that it reads and the answer are of one database."""
    with route_reads({"REQUEST_METHOD": "POST"}) as outer:
        with route_reads({"REQUEST_METHOD": "GET", "PATH_INFO": LIST_URL}) as inner:
            assert inner is outer
        assert current_route.get() is outer
    assert current_route.get() is None


@pytest.mark.parametrize(
    ("measured", "is_used"),
    [((True, 0.0), True), ((True, 5.0), True), ((True, 5.1), False), ((True, None), False), ((False, 0.0), False)],
)
def test_a_replica_that_lags_too_far_is_left_out(two_replicas, settings, monkeypatch, measured, is_used):
    settings.REPLICA_MAX_LAG_SECONDS = 5
    monkeypatch.setattr(replicas.Replica, "measure", lambda r: measured if r.alias == "replica1" else (True, 99.0))
    assert choose_database() == ("replica1" if is_used else "default")


def test_a_replica_that_is_left_out_is_not_asked_again_at_once(two_replicas, monkeypatch):
    looks = []
    monkeypatch.setattr(replicas.Replica, "measure", lambda r: looks.append(r.alias) or fail())
    for _ in range(5):
        assert choose_database() == "default"
    assert sorted(looks) == ["replica1", "replica2"]
    for replica in two_replicas.values():
        replica.next_check = 0
    monkeypatch.setattr(replicas.Replica, "measure", lambda r: (True, 0.0))
    assert choose_database() in two_replicas


def test_the_lag_is_measured_once_a_second_at_most(two_replicas, monkeypatch):
    looks = []
    monkeypatch.setattr(replicas, "CHECK_SECONDS", 60)
    monkeypatch.setattr(replicas.Replica, "measure", lambda r: looks.append(r.alias) or (True, 0.0))
    for _ in range(5):
        choose_database()
    assert sorted(looks) == ["replica1", "replica2"]


def test_a_replica_that_takes_no_connection_is_left_out(two_replicas, monkeypatch):
    for alias in two_replicas:
        monkeypatch.setattr(connections[alias], "ensure_connection", fail)
    assert choose_database() == "default"
    assert not any(replica.is_usable for replica in two_replicas.values())


def test_where_a_replica_fails_the_primary_answers_the_request(queries, two_replicas, monkeypatch):
    with ExitStack() as stack:
        for alias in two_replicas:
            stack.enter_context(connections[alias].execute_wrapper(fail))
            monkeypatch.setattr(connections[alias], "is_usable", lambda: False)
        for _ in range(3):
            response = Client(raise_request_exception=False).get(LIST_URL)
            assert response.status_code == 200
            assert response.json()["count"]
    assert "default" in queries
    assert not any(replica.is_usable for replica in two_replicas.values())


def test_an_error_of_the_program_stays_one_and_leaves_no_replica_out(two_replicas, monkeypatch):
    from symptoms.views import SideEffectViewSet

    monkeypatch.setattr(SideEffectViewSet, "get_queryset", lambda view: 1 / 0)
    assert Client(raise_request_exception=False).get(LIST_URL).status_code == 500
    assert any(replica.is_usable for replica in two_replicas.values())


@pytest.mark.django_db
def test_the_lag_of_a_primary_reads_as_no_replica():
    if connections["default"].vendor != "postgresql":
        pytest.skip("Only PostgreSQL has replicas.")
    with connections["default"].cursor() as cursor:
        cursor.execute(LAG_QUERY)
        assert cursor.fetchone()[0] is False


def test_without_a_route_everything_reads_the_primary():
    router = replicas.ReplicaRouter()
    assert router.db_for_read(Revision) == "default"
    token = current_route.set(ReadRoute("replica1"))
    try:
        assert router.db_for_read(Revision) == "replica1"
        assert router.db_for_read(Session) == router.db_for_write(Revision) == "default"
        assert not router.allow_migrate("replica1", "kb")
    finally:
        current_route.reset(token)
