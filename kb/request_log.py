"""The log of requests: one line each, with an identifier that all records of the request have."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path

from kb import metrics
from kb.utils.log_format import current_request_id

REQUEST_ID_HEADER = "X-Request-ID"
VALID_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
PROBE_PATHS = ("/health/live", "/health/ready", "/metrics")
logger = logging.getLogger("kb.access")


def request_log_middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware: give the request an identifier, and log and measure it when its response is ready."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        started, request_id = time.perf_counter(), choose_request_id(request)
        token = current_request_id.set(request_id)
        try:
            response = get_response(request)
            response[REQUEST_ID_HEADER] = request_id
            seconds = time.perf_counter() - started
            metrics.observe_request(describe_route(request), request.method or "", response.status_code, seconds)
            log_request(request, response, seconds)
            return response
        finally:
            current_request_id.reset(token)

    return middleware


def choose_request_id(request: HttpRequest) -> str:
    """Return the identifier that a proxy has sent, if it is 8 to 64 letters, digits, `.`, `_` or `-`, or a new one."""
    sent = request.headers.get(REQUEST_ID_HEADER, "")
    return sent if VALID_REQUEST_ID.fullmatch(sent) else uuid4().hex


def describe_route(request: HttpRequest) -> str:
    """Return the pattern of the URL, or what the path begins with where no view was reached (304, files, redirects)."""
    if request.resolver_match:
        return request.resolver_match.route or "/"
    prefixes = (settings.STATIC_URL, "/api/", "/explore/", "/admin/", *PROBE_PATHS)
    return next((f"{prefix}*" for prefix in prefixes if request.path_info.startswith(prefix)), "*")


def log_request(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Log the line of a request; of its query only the names, since the values can be a person's complaints."""
    level = logging.DEBUG if request.path_info.startswith(PROBE_PATHS) else logging.INFO
    if not logger.isEnabledFor(level):
        return
    size = len(response.content) if isinstance(response, HttpResponse) else response.get("Content-Length", "-")
    details = {
        "method": request.method,
        "path": escape_uri_path(request.path),
        "parameters": list_parameters(request),
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "bytes": int(size) if size != "-" else None,
    }
    names = f"?{'&'.join(details['parameters'])}" if details["parameters"] else ""
    line = "%(method)s %(path)s{} %(status)s %(ms)s ms %(bytes)s bytes".format(names.replace("%", "%%"))
    logger.log(level, line, details, extra=details)


def list_parameters(request: HttpRequest) -> list[str]:
    """Return the names of the parameters of a request, cut where they are long or many; none where Django refuses."""
    try:
        return sorted(escape_uri_path(name)[:50] for name in request.GET)[:20]
    except TooManyFieldsSent:
        return []
