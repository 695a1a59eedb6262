"""Where things are found."""

from django.urls import URLResolver, get_resolver, reverse


def build_url(name, *args, request=None):
    """The address of a view: whole, where it is told to whoever asks this host; else a path, good on any host."""
    path = reverse(name, args=args)
    return request.build_absolute_uri(path) if request else path


def iter_api_view_classes(patterns=None):
    """Yield the class of each class-based view, in the order of the routes; of all routes unless patterns are given.

    Routes in a namespace (the admin, the pages under /explore/) are left out.
    """
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace is None:
                yield from iter_api_view_classes(pattern.url_patterns)
        elif view_class := getattr(pattern.callback, "cls", None):
            yield view_class
