"""What changed is read as a feed of news, and as a page."""

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
    """The same as a feed."""

    @pytest.fixture
    def read_feed(self, api):
        """Read the feed as a reader of news does."""

        def read_feed(query="format=atom", **headers):
            answer = api.get(f"/api/v1/changes/?{query}", **headers)
            assert (answer.status_code, answer["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
            parsed = feedparser.parse(answer.content, response_headers={"content-type": answer["Content-Type"]})
            assert (parsed.bozo, parsed.version) == (False, "atom10")
            return parsed

        return read_feed

    def test_is_a_feed_that_says_what_it_is(self, get_events, read_feed):
        found = read_feed().feed
        assert found.title == "What changed: Bone and joint pain in cancer: a knowledge base"
        assert "not medical advice" in found.subtitle
        assert found.id == "http://testserver/explore/changes/"
        links = {link.rel: link.href for link in found.links}
        assert links == {
            "alternate": "http://testserver/explore/changes/",
            "self": "http://testserver/api/v1/changes/?format=atom",
        }
        assert read_feed("format=atom&event=retired&page_size=5").feed.id.endswith("/explore/changes/?event=retired")

    def test_its_entries_lead_to_the_pages_and_say_what_and_why(
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

    def test_what_is_removed_leads_to_what_is_told_of_it(self, universe, get_events, read_feed, api):
        Treatment.objects.get(slug="other").delete()
        page = api.get(read_feed().entries[0].link)
        assert page.status_code == 200
        assert "Other" in page.content.decode()

    def test_has_every_element_that_the_standard_demands_once(self, get_events, api):
        make_event(DAY)
        root = ElementTree.fromstring(api.get("/api/v1/changes/?format=atom").content)  # noqa: S314
        for element in (root, root.find(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"{ATOM}{name}")) == 1
        assert root.find(f"{ATOM}author/{ATOM}name").text
        assert root.find(f"{ATOM}updated").text == "2026-03-01T12:00:00+00:00"

    def test_where_it_is_empty_it_stays_the_same_under_one_tag(self, get_events, api):
        def updated(query):
            answer = api.get(f"/api/v1/changes/?format=atom&{query}")
            return answer["ETag"], ElementTree.fromstring(answer.content).find(f"{ATOM}updated").text  # noqa: S314

        assert updated("event=removed") == updated("event=removed")
        make_event(DAY)
        for query in ("event=removed", "since=2999-01-01"):
            assert updated(query)[1] == "2026-03-01T12:00:00+00:00"

    def test_holds_any_words_as_they_are_and_no_character_that_xml_has_not(self, get_events, read_feed):
        make_event(DAY, why="a < b & c\x0b\ud7ff\ufffe“ü” <script>alert(1)</script>")
        (entry,) = read_feed().entries
        assert "<script" not in entry.summary
        assert "a &lt; b &amp; c" in entry.summary
        assert "“ü”" in entry.summary

    def test_is_given_to_who_accepts_it_and_in_pages(self, get_events, read_feed):
        for number in range(3):
            make_event(DAY, f"s-{number}")
        found = read_feed("page_size=1&page=2", headers={"accept": "application/atom+xml"})
        links = {link.rel: link.href for link in found.feed.links}
        assert "page=3" in links["next"]
        assert links["previous"].endswith("?page_size=1")

    def test_is_found_from_the_pages(self, get_events, api):
        for path in ("/", "/explore/changes/"):
            assert 'type="application/atom+xml"' in api.get(path).content.decode()

    def test_a_wrong_question_is_told_as_everywhere(self, get_events, api):
        answer = api.get("/api/v1/changes/?format=atom&since=now")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


class TestPage:
    """The same for people."""

    def test_tells_each_with_what_why_and_where(self, statement, submitted_change, users, get_events, api):
        approve(users["reviewer"], submitted_change, submitted_change.lock)
        SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=statement)
        Treatment.objects.get(slug="other").delete()
        html = api.get("/explore/changes/").content.decode()
        for words in (
            'href="/explore/side-effects/class-bone/"',
            "Line 2 says so.",
            "Changed: frequency.",
            "In its place stands",
        ):
            assert words in html
        assert 'href="/explore/treatments/other/"' not in html
        only = api.get("/explore/changes/?event=removed").content.decode()
        assert "Other" in only
        assert "class-bone" not in only

    def test_says_so_where_nothing_happened_and_what_was_wrong(self, get_events, api):
        assert "Nothing is told" in api.get("/explore/changes/?since=2999-01-01").content.decode()
        assert "is no date" in api.get("/explore/changes/?since=soon").content.decode()
