"""URLs of views by name, absolute or as paths."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver, reverse


def build_url(name: str, *args: Any, request: HttpRequest | None = None) -> str:
    """Return the URL of a view: absolute, on the host of `request`, if it is given; else a path, valid on any host."""
    path = reverse(name, args=args)
    return request.build_absolute_uri(path) if request else path


def iter_api_view_classes(patterns: Sequence[URLPattern | URLResolver] | None = None) -> Iterator[type]:
    """Yield the class of each class-based view, in the order of the routes; of all routes unless patterns are given.

    Routes in a namespace (the admin, the pages under /explore/) are left out.
    """
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace is None:
                yield from iter_api_view_classes(pattern.url_patterns)
        elif view_class := getattr(pattern.callback, "cls", None):
            yield view_class
