"""The response cache: a WSGI application in front of Django, which sends again what it has sent since the last write.

It keeps only what anybody gets who asks for the same: answers 200 to a GET without token and cookie.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from threading import Lock
from time import monotonic, time
from typing import Any, TypeAlias
from wsgiref.headers import Headers

from cachetools import LRUCache
from django.db import Error, connections
from django.utils.http import parse_etags

from kb.api.content_encoding import IDENTITY, choose_encoding
from kb.api.exceptions import API_PREFIX, HTML_PREFIX
from kb.api.throttling import count_anonymous_request
from kb.api.wsgi_response import CloseableBody, Environ, Response, StartResponse, WSGIApplication, call_application
from kb.metrics import count_cache_lookup
from kb.models import Revision
from kb.models.data_revision import MARK_SQL
from kb.replicas import route_reads
from kb.utils.client_ip import find_client_ip

Key: TypeAlias = tuple[Any, ...]

OK, NOT_MODIFIED = (f"{status:d} {status.phrase}" for status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED))
DAY = 86_400  # Seconds; some responses depend on today's date.
MAX_SHARE = 8  # No response takes more than this part of the cache.
PERSONAL_HEADERS = ("HTTP_AUTHORIZATION", "HTTP_COOKIE")
KEY_HEADERS = ("HTTP_HOST", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_ACCEPT", "wsgi.url_scheme")
KEY_HEADERS += ("PATH_INFO", "QUERY_STRING")
VARY_HEADERS = {"accept", "cookie", "origin"}  # What the key takes account of.
PRIVATE_DIRECTIVES = {"private", "no-store"}
BODY_HEADERS = ("Content-Type", "Content-Length", "Content-Encoding")
COMPRESSED_SUFFIX = ".zip"


class Variant:
    """A stored response in one content coding, ready to be sent."""

    def __init__(self, response: Response) -> None:
        self.headers, (self.body,), self.etag = response.headers, response.body, Headers(response.headers)["ETag"]
        not_modified = Headers([*self.headers])
        for name in BODY_HEADERS:
            del not_modified[name]
        self.not_modified_headers = not_modified.items()


class StoredResponse:
    """A response as Django made it, and in each content coding that was asked for, compressed once."""

    def __init__(self, key: Key, response: Response) -> None:
        headers = Headers([*response.headers])
        self.overhead = len(repr((key, response.headers)))  # The client writes the key, which may be long.
        self.rate_limit_name = (headers["RateLimit-Policy"] or "").partition(";")[0].strip('"')
        del headers["RateLimit-Policy"], headers["RateLimit"]
        self.response = Response(response.status, headers.items(), response.body)
        self.variants: dict[str, Variant] = {}

    def get_variant(self, encoding: str) -> Variant:
        """Return the response in a content coding."""
        return self.variants.get(encoding) or self.variants.setdefault(
            encoding, Variant(self.response.encode(encoding).join())
        )

    @staticmethod
    def measure(stored: "StoredResponse") -> int:
        """Return about how many bytes it takes: its bodies, its headers and the key under which it is kept."""
        bodies = [*stored.response.body, *(variant.body for variant in [*stored.variants.values()])]
        return stored.overhead + sum(map(len, bodies))


class ResponseStore:
    """The stored responses of one state of the data, up to a number of bytes; the longest unused go first."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes, self.mark, self.lock = max_bytes, "", Lock()
        self.clear()

    def clear(self) -> None:
        self.responses: LRUCache[Key, StoredResponse] = LRUCache(self.max_bytes, StoredResponse.measure)

    def can_hold(self, size: int) -> bool:
        """Return whether a response of so many bytes is kept."""
        return size <= self.max_bytes // MAX_SHARE

    def find(self, mark: str, key: Key) -> StoredResponse | None:
        """Return what is stored for a request in this state of the data."""
        with self.lock:
            return self.responses.get(key) if mark == self.mark else None

    def store(self, mark: str, key: Key, stored: StoredResponse) -> None:
        """Keep a response of this state of the data, and nothing of any other; again, when it has grown."""
        if not self.can_hold(StoredResponse.measure(stored)):
            return
        with self.lock:
            if mark != self.mark:
                self.clear()
                self.mark = mark
            self.responses[key] = stored


