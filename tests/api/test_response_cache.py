"""The response cache: never another response than Django's, compressed once, and new after each write."""

import pytest
from django.core.cache import caches
from django.core.handlers.wsgi import WSGIHandler

from kb.api import response_cache
from kb.api.response_cache import ResponseCache
from kb.models import ApiToken, Revision
from kb.request_log import RequestLog
from tests.helpers.wsgi import DECODERS, send_request
from treatments.models import Treatment

PATHS = [
    "/",
    "/api/v1/",
    "/api/v1/treatments/",
    "/api/v1/treatments/drug/",
    "/api/v1/side-effects/?treatment=drug&format=csv",
    "/api/v1/side-effects/?format=ndjson",
    "/api/v1/treatments/drug/?format=jsonld",
    "/api/v1/explain/?symptom=bone-ache&taking=drug",
    "/api/v1/search/?q=pain",
    "/api/v1/changes/?format=atom",
    "/api/v1/docs/",
    "/explore/treatments/",
    "/explore/treatments/drug/",
]
DRUG = "/api/v1/treatments/drug/"


class CountingHandler(WSGIHandler):
    """Django, which counts the requests that reach it."""

    count = 0

    def __call__(self, environ, start_response):
        self.count += 1
        return super().__call__(environ, start_response)


@pytest.fixture
def django():
    return CountingHandler()


@pytest.fixture
def cached(django):
    return ResponseCache(django, 1_000_000)


@pytest.mark.parametrize("path", PATHS)
def test_a_stored_response_is_the_one_of_django_and_is_made_once(universe, django, cached, path):
    original = send_request(django, path, accept="*/*")
    responses = [send_request(cached, path, accept="*/*") for _ in range(3)]
    assert django.count == 2
    for response in responses:
        assert (response.status, response.body) == (200, original.body)
        differing = {"Vary": ""}
        assert {**response.headers, **differing} == {**original.headers, **differing}
        assert response.headers["Vary"] == f"{original.headers['Vary']}, Accept-Encoding".removeprefix(", ")


@pytest.mark.parametrize("path", PATHS)
def test_each_content_coding_has_its_own_etag_and_gets_304(universe, django, cached, path):
    plain = send_request(cached, path)
    coded = {encoding: send_request(cached, path, accept_encoding=encoding) for encoding in DECODERS}
    for encoding, response in coded.items():
        assert response.headers["Content-Encoding"] == encoding
        assert int(response.headers["Content-Length"]) == len(response.body)
        assert response.content == plain.body
    assert django.count == 1
    if "ETag" not in plain.headers:
        return
    tags = {encoding: response.headers["ETag"] for encoding, response in coded.items()} | {"": plain.headers["ETag"]}
    assert len(set(tags.values())) == len(tags)
    uncached = ResponseCache(django, 0)
    for application in (cached, uncached):
        for held, tag in tags.items():
            for asked in tags:
                response = send_request(application, path, accept_encoding=asked, if_none_match=f'"other", W/{tag}')
                assert response.status == (304 if held == asked else 200), (held, asked)
                assert response.headers["ETag"] == tags[asked]
                if held == asked:
                    assert response.body == b""
                    assert "Content-Encoding" not in response.headers


