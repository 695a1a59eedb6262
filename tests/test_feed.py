"""What the world is told of changes: all that it could see, once each, and nothing else."""

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from xml.etree import ElementTree

import feedparser
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from kb import feed
from kb.content import content_of
from kb.editing import Wish, begin, save
from kb.history import catch_up
from kb.models import Event, Passage, Version
from kb.review import approve, confirm
from symptoms.models import Guidance, SideEffect, Symptom
from treatments.models import Treatment

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def heard(universe, ask):
    """What was told since the universe was made, the newest first."""
    Event.objects.all().delete()

    def heard(**asked):
        return ask("changes/", **asked)["results"]

    return heard


@pytest.fixture
def told(heard):
    """The same, in short."""
    return lambda **asked: [(event["event"], event["slug"], event["fields"]) for event in heard(**asked)]


def happen(at, slug="thing", event="published", kind="symptoms", **more):
    """An event at a moment, whatever led to it."""
    return Event.objects.create(at=at, slug=slug, event=event, kind=kind, name=slug.capitalize(), **more)


def published(universe, slug="new", **fields):
    return universe.make(Symptom, slug, **fields)


class TestWhatIsTold:
    """Each event tells what an address answers from then on."""

    def test_a_record_that_becomes_public(self, universe, heard):
        published(universe, name="A new thing")
        (event,) = heard()
        assert {name: event[name] for name in ("event", "kind", "slug", "name", "fields", "replaced_by")} == {
            "event": "published",
            "kind": "symptoms",
            "slug": "new",
            "name": "A new thing",
            "fields": [],
            "replaced_by": None,
        }
        assert event["url"].endswith("/api/v1/symptoms/new/")
        assert event["at"].endswith("Z")

    def test_a_public_record_that_says_something_else_with_the_fields_that_changed(self, said, told):
        said.frequency, said.onset = "rare", "at once"
        said.save()
        assert told() == [("changed", "class-bone", ["frequency", "onset"])]

    def test_a_field_by_the_name_under_which_it_is_shown(self, universe, told):
        universe.say(Guidance, "advice", symptom=Symptom.objects.get(slug="pain"), kind="self-care")
        Event.objects.all().delete()
        Guidance.objects.update(symptom=None, treatment=Treatment.objects.get(slug="drug"))
        assert told() == [("changed", "advice", ["topic"])]

    def test_a_record_that_is_retired_and_what_stands_in_its_place(self, said, heard, ask):
        SideEffect.objects.filter(pk=said.pk).update(
            status="retired", replaced_by=SideEffect.objects.get(slug="loner-bone"), text="Not for the public any more."
        )
        (event,) = heard()
        assert (event["event"], event["name"]) == ("retired", "class-bone.")
        assert event["replaced_by"]["slug"] == "loner-bone"
        assert ask(event["url"].partition("/api/v1/")[2], status=410)["replaced_by"] == event["replaced_by"]["url"]

    def test_a_retired_record_once_more_when_another_stands_in_its_place_and_never_else(self, said, heard):
        for slug in ("loner-bone", "drug-joint"):
            SideEffect.objects.filter(pk=said.pk).update(
                status="retired", replaced_by=SideEffect.objects.get(slug=slug)
            )
        SideEffect.objects.filter(pk=said.pk).update(onset="whatever")
        assert [(e["event"], e["replaced_by"]["slug"], e["fields"], e["name"]) for e in heard()] == [
            ("retired", "drug-joint", ["replaced_by"], "class-bone."),
            ("retired", "loner-bone", [], "class-bone."),
        ]

    def test_no_draft_is_named_as_what_stands_in_its_place(self, said, universe, heard):
        SideEffect.objects.filter(slug="loner-bone").update(status="draft")
        SideEffect.objects.filter(pk=said.pk).update(
            status="retired", replaced_by=SideEffect.objects.get(slug="loner-bone")
        )
        assert heard()[0]["replaced_by"] is None

    def test_a_record_that_is_deleted(self, universe, heard):
        Treatment.objects.get(slug="other").delete()
        (event,) = heard()
        assert (event["event"], event["slug"], event["name"]) == ("removed", "other", "Other")

    def test_a_record_that_is_made_a_draft_again_without_what_it_says_then(self, universe, heard):
        Treatment.objects.filter(slug="other").update(status="draft", name="A secret", summary="A secret.")
        (event,) = heard()
        assert (event["event"], event["name"], event["fields"]) == ("removed", "Other", [])
        Treatment.objects.filter(slug="other").update(status="published")
        assert [e["name"] for e in heard()] == ["A secret", "Other"]

    def test_a_record_that_goes_after_it_was_retired_by_its_last_public_name(self, universe, heard):
        Treatment.objects.filter(slug="other").update(status="retired", name="A secret")
        Treatment.objects.get(slug="other").delete()
        assert [(e["event"], e["name"]) for e in heard()] == [("removed", "Other"), ("retired", "Other")]

    def test_a_slug_that_was_changed_past_the_editor_is_another_record(self, universe, told):
        Treatment.objects.filter(slug="other").update(slug="another")
        assert told() == [("published", "another", []), ("removed", "other", [])]

    def test_a_cited_place_that_is_written_anew_changes_the_published_statements_that_cite_it(self, universe, told):
        SideEffect.objects.filter(slug="drug-joint").update(status="draft")
        other = Passage.objects.create(source=universe.source, section="Other", first_line=5, last_line=6)
        SideEffect.objects.get(slug="loner-bone").citations.set([other])
        Event.objects.all().delete()
        Passage.objects.filter(pk=universe.passage.pk).update(section="Another heading")
        assert sorted(told()) == [
            ("changed", slug, ["citations"]) for slug in ("class-bone", "loner-helps", "medicine-joint")
        ]

    def test_a_place_that_nothing_cites_is_nothing(self, universe, told):
        place = Passage.objects.create(source=universe.source, section="Other", first_line=5, last_line=6)
        place.section = "Another"
        place.save()
        place.delete()
        assert told() == []

    def test_what_is_written_in_bulk(self, universe, told):
        drugs = [Treatment(slug=f"pill-{n}", name=f"Pill {n}", status="published") for n in range(3)]
        Treatment.objects.bulk_create([*drugs, Treatment(slug="hidden", name="Hidden")])
        Treatment.objects.filter(slug__startswith="pill").update(summary="A pill.")
        pills = [f"pill-{n}" for n in range(3)]
        assert told() == [
            *(("changed", slug, ["summary"]) for slug in reversed(pills)),
            *(("published", slug, []) for slug in reversed(pills)),
        ]

    def test_what_came_in_past_the_orm_once_it_is_noticed(self, universe, told):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE treatments_treatment SET summary = 'By SQL.' WHERE slug = 'other'")
        assert told() == []
        catch_up()
        catch_up()
        assert told() == [("changed", "other", ["summary"])]