class ResponseCache:
    """A WSGI application that compresses the public responses of another, and sends them again without asking it.

    `max_bytes` bounds the bodies, headers and keys that a process keeps; with 0 it keeps none. A response is found
    under the mark of the revision, which is read each time: after a write, the very next response of every process is
    a new one. Requests count against their limits as they do without the cache; who has the response already gets 304.
    """

    def __init__(self, application: WSGIApplication, max_bytes: int) -> None:
        self.application, self.store = application, ResponseStore(max_bytes)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not is_public(environ):
            return self.application(environ, start_response)
        with route_reads(environ):  # The mark and the response are of one database.
            return self.respond(environ, start_response)

    def respond(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Send a public response: one that is stored, or else a new one."""
        encoding, key = choose_public_encoding(environ), build_key(environ)
        mark = read_mark() if self.store.max_bytes and is_shared(environ) else None
        stored = self.store.find(mark, key) if mark else None
        if mark and stored:
            is_new = encoding not in stored.variants
            variant = stored.get_variant(encoding)
            if is_new:
                self.store.store(mark, key, stored)
            if (body := send_stored(environ, start_response, stored, variant)) is not None:
                return body
        count_cache_lookup("miss" if mark else "bypass")
        if "HTTP_IF_NONE_MATCH" in environ:
            environ["HTTP_IF_NONE_MATCH"] = decode_etags(environ["HTTP_IF_NONE_MATCH"], encoding)
        response = call_application(self.application, environ)
        if mark and is_storable(environ, response) and self.store.can_hold(response.length):
            response = response.join()
            if mark == read_mark():
                self.store.store(mark, key, StoredResponse(key, response))
        response = response.encode(encoding)
        start_response(response.status, response.headers)
        return CloseableBody((), response.body) if environ["REQUEST_METHOD"] == "HEAD" else response.body


def is_public(environ: Environ) -> bool:
    """Return whether a request only reads, from the API or a page for everybody."""
    path = environ["PATH_INFO"]
    return environ["REQUEST_METHOD"] in ("GET", "HEAD") and (path == "/" or path.startswith((API_PREFIX, HTML_PREFIX)))


def is_shared(environ: Environ) -> bool:
    """Return whether anybody else who asks for this gets the same."""
    return not any(environ.get(name) for name in PERSONAL_HEADERS)


def build_key(environ: Environ) -> Key:
    """Return what a response depends on besides the data: the address, what is accepted, another origin, and today."""
    return *(environ.get(name) for name in KEY_HEADERS), "HTTP_ORIGIN" in environ, int(time() // DAY)


def choose_public_encoding(environ: Environ) -> str:
    """Return the content coding of the response; an archive is compressed already."""
    is_compressed = environ["PATH_INFO"].endswith(COMPRESSED_SUFFIX)
    return IDENTITY if is_compressed else choose_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))


def read_mark() -> str | None:
    """Return the mark of the revision; None if nothing was ever written, or the database does not answer."""
    connection = connections[Revision.objects.db]
    try:
        if not connection.in_atomic_block and is_unusable(connection):
            connection.close_if_unusable_or_obsolete()  # As Django does at each request, which costs a query more.
        connection.ensure_connection()
        with connection.wrap_database_errors:  # By the driver: a cursor of Django takes longer than the query.
            row = connection.connection.execute(MARK_SQL).fetchone()
    except Error:
        connection.close()  # Django opens it again, or tells what is wrong.
        return None
    return str(row[0]) if row else None


def is_unusable(connection: Any) -> bool:
    """Return whether a connection is to be closed: after an error, by its age, or as it cannot see what is written."""
    is_outlived = connection.close_at is not None and monotonic() >= connection.close_at
    return connection.errors_occurred or is_outlived or getattr(connection, "is_read_only", False)


def is_storable(environ: Environ, response: Response) -> bool:
    """Return whether a response is whole, and the same for anybody."""
    headers = Headers(response.headers)
    if environ["REQUEST_METHOD"] != "GET" or response.status != OK or not headers["Content-Length"]:
        return False
    if "HTTP_ORIGIN" in environ and not headers["Access-Control-Allow-Origin"]:
        return False  # Another origin, which can be read, would not be told that it may read this.
    is_personal = headers["Set-Cookie"] or response.get_list("Cache-Control") & PRIVATE_DIRECTIVES
    return not is_personal and not headers["Content-Encoding"] and response.get_list("Vary") <= VARY_HEADERS


def send_stored(
    environ: Mapping[str, Any], start_response: StartResponse, stored: StoredResponse, variant: Variant
) -> list[bytes] | None:
    """Send a stored response, or 304 to who has it; None if there were too many requests, which Django tells."""
    if variant.etag and variant.etag in (tag.removeprefix("W/") for tag in read_etags(environ)):
        count_cache_lookup("not-modified")
        start_response(NOT_MODIFIED, variant.not_modified_headers)
        return []
    limit = stored.rate_limit_name and count_anonymous_request(stored.rate_limit_name, find_client_ip(environ))
    if limit and limit.is_exceeded:
        return None
    count_cache_lookup("hit")
    start_response(OK, [*variant.headers, *(limit.as_headers().items() if limit else ())])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [variant.body]


def read_etags(environ: Mapping[str, Any]) -> list[str]:
    """Return the ETags that the client has."""
    return parse_etags(environ["HTTP_IF_NONE_MATCH"]) if "HTTP_IF_NONE_MATCH" in environ else []


def decode_etags(if_none_match: str, encoding: str) -> str:
    """Return, of the ETags in If-None-Match, those of this content coding, as Django knows them."""
    if encoding == IDENTITY or if_none_match.strip() == "*":
        return if_none_match
    suffix = f'-{encoding}"'
    return ", ".join(f'{tag.removesuffix(suffix)}"' for tag in parse_etags(if_none_match) if tag.endswith(suffix))
