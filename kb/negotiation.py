"""Which format an answer is given in: that of `format`, else the best that the Accept header takes."""

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
        return super().select_renderer(request, renderers, format_suffix)

    def filter_renderers(self, renderers, format):
        from kb.errors import BadParameters  # Here, since the views that it is made of look for this module.

        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            known = sorted({renderer.format for renderer in renderers})
            words = f"“{format}” is no format of this address; there are: {', '.join(known)}."
            raise BadParameters([{"parameter": "format", "detail": words, "nearest": nearest(format, known)}])
        return found
