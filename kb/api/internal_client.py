"""In-process client of the project's own API: calls a view directly, without network, host or middleware."""

from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import ResolverMatch, resolve
from django.utils.http import urlencode


class InternalRequest(WSGIRequest):
    """A GET request of the process to itself. It has no host, so that URLs built from it are paths, valid on any."""

    resolver_match: ResolverMatch

    def __init__(self, path: str, params: dict[str, Any]) -> None:
        query = urlencode(params, doseq=True)
        super().__init__({"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": BytesIO()})
        self.resolver_match = resolve(path)

    def build_absolute_uri(self, location: str | None = None) -> str:
        return location or self.get_full_path()


def get_internally(path: str, **params: Any) -> HttpResponse | StreamingHttpResponse:
    """Return the rendered response of the API at a path, with paths in place of absolute URLs. It is not throttled."""
    request = InternalRequest(path, params)
    match = request.resolver_match
    response: HttpResponse | StreamingHttpResponse = match.func(request, *match.args, **match.kwargs)
    if hasattr(response, "render"):
        response.render()
    return response