class TestWhatIsNeverTold:
    """Drafts, people, and what is the editors' own."""

    def test_a_draft_however_often_it_is_written(self, universe, people, told, ask):
        draft = begin(Symptom, {"slug": "stiff", "name": "A secret"}, Wish(people["editor"], "A secret."))
        save(draft, content_of(draft) | {"summary": "More."}, Wish(people["editor"], "A secret."))
        Symptom.objects.get(slug="stiff").delete()
        assert told() == []
        assert "secret" not in json.dumps(list(Event.objects.values()), default=str)
        problem = ask("changes/", status=400, slug="stiff")
        assert problem["errors"][0]["parameter"] == "slug"

    def test_a_proposal_that_nobody_approved(self, told, change):
        assert told() == []

    def test_what_is_the_editors_own(self, said, told):
        SideEffect.objects.filter(pk=said.pk).update(review_due="2030-01-01")
        assert Version.objects.about(said).first().content["review_due"] == "2030-01-01"
        assert told() == []

    def test_who_wrote_it_and_who_approved_it(self, said, people, api):
        for number, user in enumerate(people.values()):
            user.username, user.email = f"zqx-{number}", f"zqx-{number}@example.org"
            user.save()
        change = save(said, content_of(said) | {"frequency": "rare"}, Wish(people["editor"], "Line 2.", send=True))
        approve(people["reviewer"], change, change.lock, remark="zqx")
        for path in ("/api/v1/changes/", "/api/v1/changes/?format=atom", "/explore/changes/"):
            answer = api.get(path).content.decode()
            assert "Line 2." in answer
            assert "zqx" not in answer
        assert {field.name for field in Event._meta.fields if field.is_relation} == set()


