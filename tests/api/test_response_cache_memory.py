"""The memory of the response cache: what counts for its bound, and what is never read into it."""

from django.core.handlers.wsgi import WSGIHandler

from kb.api.response_cache import ResponseCache, StoredResponse
from tests.helpers.wsgi import build_request, keep_connections, send_request

DRUG = "/api/v1/treatments/drug/"


def test_the_longest_unused_go_first_and_nothing_takes_more_than_its_share(universe):
    measured = ResponseCache(WSGIHandler(), 1_000_000)
    send_request(measured, DRUG)
    (stored,) = measured.store.responses.values()
    size = StoredResponse.measure(stored)
    cached = ResponseCache(WSGIHandler(), 8 * size)
    paths = [DRUG, *(f"{DRUG}?{query}" for query in ("format=json", "omit=notes", "omit=url", "fields=slug"))]
    for path in [*paths[1:], *paths[1:]]:
        send_request(cached, path, accept_encoding="gzip")
    assert sum(map(len, (r.response.body[0] for r in cached.store.responses.values()))) <= 8 * size
    cached = ResponseCache(WSGIHandler(), 7 * size)
    send_request(cached, DRUG)
    assert len(cached.store.responses) == 0


def test_a_file_that_is_too_long_to_be_kept_is_not_read_into_memory(universe):
    path = "/api/v1/side-effects/?format=ndjson"
    size = len(send_request(WSGIHandler(), path).body)
    cached = ResponseCache(WSGIHandler(), 7 * size)
    environ = build_request(path, "GET", {}).environ
    with keep_connections():
        body = cached(environ, lambda status, headers: None)
        assert not isinstance(body, list)
        assert sum(map(len, body)) == size
        body.close()


def test_long_addresses_and_headers_count_for_what_is_kept(universe):
    cached = ResponseCache(WSGIHandler(), 1_000_000)
    path = f"{DRUG}?fields={','.join(['slug'] * 5_000)}"
    for number in range(60):
        assert send_request(cached, path, accept=f"application/json;q=0.{number + 1:03}").status == 200
    assert 0 < sum(len(str(key)) for key in cached.store.responses) <= 1_000_000
