"""The change feed as Atom and as an HTML page."""

from datetime import datetime
from xml.etree import ElementTree

import feedparser
import pytest

from kb.editorial.review import approve
from symptoms.models import SideEffect
from tests.helpers.events import DAY, make_event
from tests.helpers.events import get_events as get_events
from treatments.models import Treatment

ATOM = "{http://www.w3.org/2005/Atom}"


class TestAtom:
    """The Atom feed, as a feed reader sees it."""

    @pytest.fixture
    def read_feed(self, api):
        """Parse the feed as a feed reader does."""

        def read_feed(query="format=atom", **headers):
            response = api.get(f"/api/v1/changes/?{query}", **headers)
            assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
            parsed = feedparser.parse(response.content, response_headers={"content-type": response["Content-Type"]})
            assert (parsed.bozo, parsed.version) == (False, "atom10")
            return parsed

        return read_feed

    def test_the_feed_has_title_subtitle_and_links(self, get_events, read_feed):
        feed = read_feed().feed
        assert feed.title == "What changed: Bone and joint pain in cancer: a knowledge base"
        assert "not medical advice" in feed.subtitle
        assert feed.id == "http://testserver/explore/changes/"
        links = {link.rel: link.href for link in feed.links}
        assert links == {
            "alternate": "http://testserver/explore/changes/",
            "self": "http://testserver/api/v1/changes/?format=atom",
        }
        assert read_feed("format=atom&event=retired&page_size=5").feed.id.endswith("/explore/changes/?event=retired")

    def test_entries_link_to_pages_and_state_change_and_reason(
        self, statement, submitted_change, users, get_events, read_feed, api
    ):
        approve(users["reviewer"], submitted_change, submitted_change.lock)
        (entry,), (event,) = read_feed().entries, get_events()
        assert entry.id == f"urn:uuid:{event['id']}"
        assert entry.title == "Changed: class-bone."
        assert entry.link == "http://testserver/explore/side-effects/class-bone/"
        assert api.get(entry.link).status_code == 200
        assert entry.summary == "<p>Changed: frequency.</p><p>Why: Line 2 says so.</p>"
        assert [tag.term for tag in entry.tags] == ["changed", "side-effects"]
        assert entry.updated == entry.published
        assert datetime.fromisoformat(entry.updated).replace(microsecond=0) == datetime.fromisoformat(
            event["at"]
        ).replace(microsecond=0)

    def test_an_entry_of_a_removed_record_links_to_its_events(self, universe, get_events, read_feed, api):
        Treatment.objects.get(slug="other").delete()
        page = api.get(read_feed().entries[0].link)
        assert page.status_code == 200
        assert "Other" in page.content.decode()

    def test_every_required_element_occurs_once(self, get_events, api):
        make_event(DAY)
        root = ElementTree.fromstring(api.get("/api/v1/changes/?format=atom").content)  # noqa: S314
        for element in (root, root.find(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"{ATOM}{name}")) == 1
        assert root.find(f"{ATOM}author/{ATOM}name").text
        assert root.find(f"{ATOM}updated").text == "2026-03-01T12:00:00+00:00"

    def test_an_empty_feed_has_a_stable_etag(self, get_events, api):
        def get_etag_and_updated(query):
            response = api.get(f"/api/v1/changes/?format=atom&{query}")
            return response["ETag"], ElementTree.fromstring(response.content).find(f"{ATOM}updated").text  # noqa: S314

        assert get_etag_and_updated("event=removed") == get_etag_and_updated("event=removed")
        make_event(DAY)
        for query in ("event=removed", "since=2999-01-01"):
            assert get_etag_and_updated(query)[1] == "2026-03-01T12:00:00+00:00"

    def test_text_is_escaped_and_invalid_characters_are_removed(self, get_events, read_feed):
        make_event(DAY, why="a < b & c\x0b\ud7ff\ufffe“ü” <script>alert(1)</script>")
        (entry,) = read_feed().entries
        assert "<script" not in entry.summary
        assert "a &lt; b &amp; c" in entry.summary
        assert "“ü”" in entry.summary

    def test_the_feed_is_negotiated_and_paged(self, get_events, read_feed):
        for number in range(3):
            make_event(DAY, f"s-{number}")
        parsed = read_feed("page_size=1&page=2", headers={"accept": "application/atom+xml"})
        links = {link.rel: link.href for link in parsed.feed.links}
        assert "page=3" in links["next"]
        assert links["previous"].endswith("?page_size=1")

    def test_the_pages_link_to_the_feed(self, get_events, api):
        for path in ("/", "/explore/changes/"):
            assert 'type="application/atom+xml"' in api.get(path).content.decode()

    def test_an_invalid_parameter_answers_with_a_problem(self, get_events, api):
        response = api.get("/api/v1/changes/?format=atom&since=now")
        assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


class TestPage:
    """The HTML page of changes."""

    def test_the_page_shows_each_change_with_reason_and_link(self, statement, submitted_change, users, get_events, api):
        approve(users["reviewer"], submitted_change, submitted_change.lock)
        SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=statement)
        Treatment.objects.get(slug="other").delete()
        html = api.get("/explore/changes/").content.decode()
        for text in (
            'href="/explore/side-effects/class-bone/"',
            "Line 2 says so.",
            "Changed: frequency.",
            "In its place stands",
        ):
            assert text in html
        assert 'href="/explore/treatments/other/"' not in html
        filtered_html = api.get("/explore/changes/?event=removed").content.decode()
        assert "Other" in filtered_html
        assert "class-bone" not in filtered_html

    def test_the_page_reports_no_changes_and_errors(self, get_events, api):
        assert "Nothing is told" in api.get("/explore/changes/?since=2999-01-01").content.decode()
        assert "is no date" in api.get("/explore/changes/?since=soon").content.decode()
