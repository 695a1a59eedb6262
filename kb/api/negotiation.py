"""Which format an answer is given in: that of `format`, else the best that the Accept header takes."""

from contextlib import suppress

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer

from kb.utils.fuzzy import closest_match


class ContentNegotiation(DefaultContentNegotiation):
    """A format that an address does not have is refused, naming those that it has."""

    def select_renderer(self, request, renderers, format_suffix=None):
        if request.method == "OPTIONS":  # What an address is for, not what it answers: that has one format.
            return JSONRenderer(), JSONRenderer.media_type
        if named := request.query_params.get("format"):  # Whoever asks from a browser cannot choose what it accepts.
            renderer, *_ = self.filter_renderers(renderers, named)
            return renderer, renderer.media_type
        media_type, taken = select_media_type(request, [renderer.media_type for renderer in renderers])
        if taken is None:
            raise NotAcceptable(available_renderers=renderers)
        renderer = next(renderer for renderer in renderers if renderer.media_type == media_type)
        return renderer, ";".join([renderer.media_type, *(f"{name}={value}" for name, value in taken.params.items())])

    def filter_renderers(self, renderers, format):
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            raise unknown_format_error(format, {renderer.format for renderer in renderers})
        return found


def unknown_format_error(named, known):
    """The refusal of a format that an address does not have, with those that it has."""
    from kb.api.exceptions import InvalidParameters  # Here, since the views that it is made of look for this module.

    words = f"“{named:.40}” is no format of this address; there are: {', '.join(sorted(known)) or 'none'}."
    return InvalidParameters([{"parameter": "format", "detail": words, "nearest": closest_match(named, known)}])


def select_media_type(request, media_types):
    """The one of these media types that the Accept header takes best (of equals, the first), and as what; or none."""
    ranges = [*parse_media_ranges(DefaultContentNegotiation().get_accept_list(request))]
    found = [(media_type, taken) for media_type in media_types if (taken := match_media_range(media_type, ranges))]
    return max(found, key=lambda pair: (pair[1].quality, pair[1].specificity), default=(None, None))


def parse_media_ranges(tokens):
    """The parts of an Accept header; what cannot be read takes nothing."""
    for token in tokens:
        with suppress(ValueError):
            yield MediaType(token)


def match_media_range(media_type, ranges):
    """The part of an Accept header that speaks of a media type, the most exact; nothing where that refuses it."""
    speaking = [found for found in ranges if found.match(media_type)]
    taken = max(speaking, key=lambda found: (found.specificity, found.quality), default=None)
    return taken if taken and taken.quality else None
