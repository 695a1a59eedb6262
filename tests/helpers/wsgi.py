"""Requests to a WSGI application, as a server sends them."""

import gzip
from contextlib import contextmanager
from dataclasses import dataclass

import brotli
import zstandard
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import RequestFactory
from django.utils.datastructures import CaseInsensitiveMapping

DECODERS = {
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


@dataclass
class WSGIResponse:
    """What a WSGI application answered."""

    status: int
    headers: CaseInsensitiveMapping
    body: bytes

    @property
    def content(self):
        """The body without its content coding."""
        return DECODERS.get(self.headers.get("Content-Encoding"), bytes)(self.body)


def send_request(application, path, method="GET", **headers):
    """Send a request with these headers to a WSGI application, and return its response, read and closed."""
    with keep_connections():
        return read_response(application, build_request(path, method, headers))


@contextmanager
def keep_connections():
    """Keep the connections when a request ends, as Django's own test client does: a test is in a transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def build_request(path, method, headers):
    return RequestFactory().generic(method, path, headers={name.replace("_", "-"): v for name, v in headers.items()})


def read_response(application, request):
    started = []
    body = application(request.environ, lambda status, headers, exc_info=None: started.append((status, headers)))
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    status, header_list = started[-1]
    assert len({name.lower() for name, _ in header_list}) == len(header_list), header_list
    return WSGIResponse(int(status.split()[0]), CaseInsensitiveMapping(header_list), content)
