"""What the API answers, asked from inside: with addresses that are good on any host."""

from django.test import RequestFactory
from django.urls import resolve


def get_internally(path, **params):
    """The answer of the API at a path, rendered; its addresses are paths."""
    request = RequestFactory().get(path, params)
    request.build_absolute_uri = lambda location=None: location or request.get_full_path()
    found = resolve(path)
    request.resolver_match = found
    answer = found.func(request, *found.args, **found.kwargs)
    if hasattr(answer, "render"):
        answer.render()
    return answer


def read_body(answer):
    """All that an answer holds, in bytes."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content
