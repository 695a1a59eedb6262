"""PostgreSQL that hangs, refuses, locks and cuts connections: soon 503 with Retry-After, and the process is live."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from tests.helpers.proxies import run_proxy
from tests.helpers.scratch import get_shared_url
from tests.helpers.servers import get, run_server

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
API, PAGE = "/api/v1/side-effects/", "/explore/side-effects/"
LIMITS = {"DATABASE_CONNECT_SECONDS": "2", "DATABASE_STATEMENT_SECONDS": "2", "DATABASE_LOCK_SECONDS": "1"}
SOON = 9  # Seconds: a query (and the grace after it), a look whether the connection can be used, another connection.


@pytest.fixture
def faulty(universe, tmp_path):
    """A served PostgreSQL database behind a proxy: the port of the server, the proxy, and the database's own URL."""
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL is a server.")
    url = get_shared_url(tmp_path)
    parts = urlsplit(url)
    with run_proxy(parts.hostname, parts.port) as proxy:
        behind = url.replace(f":{parts.port}/", f":{proxy.port}/")
        with run_server(behind, RESPONSE_CACHE_MB="0", **LIMITS) as port:
            assert get(port, API)[0] == 200
            yield port, proxy, url


def assert_unavailable(port, path):
    """Assert that an answer says that the database failed; return after how many seconds it came."""
    started = time.monotonic()
    status, headers, body = get(port, path)
    assert (status, headers["Retry-After"]) == (503, "5"), body
    if path == API:
        assert headers["Content-Type"] == "application/problem+json"
        assert json.loads(body)["request_id"] == headers["X-Request-ID"]
    else:
        assert headers["Content-Type"].startswith("text/html")
        assert headers["X-Request-ID"] in body.decode()
    return time.monotonic() - started


def is_database_ready(port):
    """Return what the readiness probe says of the database; the tables of tests are made without migrations."""
    return json.loads(get(port, "/health/ready/")[2])["checks"][0]["ok"]


def test_it_stays_live_while_every_thread_hangs_in_the_database(faulty):
    port, proxy, _ = faulty
    proxy.is_frozen = True
    with ThreadPoolExecutor(5) as clients:
        answers = [clients.submit(assert_unavailable, port, API) for _ in range(5)]  # It has three threads.
        time.sleep(0.5)
        for _ in range(10):
            started = time.monotonic()
            assert get(port, "/health/live/")[0] == 200
            assert time.monotonic() - started < 1
            time.sleep(0.1)
        assert not any(answer.done() for answer in answers)
        assert max(answer.result() for answer in answers) < 2 * SOON
    assert assert_unavailable(port, PAGE) < SOON
    proxy.is_frozen = False
    assert [get(port, path)[0] for path in (API, PAGE)] == [200, 200]
    assert is_database_ready(port)


def test_connections_that_are_cut_and_refused_are_told_and_recovered_from(faulty):
    port, proxy, _ = faulty
    for _ in range(3):
        proxy.cut()
        assert get(port, API)[0] in (200, 503)
        assert get(port, API)[0] == 200
    proxy.close()
    for path in (API, PAGE, API):
        assert assert_unavailable(port, path) < SOON
    assert get(port, "/admin/login/")[0] == 200  # It needs no database.
    assert not is_database_ready(port)
    assert get(port, "/admin/", cookie=f"sessionid={32 * 'a'}")[0] == 503


def test_a_table_that_is_locked_and_connections_that_are_refused_are_told(faulty):
    port, _, url = faulty
    with psycopg.connect(url) as locker:
        locker.execute("LOCK TABLE symptoms_sideeffect IN ACCESS EXCLUSIVE MODE")
        assert assert_unavailable(port, API) < SOON
        assert get(port, "/api/v1/treatments/")[0] == 200
    assert get(port, API)[0] == 200
    connection.close()  # The test's own is ended too.
    name = urlsplit(url).path[1:]
    with psycopg.connect(url.rpartition("/")[0] + "/postgres", autocommit=True) as administrator:
        administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [name],
            )
            time.sleep(0.2)
            assert [assert_unavailable(port, path) < SOON for path in (API, PAGE)]
        finally:
            administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert get(port, API)[0] == 200
