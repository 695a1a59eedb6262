"""nginx as deploy/ configures it, in front of the real server: what it keeps, for whom, and for how long."""

import time
from contextlib import ExitStack

import pytest

from tests.helpers.nginx import run_nginx
from tests.helpers.scratch import get_shared_url
from tests.helpers.servers import get, run_server

PATH = "/api/v1/treatments/drug/"
CACHE_SECONDS = 1


@pytest.fixture
def ports(transactional_db, universe, tmp_path):
    """The port of nginx, and what stops the web process behind it."""
    with (
        run_server(get_shared_url(tmp_path), CACHE_SECONDS=str(CACHE_SECONDS)) as web,
        run_nginx(tmp_path, web) as port,
    ):
        yield port


def get_cached(port, **headers):
    """Ask nginx; return whether it had the answer, and the answer."""
    status, answer_headers, body = get(port, PATH, **headers)
    assert status == 200, body
    return answer_headers["X-Cache"], answer_headers, body


@pytest.mark.slow
def test_an_answer_is_kept_for_each_who_may_have_it_and_no_longer_than_it_says(ports):
    assert [get_cached(ports)[0] for _ in range(2)] == ["MISS", "HIT"]
    _, plain, body = get_cached(ports)

    assert "Access-Control-Allow-Origin" not in get_cached(ports, origin="http://[")[1]
    for _ in range(2):  # A page of another origin may read it, though somebody else asked first.
        _, headers, _ = get_cached(ports, origin="https://app.example")
        assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in get_cached(ports)[1]

    tags = {plain["ETag"]}
    for encoding in ("gzip", "br", "zstd"):
        assert [get_cached(ports, accept_encoding=encoding)[0] for _ in range(2)] == ["MISS", "HIT"]
        _, headers, coded = get_cached(ports, accept_encoding=encoding)
        assert headers["Content-Encoding"] == encoding
        assert coded != body
        tags.add(headers["ETag"])
    assert len(tags) == 4

    assert get_cached(ports, cookie="sessionid=x")[0] == "BYPASS"
    time.sleep(CACHE_SECONDS + 1.1)
    assert get_cached(ports)[0] == "REVALIDATED"


@pytest.mark.slow
def test_nothing_older_is_sent_where_no_web_process_answers(transactional_db, universe, tmp_path):
    with ExitStack() as web:
        web_port = web.enter_context(run_server(get_shared_url(tmp_path), CACHE_SECONDS=str(CACHE_SECONDS)))
        with run_nginx(tmp_path, web_port) as port:
            get_cached(port)
            web.close()
            time.sleep(CACHE_SECONDS + 1.1)
            assert get(port, PATH)[0] == 502
