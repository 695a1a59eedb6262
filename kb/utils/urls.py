"""Where things are found."""

from django.urls import reverse


def build_url(name, *args, request=None):
    """The address of a view: whole, where it is told to whoever asks this host; else a path, good on any host."""
    path = reverse(name, args=args)
    return request.build_absolute_uri(path) if request else path