class TestReview:
    """What goes through the review is told once, as it is published, in the words of whoever proposed it."""

    def test_an_approval_is_one_event_with_its_authors_reason(self, heard, change, people):
        assert heard() == []
        approve(people["reviewer"], change, change.lock)
        (event,) = heard()
        assert (event["event"], event["fields"], event["why"]) == ("changed", ["frequency"], "Line 2 says so.")

    def test_a_new_record_is_told_when_it_is_published_with_the_reason_it_was_sent_with(self, people, universe, heard):
        draft = begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "Still thinking."))
        change = save(draft, content_of(draft), Wish(people["editor"], "It is spoken of.", send=True))
        approve(people["reviewer"], change, change.lock)
        assert [(e["event"], e["slug"], e["why"]) for e in heard()] == [("published", "stiff", "It is spoken of.")]

    def test_a_confirmation_tells_that_it_was_reviewed(self, said, people, heard):
        confirm(people["reviewer"], said)
        (event,) = heard()
        assert (event["fields"], event["why"]) == (["reviewed_on"], "Reviewed against its sources; it stands.")

    def test_what_is_rolled_back_was_never_told(self, universe, told):
        with transaction.atomic():
            published(universe)
            assert told() == [("published", "new", [])]
            transaction.set_rollback(True)
        assert told() == []

    def test_whoever_gives_a_reason_is_told_that_it_becomes_public(self, said, change, sit):
        for person, path in [
            ("editor", f"/admin/symptoms/sideeffect/{said.pk}/change/"),
            ("editor", "/admin/symptoms/sideeffect/import/"),
            ("editor", "/admin/symptoms/sideeffect/"),
        ]:
            assert "everybody can read it" in sit(person).get(path).content.decode(), path
        assert "public once approved" in sit("reviewer").get(f"/admin/kb/change/{change.pk}/change/").content.decode()


