"""URLs of views by name, absolute or as paths."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, get_resolver, get_script_prefix, reverse

KEY_PATTERN = re.compile(r"[0-9]{1,18}")


def build_url(name: str, *args: Any, request: HttpRequest | None = None) -> str:
    """Return the URL of a view: absolute, on the host of `request`, if it is given; else a path, valid on any host."""
    path = build_path(name, args, get_script_prefix())
    return request.build_absolute_uri(path) if request else path


@lru_cache(maxsize=20_000)
def build_path(name: str, args: tuple[Any, ...], script_prefix: str) -> str:
    """Return the path of a view; `script_prefix` is where the site begins, on which it depends."""
    return reverse(name, args=args)


def build_form_url(record: Model) -> str:
    """Return the path of the admin form of a record, or of the page on which a change or a batch is decided."""
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk])


def is_key(text: str) -> bool:
    """Return whether a text in an address can be a primary key; a database refuses what is none."""
    return KEY_PATTERN.fullmatch(text) is not None


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
