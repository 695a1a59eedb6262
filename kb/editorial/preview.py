"""Preview: the public page of a record as it would be with proposed content."""

from io import BytesIO

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse

from kb.editorial.dry_run import dry_run
from kb.editorial.snapshot import Content, NaturalKeyResolver
from kb.models import Passage, Record, VersionedRecord

HOST_ENVIRON_KEYS = ["SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO"]


class PreviewRequest(WSGIRequest):
    """A request for a preview."""

    is_preview = True  # Read by explore/base.html to show the banner.


def render_preview(
    request: HttpRequest, record: VersionedRecord, content: Content, resolver: NaturalKeyResolver | None = None
) -> HttpResponse:
    """Return the public page of the record with this content, under a banner that says it is not public.

    `record` is a saved record or a blank `Model()`; it is not touched. The public view renders the page inside a dry
    run. A retired record shows the page of its public URL (410), a passage the page of its source. Raise
    ValidationError if the content may not become the record.
    """
    with dry_run(record, content, resolver) as candidate:
        page = render_public_page(request, candidate.source if isinstance(candidate, Passage) else candidate)
    page["X-Robots-Tag"] = "noindex"
    page["Cache-Control"] = "no-store"
    return page


def render_public_page(request: HttpRequest, record: Record) -> HttpResponse:
    """Return the page of a record as an anonymous client gets it from this host, rendered before the dry run ends."""
    path = reverse(f"explore:{record._meta.model_name}-detail", args=[record.slug])
    environ = {name: request.META[name] for name in HOST_ENVIRON_KEYS if name in request.META}
    environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_ACCEPT": "text/html"}
    public_request = PreviewRequest(environ | {"wsgi.input": BytesIO(), "wsgi.url_scheme": request.scheme})
    public_request.resolver_match = match = resolve(path)
    response = match.func(public_request, *match.args, **match.kwargs)
    if hasattr(response, "render"):
        response.render()
    return HttpResponse(response.content, status=response.status_code, content_type=response["Content-Type"])