class TestAsking:
    """A list like the others: strict, in pages, in a fixed order."""

    def test_from_a_moment_on_it_included_to_another_not_included(self, told, ask):
        for hours in range(3):
            happen(DAY + timedelta(hours=hours), f"at-{hours}")
        assert [slug for _, slug, _ in told(since="2026-03-01T13:00:00Z")] == ["at-2", "at-1"]
        assert [slug for _, slug, _ in told(until="2026-03-01T13:00:00Z")] == ["at-0"]
        assert [slug for _, slug, _ in told(since="2026-03-01T14:00:00+01:00", until="2026-03-01T14:00:00Z")] == [
            "at-1"
        ]
        assert [len(told(since=day)) for day in ("2026-03-01", "2026-03-02")] == [3, 0]
        assert [event.slug for event in feed.events(DAY + timedelta(hours=2))] == ["at-2"]
        assert list(feed.events(DAY, DAY)) == []

    def test_by_event_kind_and_slug_each_given_twice_means_either(self, told):
        happen(DAY, "a")
        happen(DAY, "b", "removed", "sources")
        happen(DAY, "c", "retired", "treatments")
        assert [slug for _, slug, _ in told(event=["published", "removed"])] == ["b", "a"]
        assert [slug for _, slug, _ in told(kind=["sources", "treatments"])] == ["c", "b"]
        assert [slug for _, slug, _ in told(slug=["a", "c"])] == ["c", "a"]
        assert told(slug="a", event="removed") == []

    def test_what_happened_at_one_moment_has_a_fixed_order_over_all_pages(self, told, ask):
        keys = [str(happen(DAY, f"s-{number:02}").key) for number in range(7)]
        read, page = [], 1
        while page:
            answer = ask("changes/", page=page, page_size=3)
            read += [event["id"] for event in answer["results"]]
            page = page + 1 if answer["next"] else None
        assert read == keys[::-1]
        assert answer["count"] == 7

    def test_an_event_keeps_its_identifier(self, universe, heard):
        published(universe)
        (first,) = heard()
        Symptom.objects.get(slug="new").delete()
        assert heard()[1] == first

    @pytest.mark.parametrize(
        ("asked", "parameter", "nearest"),
        [
            ({"sinse": "2026-01-01"}, "sinse", "since"),
            ({"since": "yesterday"}, "since", None),
            ({"since": ["2026-01-01", "2026-01-02"]}, "since", None),
            ({"since": "2026-02-01", "until": "2026-01-01"}, "until", None),
            ({"until": ""}, "until", None),
            ({"event": "publishd"}, "event", "published"),
            ({"kind": "side-effect"}, "kind", "side-effects"),
            ({"kind": "passages"}, "kind", None),
            ({"slug": "thingy"}, "slug", "thing"),
            ({"page": "0"}, "page", None),
            ({"page_size": "201"}, "page_size", None),
            ({"format": "atm"}, "format", "atom"),
            ({"fields": "slug"}, "fields", None),
        ],
    )
    def test_what_is_not_understood_is_refused_with_the_nearest(self, heard, ask, asked, parameter, nearest):
        happen(DAY)
        problem = ask("changes/", status=400, **asked)
        assert problem["errors"][0] | {"detail": ""} == {"parameter": parameter, "detail": "", "nearest": nearest}

    def test_nothing_is_written_there(self, heard, api):
        for method in (api.post, api.put, api.patch, api.delete):
            assert method("/api/v1/changes/", {}, format="json").status_code == 405

    def test_takes_as_many_queries_for_many_as_for_few(self, universe, heard, api):
        heir = SideEffect.objects.get(slug="loner-bone")

        def cost():
            with CaptureQueriesContext(connection) as queries:
                assert api.get("/api/v1/changes/?page_size=200").status_code == 200
            return len(queries)

        happen(DAY, "first", "retired", "side-effects", heir=heir.slug)
        cost()  # The version of the data is worked out once.
        few = cost()
        for number in range(60):
            happen(DAY, f"s-{number}", "retired", "side-effects", heir=heir.slug)
        assert cost() == few <= 6

    def test_writing_takes_one_more_query_for_all_that_is_told(self, universe):
        with CaptureQueriesContext(connection) as queries:
            Treatment.objects.update(summary="Another.")
        assert len([q for q in queries if "kb_event" in q["sql"]]) == 1

    def test_is_not_sent_again_unless_something_happened_though_the_data_be_the_same(self, said, heard, ask, api):
        def poll(**headers):
            answer = api.get("/api/v1/changes/", headers=headers)
            return answer.status_code, answer["ETag"], answer["Cache-Control"], ask("")["data_version"]

        first = poll()
        assert poll(if_none_match=first[1]) == (304, *first[1:])
        for words in ("rare", "unstated"):
            SideEffect.objects.filter(pk=said.pk).update(frequency=words)
        again = poll(if_none_match=first[1])
        assert (again[0], again[2:]) == (200, ("no-cache", first[3]))
        assert again[1] != first[1]

    def test_stands_in_the_list_of_what_there_is(self, universe, ask):
        assert ask("")["changes"].endswith("/api/v1/changes/")
        assert "changes" not in {question["name"] for question in ask("")["questions"]}


