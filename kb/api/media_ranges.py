"""The media ranges of an Accept header, read without trust: what cannot be parsed is skipped."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from django.http.request import HttpRequest, MediaType


def parse_media_ranges(tokens: Iterable[str]) -> Iterator[MediaType]:
    """Yield the media ranges of an Accept header; those that cannot be parsed are skipped."""
    for token in tokens:
        with suppress(ValueError):
            yield MediaType(token)


def list_media_ranges(request: HttpRequest) -> list[MediaType]:
    """Return the media ranges of the Accept header of a request; without one, any type is accepted."""
    return [*parse_media_ranges(request.headers.get("Accept", "*/*").split(","))]
