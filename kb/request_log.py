"""The log of requests: one line each, with an identifier that all records of the request have and the answer tells."""

import logging
import re
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import lru_cache
from os import urandom
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from kb import metrics
from kb.utils.log_format import current_request_id, write_access_line

REQUEST_ID_HEADER = "X-Request-ID"
VALID_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
VALID_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,29}")
PROBE_PATHS = ("/health/live", "/health/ready", "/metrics")
MAX_PARAMETERS = 20
access_logger, logger = logging.getLogger("kb.access"), logging.getLogger(__name__)
database_times: ContextVar[list[float] | None] = ContextVar("database_times", default=None)
Environ = dict[str, Any]


class RequestLog:
    """A WSGI application around another: it gives each request an identifier, and logs it when its response is ready.

    It stands around the response cache, so that what that sends has both as well; it is on the way of every request,
    and takes some microseconds.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        started, request_id, times = time.perf_counter(), choose_request_id(environ), []
        tokens = current_request_id.set(request_id), database_times.set(times)
        status, headers = "500", []

        def start(*response: Any) -> Any:
            nonlocal status, headers
            status, headers, *rest = response
            return start_response(status, [*headers, (REQUEST_ID_HEADER, request_id)], *rest)

        try:
            try:
                body = self.application(environ, start)
            except Exception:
                logger.exception("This request could not be answered.")
                body = [f"Something went wrong on our side. The reference is {request_id}.\n".encode()]
                start("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")])
            level = logging.DEBUG if environ["PATH_INFO"].startswith(PROBE_PATHS) else logging.INFO
            if access_logger.isEnabledFor(level):
                size = sum(map(len, body)) if type(body) is list else find_content_length(headers)
                log_request(level, environ, int(status[:3]), time.perf_counter() - started, sum(times), size)
            return body
        finally:
            current_request_id.reset(tokens[0])
            database_times.reset(tokens[1])


def choose_request_id(environ: Environ) -> str:
    """Return the identifier that a proxy has sent, if it is 8 to 64 letters, digits, `.`, `_` or `-`, or a new one."""
    sent = environ.get("HTTP_X_REQUEST_ID")
    return sent if sent and VALID_REQUEST_ID.fullmatch(sent) else urandom(16).hex()


def find_content_length(headers: list[tuple[str, str]]) -> int | None:
    """Return how many bytes a response has, if its headers tell."""
    return next((int(value) for name, value in headers if name.lower() == "content-length"), None)


def log_request(
    level: int, environ: Environ, status: int, seconds: float, database_seconds: float, size: int | None
) -> None:
    """Log the line of a request; of its query only the names: the values can be a person's complaints."""
    method, path, milliseconds = (
        environ["REQUEST_METHOD"][:20],
        escape_path(environ["PATH_INFO"]),
        round(seconds * 1000, 1),
    )
    parameters = list_parameters(environ["QUERY_STRING"])
    names = f"?{'&'.join(parameters)}" if parameters else ""
    details = {
        "method": method,
        "path": path,
        "parameters": parameters,
        "status": status,
        "ms": milliseconds,
        "database_ms": round(database_seconds * 1000, 1),
        "bytes": size,
    }
    write_access_line(level, f"{method} {path}{names} {status} {milliseconds} ms {size} bytes", details)


@lru_cache(maxsize=1000)
def escape_path(path: str) -> str:
    """Return a path (of WSGI, whose characters are bytes) as it stands in a URL."""
    return quote(path.encode("latin-1", "replace"), safe="/~:@!$&'()*+,;=")


@lru_cache(maxsize=1000)
def list_parameters(query: str) -> list[str]:
    """Return the names of the parameters of a query; what does not look like one can be what somebody typed."""
    names = {name for name, is_given, _ in (part.partition("=") for part in query.split("&")) if is_given}
    return sorted({name if VALID_PARAMETER.fullmatch(name) else "…" for name in names})[:MAX_PARAMETERS]


def measure_query(execute: Callable[..., Any], *arguments: Any) -> Any:
    """Add the time of a query to that of the request (a wrapper of Django's for queries)."""
    started = time.perf_counter()
    try:
        return execute(*arguments)
    finally:
        if (times := database_times.get()) is not None:
            times.append(time.perf_counter() - started)


def measure_queries(connection: Any, **arguments: Any) -> None:
    """Let the queries of a connection be measured."""
    if measure_query not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, measure_query)


def connect_signal_handlers() -> None:
    connection_created.connect(measure_queries)


def metrics_middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware: measure what reaches Django, by the pattern of its address."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - started
        metrics.observe_request(describe_route(request), request.method or "", response.status_code, seconds)
        return response

    return middleware


def describe_route(request: HttpRequest) -> str:
    """Return the pattern of the URL, or what the path begins with where no view was reached (304, files, redirects)."""
    if request.resolver_match:
        return request.resolver_match.route or "/"
    prefixes = (settings.STATIC_URL, "/api/", "/explore/", "/admin/", *PROBE_PATHS)
    return next((f"{prefix}*" for prefix in prefixes if request.path_info.startswith(prefix)), "*")
