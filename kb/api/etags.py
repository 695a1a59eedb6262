"""Of which version of the data an answer is, and whether whoever asks has it already."""

import hashlib
from functools import lru_cache, partial
from http import HTTPStatus
from tempfile import SpooledTemporaryFile

from django.conf import settings
from django.http import HttpResponseNotModified
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from kb.api import exceptions as errors
from kb.api.exceptions import API_PREFIX, API_V1_PREFIX
from kb.dataset.version import dataset_state
from kb.models import Release, Revision

VERSION_HEADER = "X-KB-Version"
FEED_PATH, RELEASES_PATH = f"{API_V1_PREFIX}changes/", f"{API_V1_PREFIX}releases/"
MAX_ATTEMPTS = 3
PAGE_CONTENT_TYPES = ("text/html", "text/javascript", "application/javascript")  # Swagger UI: no answers from the data.
MAX_SPOOLED_BYTES, CHUNK_BYTES = (
    8_000_000,
    64_000,
)  # Bytes of a long answer: held in memory, the rest on disk; sent at a time.
OWN_APPS = ("kb", "treatments", "symptoms")


class ETagMiddleware:
    """Middleware: every answer of the API tells its version; one that has not changed is not sent again."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path.startswith(API_PREFIX):
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return add_version_header(self.get_response(request), dataset_state().version)
        for _ in range(MAX_ATTEMPTS):
            now = dataset_state()
            response = self.answer(request, build_etag(request, etag_seed(request.path, now)))
            if response.streaming:
                spool_streaming_response(response)
            late = response.status_code == HTTPStatus.TOO_MANY_REQUESTS  # That holds whatever the data are.
            if late or now.mark == Revision.objects.current_mark():  # Else it may be of neither version.
                return add_version_header(response, now.version)
        told = errors.build_problem(
            request, HTTPStatus.SERVICE_UNAVAILABLE, "The data are being changed: ask again soon."
        )
        return add_version_header(errors.render_problem(request, told, {"Retry-After": "1"}), dataset_state().version)

    def answer(self, request, tag):
        """The answer, or that it has not changed; who shows a token is looked at first."""
        same = get_not_modified_response(request, tag) if request.headers.get("If-None-Match", "*") != "*" else None
        at_once = same if "Authorization" not in request.headers else None
        response = at_once or self.get_response(request)
        if at_once or is_cacheable(response):
            response = same or response
            kept = (
                {"no_cache": True} if request.path == FEED_PATH else {"public": True, "max_age": settings.CACHE_SECONDS}
            )
            response["ETag"] = tag
            patch_cache_control(response, **kept)
            patch_vary_headers(response, ["Accept"])
        return response


def get_not_modified_response(request, tag):
    """That nothing has changed, for who has what bears this tag; no other condition is looked at."""
    response = get_conditional_response(request, etag=tag)
    return response if isinstance(response, HttpResponseNotModified) else None


def is_cacheable(response):
    """Whether it is an answer from the data, which anybody may keep: no error, no page, and none that says how long."""
    if response.status_code != HTTPStatus.OK or "Cache-Control" in response:
        return False
    return not response["Content-Type"].startswith(PAGE_CONTENT_TYPES)


def etag_seed(path, now):
    """What an answer is made of: the data; the feed, every writing of them; the list of releases, each release too."""
    if path == FEED_PATH:
        return now.mark or ""  # What is changed and changed back is the same data, and two more events.
    newest = Release.objects.values_list("name", flat=True).first() if path == RELEASES_PATH else None
    return f"{now.version} {newest}" if newest else now.version


def build_etag(request, version):
    """The strong entity tag of an answer: another one for other data, another program or another question."""
    asked = [request.build_absolute_uri(), request.headers.get("Accept", "")]
    return f'"{hashlib.sha256(chr(10).join([version, code_digest(), *asked]).encode()).hexdigest()[:32]}"'


@lru_cache
def code_digest():
    """A digest of the program: what an earlier one answered is not taken for what this one would."""
    digest, files = hashlib.sha256(), [settings.BASE_DIR / "requirements.txt"]
    for app in OWN_APPS:
        files += [file for kind in ("*.py", "*.html") for file in (settings.BASE_DIR / app).rglob(kind)]
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def add_version_header(response, version):
    response.headers.setdefault(VERSION_HEADER, version)  # A release tells its own.
    return response


def spool_streaming_response(response):
    """Write a long answer to its end before any of it is sent: only then is it known to be of one version."""
    file = SpooledTemporaryFile(max_size=MAX_SPOOLED_BYTES)  # noqa: SIM115 - closed with the answer
    for part in response.streaming_content:
        file.write(part)
    response["Content-Length"] = file.tell()
    response.streaming_content = read_chunks(file)


def read_chunks(file):
    with file:
        file.seek(0)
        yield from iter(partial(file.read, CHUNK_BYTES), b"")
