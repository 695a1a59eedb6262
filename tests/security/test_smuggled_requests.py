"""A request inside of another one: where its end is doubtful, it is refused or the connection ends with the answer."""

import re
import socket

import pytest

from tests.security.test_raw_requests import HOST
from tests.security.test_raw_requests import server as server

SMUGGLED = b"GET /api/v1/symptoms/ HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKS = b"2\r\n{}\r\n0\r\n\r\n"
DOUBTFUL = {
    "both lengths": (b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", CHUNKS),
    "both lengths, the other way round": (b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", CHUNKS),
    "two different lengths": (b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}"),
    "a list of lengths": (b"Content-Length: 2, 3\r\n", b"{}"),
    "a length with a sign": (b"Content-Length: +2\r\n", b"{}"),
    "a space before the colon": (b"Content-Length : 2\r\n", b"{}"),
    "a coding that there is not": (b"Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n", b"{}"),
    "no coding": (b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n", b"{}"),
    "a coding after a control character": (b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 2\r\n", b"{}"),
    "two codings": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", CHUNKS),
    "a bare line feed in a chunk": (b"Transfer-Encoding: chunked\r\n", b"2\n{}\r\n0\r\n\r\n"),
    "a negative chunk": (b"Transfer-Encoding: chunked\r\n", b"-2\r\n{}\r\n0\r\n\r\n"),
    "a folded header": (b"X: 1\r\n Content-Length: 9\r\nContent-Length: 2\r\n", b"{}"),
    "a bare carriage return": (b"X: 1\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n", b"{}"),
    "a NUL in a header": (b"X: 1\0\r\nContent-Length: 2\r\n", b"{}"),
}
START = b"POST /api/v1/suggestions/ HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"


def get_statuses(port, request):
    """Return the status of every answer that comes over one connection."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.settimeout(2)
        try:
            connection.sendall(request)
            while part := connection.recv(65_536):
                received += part
        except OSError:  # It stays open, or was cut.
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", received)]


@pytest.mark.slow
def test_no_request_is_smuggled_in_another(server):
    clear = START + b"Content-Length: 2\r\n\r\n{}" + SMUGGLED
    assert get_statuses(server, clear) == [401, 200]  # Two requests, one after the other: the test would see them.
    answers = {
        name: get_statuses(server, START + headers + b"\r\n" + body + SMUGGLED)
        for name, (headers, body) in DOUBTFUL.items()
    }
    assert {name: statuses for name, statuses in answers.items() if 200 in statuses or len(statuses) > 1} == {}
    assert all(statuses and statuses[0] < 500 for statuses in answers.values()), answers
