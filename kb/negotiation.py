"""Which format an answer is given in: that of `format`, else the best that the Accept header takes."""

from django.http.request import MediaType
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer

from kb.names import nearest


class Negotiation(DefaultContentNegotiation):
    """A format that an address does not have is refused, naming those that it has."""

    def select_renderer(self, request, renderers, format_suffix=None):
        if request.method == "OPTIONS":  # What an address is for, not what it answers: that has one format.
            return JSONRenderer(), JSONRenderer.media_type
        if named := request.query_params.get("format"):  # Whoever asks from a browser cannot choose what it accepts.
            renderer, *_ = self.filter_renderers(renderers, named)
            return renderer, renderer.media_type
        ranges = [MediaType(token) for token in self.get_accept_list(request)]
        found = [(taken, renderer) for renderer in renderers if (taken := taken_as(renderer.media_type, ranges))]
        if not found:
            raise NotAcceptable(available_renderers=renderers)
        taken, renderer = max(found, key=lambda pair: (pair[0].quality, pair[0].specificity))  # Of equals, our first.
        return renderer, ";".join([renderer.media_type, *(f"{name}={value}" for name, value in taken.params.items())])

    def filter_renderers(self, renderers, format):
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            raise no_such_format(format, {renderer.format for renderer in renderers})
        return found


def no_such_format(named, known):
    """The refusal of a format that an address does not have, with those that it has."""
    from kb.errors import BadParameters  # Here, since the views that it is made of look for this module.

    words = f"“{named}” is no format of this address; there are: {', '.join(sorted(known))}."
    return BadParameters([{"parameter": "format", "detail": words, "nearest": nearest(named, known)}])


def taken_as(media_type, ranges):
    """The part of an Accept header that speaks of a media type, the most exact; nothing where that refuses it."""
    speaking = [found for found in ranges if found.match(media_type)]
    taken = max(speaking, key=lambda found: (found.specificity, found.quality), default=None)
    return taken if taken and taken.quality else None
