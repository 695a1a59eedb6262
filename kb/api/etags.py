"""The X-KB-Version header and strong ETags on API responses; 304 Not Modified when the data have not changed."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import lru_cache, partial
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotModified, StreamingHttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from kb.api.exceptions import API_PREFIX, API_V1_PREFIX, build_problem, render_problem
from kb.dataset.version import DatasetState, dataset_state
from kb.models import Release, Revision
from kb.utils.locks import read_snapshot

VERSION_HEADER = "X-KB-Version"
FEED_PATH, RELEASES_PATH = f"{API_V1_PREFIX}changes/", f"{API_V1_PREFIX}releases/"
SCHEMA_PATH = f"{API_V1_PREFIX}schema/"
MAX_ATTEMPTS = 3
PAGE_CONTENT_TYPES = ("text/html", "text/javascript", "application/javascript")  # Swagger UI, not made from the data.
MAX_SPOOLED_BYTES = 8_000_000  # Of a streamed response, held in memory; what is longer goes to disk.
CHUNK_BYTES = 64_000
OWN_APPS = ("kb", "treatments", "symptoms")
Handler = Callable[[HttpRequest], HttpResponseBase]


def etag_middleware(get_response: Handler) -> Handler:
    """Middleware: tell the data version in every API response, and do not send again what has not changed."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(API_PREFIX):
            return get_response(request)
        if request.method not in ("GET", "HEAD"):
            return add_version_header(get_response(request), dataset_state().version)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            with read_snapshot() if attempt == MAX_ATTEMPTS else nullcontext():
                response, is_of_one_state = try_to_respond(request, get_response)
            if is_of_one_state:
                return response
            # Retry: the data changed while the response was made, so it may mix two versions.
        problem = build_problem(request, HTTPStatus.SERVICE_UNAVAILABLE, "The data are being changed: ask again soon.")
        return add_version_header(render_problem(request, problem, {"Retry-After": "1"}), dataset_state().version)

    return middleware


def try_to_respond(request: HttpRequest, get_response: Handler) -> tuple[HttpResponseBase, bool]:
    """Return a response, and whether it is of one state of the data."""
    state = dataset_state()
    response = respond_conditionally(request, get_response, build_etag(request, etag_seed(request.path, state)))
    if isinstance(response, StreamingHttpResponse):
        spool_streaming_response(response)
    is_throttled = response.status_code == HTTPStatus.TOO_MANY_REQUESTS  # Independent of the data.
    is_of_one_state = is_throttled or state.revision_mark == Revision.objects.current_mark()
    return add_version_header(response, state.version), is_of_one_state


def respond_conditionally(request: HttpRequest, get_response: Handler, etag: str) -> HttpResponseBase:
    """Return 304 if the client has the response of this ETag, else the response, with ETag and Cache-Control.

    A request with a token passes through the view first, so that an invalid token is refused in any case.
    """
    is_conditional = request.headers.get("If-None-Match", "*") != "*"
    not_modified = get_not_modified_response(request, etag) if is_conditional else None
    early = not_modified if "Authorization" not in request.headers else None
    response = early or get_response(request)
    if early or is_cacheable(response):
        response = not_modified or response
        cache_control: dict[str, Any] = {"public": True, "max_age": settings.CACHE_SECONDS}
        if request.path == FEED_PATH:
            cache_control = {"no_cache": True}
        response["ETag"] = etag
        patch_cache_control(response, **cache_control)
        patch_vary_headers(response, ["Accept"])
    return response


def get_not_modified_response(request: HttpRequest, etag: str) -> HttpResponseNotModified | None:
    """Return 304 if `If-None-Match` holds the ETag, else None. Other preconditions are ignored."""
    response = get_conditional_response(request, etag=etag)
    return response if isinstance(response, HttpResponseNotModified) else None


def is_cacheable(response: HttpResponseBase) -> bool:
    """Return whether a response is made from the data: no error, no page, and no Cache-Control of its own."""
    if response.status_code != HTTPStatus.OK or "Cache-Control" in response:
        return False
    return not response["Content-Type"].startswith(PAGE_CONTENT_TYPES)


def etag_seed(path: str, state: DatasetState) -> str:
    """Return what a response depends on besides the program: data and checks; for the feed, each write; for the
    releases, the newest as well; for the OpenAPI document, nothing."""
    if path == SCHEMA_PATH:
        return ""
    if path == FEED_PATH:
        return state.revision_mark or ""  # A change that is reverted leaves the same version, and two more events.
    newest = Release.objects.values_list("name", flat=True).first() if path == RELEASES_PATH else None
    return " ".join(filter(None, [state.version, state.checks_digest, newest]))


def build_etag(request: HttpRequest, seed: str) -> str:
    """Return the strong ETag of a response: a digest of the data (`seed`), the code, the URL and the Accept header."""
    parts = [seed, code_digest(), request.build_absolute_uri(), request.headers.get("Accept", "")]
    return f'"{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:32]}"'


@lru_cache
def code_digest() -> str:
    """Return a digest of the code, its requirements and its description: an upgrade changes every ETag."""
    digest, files = hashlib.sha256(), [settings.BASE_DIR / name for name in ("requirements.txt", "openapi.yaml")]
    for app in OWN_APPS:
        files += [file for pattern in ("*.py", "*.html") for file in (settings.BASE_DIR / app).rglob(pattern)]
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def add_version_header(response: HttpResponseBase, version: str) -> HttpResponseBase:
    """Set X-KB-Version unless the view has set it, as that of a release does."""
    response.headers.setdefault(VERSION_HEADER, version)
    return response


def spool_streaming_response(response: StreamingHttpResponse) -> None:
    """Read a streamed response to its end before any of it is sent: only then is it known to be of one version."""
    file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=MAX_SPOOLED_BYTES)  # noqa: SIM115 - read_chunks closes it
    for chunk in response.streaming_content:
        file.write(chunk)
    response["Content-Length"] = file.tell()
    response.streaming_content = read_chunks(file)


def read_chunks(file: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        yield from iter(partial(file.read, CHUNK_BYTES), b"")