def test_a_stored_response_has_no_identifier_of_the_request_for_which_it_was_made(universe, cached):
    answers = [send_request(RequestLog(cached), DRUG) for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert answers[0].headers["X-Request-ID"] != answers[1].headers["X-Request-ID"]


def test_what_the_cache_had_is_counted(universe, django, cached, monkeypatch):
    results = []
    monkeypatch.setattr(response_cache, "count_cache_lookup", results.append)
    etag = send_request(cached, DRUG).headers["ETag"]
    send_request(cached, DRUG)
    send_request(cached, DRUG, if_none_match=etag)
    send_request(cached, DRUG, authorization="Bearer x")
    send_request(ResponseCache(django, 0), DRUG)
    assert results == ["miss", "hit", "not-modified", "bypass", "bypass"]


def test_a_head_request_gets_the_headers_alone(universe, cached):
    for _ in range(2):
        response = send_request(cached, DRUG, "HEAD", accept_encoding="gzip")
        assert (response.status, response.body) == (200, b"")
        assert response.headers["Content-Encoding"] == "gzip"
        etag = send_request(cached, DRUG, accept_encoding="gzip").headers["ETag"]
        assert response.headers["ETag"] == etag


def test_a_write_is_in_the_next_response(universe, cached, django):
    for summary in ("First.", "Second."):
        send_request(cached, DRUG)
        Treatment.objects.filter(slug="drug").update(summary=summary)
        assert summary.encode() in send_request(cached, DRUG).body
    assert len(cached.store.responses) == 1


def test_a_response_during_which_the_data_changed_is_not_kept(universe, monkeypatch):
    writes = [lambda: Revision.objects.renew_mark()]

    def django(environ, start_response):
        if writes:
            writes.pop()()
        return WSGIHandler()(environ, start_response)

    cached = ResponseCache(django, 1_000_000)
    send_request(cached, "/explore/treatments/")
    assert len(cached.store.responses) == 0
    send_request(cached, "/explore/treatments/")
    assert len(cached.store.responses) == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (DRUG, {"host": "localhost"}),
        (DRUG, {"accept": "text/csv"}),
        (DRUG, {"x_forwarded_proto": "https"}),
        (DRUG, {"origin": "https://example.org"}),
        (f"{DRUG}?fields=slug", {}),
        ("/api/v1/treatments/other/", {}),
    ],
)
def test_another_request_has_another_response(universe, cached, django, path, headers):
    send_request(cached, DRUG)
    response = send_request(cached, path, **headers)
    assert django.count == 2
    original = send_request(django, path, **headers)
    assert (response.status, response.body) == (original.status, original.body)
    assert response.headers.get("Access-Control-Allow-Origin") == original.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/api/v1/treatments/nothing/", "GET", {}, 404),
        ("/api/v1/treatments/?nmae=x", "GET", {}, 400),
        (DRUG, "POST", {}, 405),
        (DRUG, "OPTIONS", {}, 200),
        (DRUG, "HEAD", {}, 200),
        (DRUG, "GET", {"cookie": "sessionid=x"}, 200),
        (DRUG, "GET", {"authorization": "Bearer kb_wrong"}, 401),
        ("/admin/login/", "GET", {}, 200),
        ("/health/", "GET", {}, 200),
        ("/health/live", "GET", {}, 200),
        ("/explore", "GET", {}, 301),
    ],
)
def test_what_is_no_shared_response_is_never_kept(universe, cached, django, path, method, headers, status):
    for _ in range(2):
        assert send_request(cached, path, method, **headers).status == status
    assert django.count == 2
    assert len(cached.store.responses) == 0


def test_a_token_gets_its_own_response_though_others_have_it(universe, users, cached, django):
    _, token = ApiToken.objects.create(users["nobody"], scopes=["read"])
    send_request(cached, DRUG)
    response = send_request(cached, DRUG, authorization=f"Bearer {token}", accept_encoding="gzip")
    assert django.count == 2
    assert response.content == send_request(cached, DRUG).body


def test_responses_count_against_the_limit(universe, cached, settings):
    settings.READS_PER_MINUTE = 3
    caches["counts"].clear()
    left = [send_request(cached, DRUG).headers["RateLimit"].split(";")[1] for _ in range(3)]
    assert left == ["r=2", "r=1", "r=0"]
    (stored,) = cached.store.responses.values()
    etag = stored.get_variant("identity").etag
    assert send_request(cached, DRUG, if_none_match=etag).status == 304
    refused = send_request(cached, DRUG)
    assert refused.status == 429
    assert refused.headers["RateLimit"].startswith('"anonymous";r=0;')
    assert send_request(cached, "/explore/treatments/").headers["RateLimit"].startswith('"pages";r=2;')


def test_who_has_the_response_is_not_counted(universe, cached, settings):
    settings.READS_PER_MINUTE = 3
    caches["counts"].clear()
    etag = send_request(cached, DRUG).headers["ETag"]
    for _ in range(5):
        response = send_request(cached, DRUG, if_none_match=etag)
        assert response.status == 304
        assert "RateLimit" not in response.headers
    assert send_request(cached, DRUG).headers["RateLimit"].startswith('"anonymous";r=1;')


def test_a_database_that_does_not_answer_is_left_to_django(universe, cached, monkeypatch):
    send_request(cached, DRUG)
    monkeypatch.setattr(response_cache, "MARK_SQL", "SELECT mark FROM nothing")
    monkeypatch.setattr(response_cache.connections["default"], "close", lambda: None)
    reached = []
    cached.application = lambda environ, start_response: reached.append(1) or start_response("500 Error", []) or []
    assert send_request(cached, DRUG).status == 500
    assert reached == [1]


@pytest.mark.parametrize("origin", ["", "http://["])
def test_an_origin_that_cannot_be_read_does_not_take_the_answer_from_others(universe, cached, origin):
    assert "Access-Control-Allow-Origin" not in send_request(cached, DRUG, origin=origin).headers
    for _ in range(2):
        response = send_request(cached, DRUG, origin="https://example.org")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
