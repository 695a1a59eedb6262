"""Requests that no client sends, over a socket to the production server: no error of ours, and it goes on serving."""

import json
import socket
from contextlib import suppress

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st

from kb.editorial.content_rules import validate_content
from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.snapshot import serialize_record
from tests.helpers.scratch import get_shared_url, run_commands
from tests.helpers.servers import get, run_server
from tests.helpers.suggestions import token_client as token_client
from tests.helpers.suggestions import token_owner as token_owner

HOST = b"Host: 127.0.0.1\r\n"
LIST = b"/api/v1/side-effects/"
NUMBERS = [b"-1", b"0", b"1e9", b"9" * 400, b"-" + b"9" * 400, b"0x10", b"NaN", b"Infinity", b"1.5", b"%D9%A8", b"%00"]
DAYS = [b"0001-01-01", b"9999-12-31", b"0001-01-01T00:00:00%2B14:00", b"9999-12-31T23:59:59-14:00", b"10000-01-01"]
DAYS += [b"0000-01-01", b"2026-02-30", b"2026-13-01", b"-2026-01-01", b"2026-01-01T25:00:00"]
BYTES = [
    b"%FF",
    b"%C0%AF",
    b"%ED%A0%80",
    b"%E2%80",
    b"%F4%90%80%80",
    b"%00",
    b"\xff",
    b"\xc3\x28",
    b"%",
    b"%zz",
    b"%0d%0aX:1",
]


def build_get(target, headers=b""):
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + headers + b"Connection: close\r\n\r\n"


def build_post(body, headers):
    start = b"POST /api/v1/suggestions/ HTTP/1.1\r\n" + HOST
    return start + b"Content-Type: application/json\r\nConnection: close\r\n" + headers + b"\r\n" + body


def build_requests():
    """Return requests by kind: numbers, days, broken encodings, headers, bodies, smuggling."""
    lists = [
        LIST + b"?" + name + b"=" + value
        for name in (b"page", b"page_size", b"cursor", b"nonsense")
        for value in NUMBERS
    ]
    days = [path + day for day in DAYS for path in (LIST + b"?updated_since=", b"/api/v1/changes/?since=")]
    broken = [
        path + text for text in BYTES for path in (LIST, LIST + b"?search=", LIST + b"?", b"/explore/", b"/admin/")
    ]
    paths = [
        b"/" + b"../" * 40 + b"etc/passwd",
        b"//evil.example/",
        b"/" + b"a" * 7_000,
        b"*",
        b"http://evil.example/",
        b"/.",
        b"/static/../kb/settings.py",
    ]
    headers = [
        *(
            b"Accept: " + value + b"\r\n"
            for value in (b"\xff", b"a" * 5_000, b"*/*;q=" + b"9" * 400, b",,,", b"text/html;q=abc")
        ),
        *(
            b"Authorization: " + value + b"\r\n"
            for value in (b"Bearer", b"Bearer \xff\xfe", b"Bearer " + b"a" * 5_000, b"Basic !!")
        ),
        *(b"If-None-Match: " + value + b"\r\n" for value in (b'"', b"\xff", b"*", b'W/"' + b"a" * 5_000)),
        *(b"Cookie: sessionid=" + value + b"\r\n" for value in (b"\xff", b"../../x", b"a" * 4_000, b'"')),
        *(b"X-Forwarded-For: " + value + b"\r\n" for value in (b"\xff", b"," * 500, b"::ffff:1.2.3.4%eth0")),
        b"Accept-Encoding: gzip;q=-1, br;q=x, \xff\r\n",
        b"Range: bytes=0-" + b"9" * 400 + b"\r\n",
        b"Host: evil.example\r\n",
        b" folded: yes\r\n",
        b"X: " + b"a" * 70_000 + b"\r\n",
    ]
    bodies = [
        build_post(b"{}", b"Content-Length: 2\r\nContent-Length: 2\r\n"),
        build_post(b"{}", b"Content-Length: 2\r\nContent-Length: 3\r\n"),
        build_post(b"{}", b"Content-Length: -1\r\n"),
        build_post(b"{}", b"Content-Length: " + b"9" * 40 + b"\r\n"),
        build_post(
            b"2\r\n{}\r\n0\r\n\r\nGET /admin/ HTTP/1.1\r\n", b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"
        ),
        build_post(b"zz\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\n"),
        build_post(b"0\r\n\r\n", b"Transfer-Encoding: chunked, identity\r\n"),
        *(
            build_post(body, b"Content-Length: %d\r\n" % len(body))
            for body in (b"\xff\xfe", b"[" * 50_000, b'{"text": "\\ud800"}', b"\0")
        ),
    ]
    methods = [
        method + b" " + LIST + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        for method in (b"TRACE", b"CONNECT", b"FOO", b"get", b"\xff")
    ]
    gets = [*map(build_get, lists + days + broken + paths), *(build_get(LIST, header) for header in headers)]
    return [
        *gets,
        *bodies,
        *methods,
        b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01" + b"\0" * 200,
        b"GET " + LIST + b"\n\n",
    ]