class TestAtom:
    """The same as a feed."""

    @pytest.fixture
    def read(self, api):
        """Read the feed as a reader of news does."""

        def read(query="format=atom", **headers):
            answer = api.get(f"/api/v1/changes/?{query}", **headers)
            assert (answer.status_code, answer["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
            parsed = feedparser.parse(answer.content, response_headers={"content-type": answer["Content-Type"]})
            assert (parsed.bozo, parsed.version) == (False, "atom10")
            return parsed

        return read

    def test_is_a_feed_that_says_what_it_is(self, heard, read):
        found = read().feed
        assert found.title == "What changed: Bone and joint pain in cancer: a knowledge base"
        assert "not medical advice" in found.subtitle
        assert found.id == "http://testserver/explore/changes/"
        links = {link.rel: link.href for link in found.links}
        assert links == {
            "alternate": "http://testserver/explore/changes/",
            "self": "http://testserver/api/v1/changes/?format=atom",
        }
        assert read("format=atom&event=retired&page_size=5").feed.id.endswith("/explore/changes/?event=retired")

    def test_its_entries_lead_to_the_pages_and_say_what_and_why(self, said, change, people, heard, read, api):
        approve(people["reviewer"], change, change.lock)
        (entry,), (event,) = read().entries, heard()
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

    def test_what_is_removed_leads_to_what_is_told_of_it(self, universe, heard, read, api):
        Treatment.objects.get(slug="other").delete()
        page = api.get(read().entries[0].link)
        assert page.status_code == 200
        assert "Other" in page.content.decode()

    def test_has_every_element_that_the_standard_demands_once(self, heard, api):
        happen(DAY)
        root = ElementTree.fromstring(api.get("/api/v1/changes/?format=atom").content)  # noqa: S314
        for element in (root, root.find(f"{ATOM}entry")):
            for name in ("id", "title", "updated"):
                assert len(element.findall(f"{ATOM}{name}")) == 1
        assert root.find(f"{ATOM}author/{ATOM}name").text
        assert root.find(f"{ATOM}updated").text == "2026-03-01T12:00:00+00:00"

    def test_where_it_is_empty_it_stays_the_same_under_one_tag(self, heard, api):
        def updated(query):
            answer = api.get(f"/api/v1/changes/?format=atom&{query}")
            return answer["ETag"], ElementTree.fromstring(answer.content).find(f"{ATOM}updated").text  # noqa: S314

        assert updated("event=removed") == updated("event=removed")
        happen(DAY)
        for query in ("event=removed", "since=2999-01-01"):
            assert updated(query)[1] == "2026-03-01T12:00:00+00:00"

    def test_holds_any_words_as_they_are_and_no_character_that_xml_has_not(self, heard, read):
        happen(DAY, why="a < b & c\x0b\ud7ff\ufffe“ü” <script>alert(1)</script>")
        (entry,) = read().entries
        assert "<script" not in entry.summary
        assert "a &lt; b &amp; c" in entry.summary
        assert "“ü”" in entry.summary

    def test_is_given_to_who_accepts_it_and_in_pages(self, heard, read):
        for number in range(3):
            happen(DAY, f"s-{number}")
        found = read("page_size=1&page=2", headers={"accept": "application/atom+xml"})
        links = {link.rel: link.href for link in found.feed.links}
        assert "page=3" in links["next"]
        assert links["previous"].endswith("?page_size=1")

    def test_is_found_from_the_pages(self, heard, api):
        for path in ("/", "/explore/changes/"):
            assert 'type="application/atom+xml"' in api.get(path).content.decode()

    def test_a_wrong_question_is_told_as_everywhere(self, heard, api):
        answer = api.get("/api/v1/changes/?format=atom&since=now")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


class TestPage:
    """The same for people."""

    def test_tells_each_with_what_why_and_where(self, said, change, people, heard, api):
        approve(people["reviewer"], change, change.lock)
        SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=said)
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

    def test_says_so_where_nothing_happened_and_what_was_wrong(self, heard, api):
        assert "Nothing is told" in api.get("/explore/changes/?since=2999-01-01").content.decode()
        assert "is no date" in api.get("/explore/changes/?since=soon").content.decode()


class TestThePast:
    """An installation with a history tells what the public saw before there was a feed."""

    @pytest.fixture
    def again(self):
        def again():
            Event.objects.all().delete()
            import_module("kb.migrations.0011_events").tell_the_past(apps, None)
            return [(e.event, e.kind, e.slug, e.name, e.fields, e.at, e.heir) for e in Event.objects.all()]

        return again

    def test_is_told_as_it_would_have_been(self, universe, said, change, people, again, monkeypatch):
        monkeypatch.setattr(import_module("kb.migrations.0011_events"), "BATCH", 3)
        approve(people["reviewer"], change, change.lock)
        SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=said, text="x")
        SideEffect.objects.get(slug="medicine-joint").delete()
        Treatment.objects.filter(slug="other").update(status="draft", name="A secret")
        Treatment.objects.get(slug="other").delete()
        begin(Symptom, {"slug": "stiff", "name": "A secret"}, Wish(people["editor"], "A secret."))
        live = [(e.event, e.kind, e.slug, e.name, e.fields, e.at, e.heir) for e in Event.objects.all()]
        assert again() == live
        assert "secret" not in str(live)

    def test_keeps_with_the_editors_what_they_told_each_other(self, change, people, again):
        approve(people["reviewer"], change, change.lock)
        again()
        whys = Event.objects.filter(slug="class-bone").values_list("event", "fields", "why")
        assert list(whys) == [
            ("changed", ["frequency"], ""),
            ("changed", ["citations"], "Written outside of the editor."),
            ("published", [], "Written outside of the editor."),
        ]
