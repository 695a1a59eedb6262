"""What changed is asked for like any other list: strict, in pages, in a fixed order."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.editorial import public_events as feed
from symptoms.models import SideEffect, Symptom
from tests.helpers.events import DAY, make_event
from tests.helpers.events import get_event_summaries as get_event_summaries
from tests.helpers.events import get_events as get_events
from treatments.models import Treatment


def test_from_a_moment_on_it_included_to_another_not_included(get_event_summaries, get_json):
    for hours in range(3):
        make_event(DAY + timedelta(hours=hours), f"at-{hours}")
    assert [slug for _, slug, _ in get_event_summaries(since="2026-03-01T13:00:00Z")] == ["at-2", "at-1"]
    assert [slug for _, slug, _ in get_event_summaries(until="2026-03-01T13:00:00Z")] == ["at-0"]
    assert [
        slug for _, slug, _ in get_event_summaries(since="2026-03-01T14:00:00+01:00", until="2026-03-01T14:00:00Z")
    ] == ["at-1"]
    assert [len(get_event_summaries(since=day)) for day in ("2026-03-01", "2026-03-02")] == [3, 0]
    assert [event.slug for event in feed.filter_events(DAY + timedelta(hours=2))] == ["at-2"]
    assert list(feed.filter_events(DAY, DAY)) == []


def test_by_event_kind_and_slug_each_given_twice_means_either(get_event_summaries):
    make_event(DAY, "a")
    make_event(DAY, "b", "removed", "sources")
    make_event(DAY, "c", "retired", "treatments")
    assert [slug for _, slug, _ in get_event_summaries(event=["published", "removed"])] == ["b", "a"]
    assert [slug for _, slug, _ in get_event_summaries(kind=["sources", "treatments"])] == ["c", "b"]
    assert [slug for _, slug, _ in get_event_summaries(slug=["a", "c"])] == ["c", "a"]
    assert get_event_summaries(slug="a", event="removed") == []


def test_what_happened_at_one_moment_has_a_fixed_order_over_all_pages(get_event_summaries, get_json):
    keys = [str(make_event(DAY, f"s-{number:02}").key) for number in range(7)]
    read, page = [], 1
    while page:
        answer = get_json("changes/", page=page, page_size=3)
        read += [event["id"] for event in answer["results"]]
        page = page + 1 if answer["next"] else None
    assert read == keys[::-1]
    assert answer["count"] == 7


def test_an_event_keeps_its_identifier(universe, get_events):
    universe.make(Symptom, "new")
    (first,) = get_events()
    Symptom.objects.get(slug="new").delete()
    assert get_events()[1] == first


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
def test_what_is_not_understood_is_refused_with_the_nearest(get_events, get_json, asked, parameter, nearest):
    make_event(DAY)
    problem = get_json("changes/", status=400, **asked)
    assert problem["errors"][0] | {"detail": ""} == {"parameter": parameter, "detail": "", "nearest": nearest}


def test_nothing_is_written_there(get_events, api):
    for method in (api.post, api.put, api.patch, api.delete):
        assert method("/api/v1/changes/", {}, format="json").status_code == 405


def test_takes_as_many_queries_for_many_as_for_few(universe, get_events, api):
    heir = SideEffect.objects.get(slug="loner-bone")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert api.get("/api/v1/changes/?page_size=200").status_code == 200
        return len(queries)

    make_event(DAY, "first", "retired", "side-effects", heir=heir.slug)
    cost()  # The version of the data is worked out once.
    few = cost()
    for number in range(60):
        make_event(DAY, f"s-{number}", "retired", "side-effects", heir=heir.slug)
    assert cost() == few <= 6


def test_writing_takes_one_more_query_for_all_that_is_told(universe):
    with CaptureQueriesContext(connection) as queries:
        Treatment.objects.update(summary="Another.")
    assert len([q for q in queries if "kb_event" in q["sql"]]) == 1


def test_is_not_sent_again_unless_something_happened_though_the_data_be_the_same(statement, get_events, get_json, api):
    def poll(**headers):
        answer = api.get("/api/v1/changes/", headers=headers)
        return answer.status_code, answer["ETag"], answer["Cache-Control"], get_json("")["data_version"]

    first = poll()
    assert poll(if_none_match=first[1]) == (304, *first[1:])
    for words in ("rare", "unstated"):
        SideEffect.objects.filter(pk=statement.pk).update(frequency=words)
    again = poll(if_none_match=first[1])
    assert (again[0], again[2:]) == (200, ("no-cache", first[3]))
    assert again[1] != first[1]


def test_stands_in_the_list_of_what_there_is(universe, get_json):
    assert get_json("")["changes"].endswith("/api/v1/changes/")
    assert "changes" not in {question["name"] for question in get_json("")["questions"]}