def send(port, request):
    """Return the status of the first answer; 0 where the connection was closed, or nothing came, without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.settimeout(2)
        try:
            connection.sendall(request)
            line = connection.recv(64).split(b" ")
        except OSError:
            return 0
    return int(line[1][:3]) if len(line) > 1 and line[0].startswith(b"HTTP/") else 0


@pytest.fixture
def server(transactional_db, universe, tmp_path):
    if not (settings.STATIC_ROOT / "staticfiles.json").exists():  # Pages name static files as they were collected.
        run_commands(get_shared_url(tmp_path), "collectstatic --noinput --verbosity=0")
    with run_server(get_shared_url(tmp_path)) as port:
        yield port


@pytest.mark.slow
def test_no_request_is_answered_by_an_error_of_ours(server):
    requests = build_requests()
    statuses = {request[:200]: send(server, request) for request in requests}
    assert len(requests) > 150
    assert {request: status for request, status in statuses.items() if status >= 500} == {}
    assert get(server, "/api/v1/side-effects/")[0] == 200
    answered = [status for status in statuses.values() if status]
    assert len(answered) > 0.9 * len(statuses)  # The rest is what the server closes, as HTTP lets it.


@pytest.mark.django_db
@given(cursor=st.one_of(st.text(max_size=60), st.from_regex(r"[A-Za-z0-9_=-]{1,60}", fullmatch=True)))
def test_no_cursor_causes_an_error_of_ours(client, universe, cursor):
    for path in ("/api/v1/side-effects/", "/api/v1/changes/", "/explore/side-effects/"):
        assert client.get(path, {"cursor": cursor}).status_code in (200, 400)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["kind", "slug", "field", "text", "proposed", "evidence", "nonsense"])


@pytest.mark.django_db
@given(body=JSON | st.dictionaries(MEMBERS, JSON, max_size=6))
def test_no_suggestion_causes_an_error_of_ours(token_client, body):
    sent = json.dumps(body)  # With NaN and Infinity, which are no JSON.
    response = token_client.post("/api/v1/suggestions/", sent, content_type="application/json")
    assert response.status_code in (200, 201, 400)


FIELDS = st.sampled_from(
    ["frequency", "text", "treatment", "symptom", "citations", "status", "onset", "severity", "slug", "x"]
)


@pytest.mark.django_db
@example(values={"citations": [None]})
@example(values={"citations": [["page", 10**30, 1]], "treatment": ["class"]})
@given(values=st.dictionaries(FIELDS, JSON, max_size=4))
def test_no_content_of_a_change_gets_past_validation_or_breaks_it(statement, users, values):
    """What is proposed is valid, or refused with words: never another exception, which would be a 500."""
    request = EditRequest(users["editor"], "Line 2 says so.", submit=True)
    with transaction.atomic():
        with suppress(ValidationError, PermissionDenied):
            change = save_or_propose(statement, serialize_record(statement) | values, request)
            validate_content(statement, change.content)
        transaction.set_rollback(True)
    assert type(statement).objects.get(pk=statement.pk).frequency == statement.frequency
