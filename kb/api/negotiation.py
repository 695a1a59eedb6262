"""Content negotiation: the format of a response, by the `format` parameter, else by the Accept header."""

from collections.abc import Collection, Iterable

from django.http.request import HttpRequest, MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer

from kb.api.exceptions import InvalidParameters
from kb.api.fhir import (
    FHIR_MEDIA_TYPE,
    FHIR_VERSION,
    is_fhir_version_accepted,
    is_other_fhir_version_requested,
)
from kb.api.media_ranges import list_media_ranges
from kb.utils.fuzzy import closest_match

OTHER_FHIR_VERSION = f"FHIR is spoken here in {FHIR_VERSION} (R5) alone: ask for fhirVersion=5.0."


class ContentNegotiation(DefaultContentNegotiation):
    """Chooses a renderer; an unknown format is refused with the list of the formats that the URL has."""

    def select_renderer(self, request, renderers, format_suffix=None):
        if request.method == "OPTIONS":  # Metadata about the URL, which are only given in JSON.
            return JSONRenderer(), JSONRenderer.media_type
        if requested := request.query_params.get(
            "format"
        ):  # First, since people cannot set what their browser accepts.
            renderer, *_ = self.filter_renderers(renderers, requested)
            return renderer, renderer.media_type
        media_type, media_range = select_media_type(request, [renderer.media_type for renderer in renderers])
        if media_range is None:
            detail = OTHER_FHIR_VERSION if is_other_fhir_version_requested(request) else None
            raise NotAcceptable(detail, available_renderers=renderers)
        renderer = next(renderer for renderer in renderers if renderer.media_type == media_type)
        params = [f"{name}={value}" for name, value in media_range.params.items()]
        return renderer, ";".join([renderer.media_type, *params])

    def filter_renderers(self, renderers, format):
        matches = [renderer for renderer in renderers if renderer.format == format]
        if not matches:
            raise unknown_format_error(format, {renderer.format for renderer in renderers})
        return matches


def unknown_format_error(requested: str, available: Collection[str]) -> InvalidParameters:
    """Return the exception for a format that a URL does not have; it lists the available ones."""
    detail = f"“{requested:.40}” is no format of this address; there are: {', '.join(sorted(available)) or 'none'}."
    nearest = closest_match(requested, available)
    return InvalidParameters([{"parameter": "format", "detail": detail, "nearest": nearest}])


def select_media_type(request: HttpRequest, media_types: Iterable[str]) -> tuple[str | None, MediaType | None]:
    """Return the media type that the Accept header prefers (of equals, the first), and the range that it matches.

    Both are None if the header accepts none of them.
    """
    ranges = list_media_ranges(request)
    matches = [(media_type, match) for media_type in media_types if (match := match_media_range(media_type, ranges))]
    return max(matches, key=lambda pair: (pair[1].quality, pair[1].specificity), default=(None, None))


def match_media_range(media_type: str, ranges: Iterable[MediaType]) -> MediaType | None:
    """Return the most specific range that matches a media type; None if there is none, or if its quality is zero."""
    matches = [media_range for media_range in ranges if media_range.match(media_type)]
    if media_type == FHIR_MEDIA_TYPE:
        matches = [*filter(is_fhir_version_accepted, matches)]
    best = max(matches, key=lambda media_range: (media_range.specificity, media_range.quality), default=None)
    return best if best and best.quality else None
