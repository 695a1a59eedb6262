"""The public page of a record as it would be if a proposed content were published now."""

from io import BytesIO

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.urls import resolve, reverse

from kb.editorial.dry_run import dry_run
from kb.models import Passage

HOST_ENVIRON_KEYS = ["SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO"]


def render_preview(request, record, content, library=None):
    """The page that anybody would get, under a banner that says that it is not public.

    `record` is saved or, for what is new, a blank `Model()`; it is not touched. The public view answers, with the
    content written and rolled back: nothing stays behind. A record to be retired shows as its visitors would find it
    (410); a passage shows the page of its source. A content that may not become the record raises ValidationError.
    """
    with dry_run(record, content, library) as trial:
        page = render_public_page(request, trial.source if isinstance(trial, Passage) else trial)
    page["X-Robots-Tag"] = "noindex"
    page["Cache-Control"] = "no-store"
    return page


def render_public_page(request, record):
    """What a stranger is shown who asks this host for the page of a record; all of it, so that no query comes later."""
    path = reverse(f"explore:{record._meta.model_name}-detail", args=[record.slug])
    environ = {name: request.META[name] for name in HOST_ENVIRON_KEYS if name in request.META}
    environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", "HTTP_ACCEPT": "text/html"}
    asked = WSGIRequest(environ | {"wsgi.input": BytesIO(), "wsgi.url_scheme": request.scheme})
    asked.resolver_match = match = resolve(path)
    asked.is_preview = True  # The banner of explore/base.html.
    answer = match.func(asked, *match.args, **match.kwargs)
    if hasattr(answer, "render"):
        answer.render()
    return HttpResponse(answer.content, status=answer.status_code, content_type=answer["Content-Type"])
