"""Slots for requests that may write: writers that wait for a lock never hold all threads of a process."""

from collections.abc import Callable
from http import HTTPStatus
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from kb.api.exceptions import render_failure

READING_METHODS = ("GET", "HEAD", "OPTIONS")
WAIT_SECONDS = 1


def write_slot_middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware: let one thread of a process fewer write than it has; whoever else writes is told to come again."""
    slots = BoundedSemaphore(settings.THREADS - 1)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method in READING_METHODS:
            return get_response(request)
        if not slots.acquire(timeout=WAIT_SECONDS):
            return refuse(request)
        try:
            return get_response(request)
        finally:
            slots.release()

    return middleware


def refuse(request: HttpRequest) -> HttpResponse:
    """Return 503: what others write takes long just now."""
    detail = "Others are writing, and this was not saved: send it again soon. What you typed is still in your browser."
    response = render_failure(request, HTTPStatus.SERVICE_UNAVAILABLE, detail)
    response["Retry-After"] = "5"
    return response
