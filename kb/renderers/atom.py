"""The Atom renderer (RFC 4287) of public events, for feed readers."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from rest_framework.renderers import BaseRenderer

from kb.choices import EventKind
from kb.dataset.metadata import DISCLAIMER, LICENCE, NAME
from kb.models import Event
from kb.utils.urls import build_url
from kb.validators import replace_invalid_xml

PAGING_PARAMS = {"page", "page_size", "format"}  # Query parameters that do not identify the feed.


class PagedFeed(Atom1Feed):
    """An Atom feed with links between its pages (RFC 5005)."""

    def latest_post_date(self):
        """Return the time of the newest entry; of an empty feed, that of the newest event."""
        if self.items:
            return super().latest_post_date()
        return Event.objects.values_list("at", flat=True).first() or datetime.fromtimestamp(0, UTC)

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        for rel in ("next", "previous"):
            if self.feed[rel]:
                handler.addQuickElement("link", "", {"rel": rel, "href": self.feed[rel]})


class AtomRenderer(BaseRenderer):
    """Renders a page of events as a feed, each entry linked to the page of its record."""

    media_type = "application/atom+xml"
    format = "atom"
    needs_all_fields = True
    charset = "utf-8"

    @classmethod
    def describe_response(cls, schema):
        return {"type": "string"}, "The same page as an Atom feed (RFC 4287), each event an entry of it.", None

    def render(self, data, accepted_media_type=None, renderer_context=None):
        request = renderer_context["request"]
        pages = build_url("explore:changes", request=request)
        params = {name: values for name, values in request.query_params.lists() if name not in PAGING_PARAMS}
        feed = PagedFeed(
            title=f"What changed: {NAME}",
            subtitle=DISCLAIMER,
            description=None,
            language="en-GB",
            link=f"{pages}?{urlencode(params, doseq=True)}" if params else pages,
            feed_url=request.build_absolute_uri(),
            author_name=NAME,
            feed_copyright=LICENCE,
            next=data["next"],
            previous=data["previous"],
        )
        for event in data["results"]:
            feed.add_item(**self.build_entry(event, pages))
        return feed.writeString("utf-8").encode()

    def build_entry(self, event, pages):
        """Return the fields of a feed entry. Events never change, so an entry was updated when it was published."""
        is_removed = event["event"] == EventKind.REMOVED
        query = urlencode({"kind": event["kind"], "slug": event["slug"]})
        return {
            "title": f"{event['event'].capitalize()}: {replace_invalid_xml(event['name'])}",
            "link": f"{pages}?{query}" if is_removed else event["url"].replace("/api/v1/", "/explore/", 1),
            "unique_id": f"urn:uuid:{event['id']}",
            "pubdate": parse_datetime(event["at"]),
            "updateddate": parse_datetime(event["at"]),
            "categories": [event["event"], event["kind"]],
            "description": "".join(
                f"<p>{escape(replace_invalid_xml(sentence))}</p>" for sentence in self.describe_event(event)
            ),
        }

    def describe_event(self, event):
        """Yield the sentences of the description of an entry."""
        if event["fields"]:
            yield f"Changed: {', '.join(event['fields'])}."
        if replacement := event["replaced_by"]:
            yield f"In its place stands: {replacement['name']}"
        if event["why"]:
            yield f"Why: {event['why']}"
