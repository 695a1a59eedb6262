"""What changed is asked for like any other list: strict, in pages, in a fixed order."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.editorial import public_events as feed
from symptoms.models import SideEffect, Symptom
from tests.helpers.events import DAY, happen
from tests.helpers.events import heard as heard
from tests.helpers.events import told as told
from treatments.models import Treatment


def test_from_a_moment_on_it_included_to_another_not_included(told, ask):
    for hours in range(3):
        happen(DAY + timedelta(hours=hours), f"at-{hours}")
    assert [slug for _, slug, _ in told(since="2026-03-01T13:00:00Z")] == ["at-2", "at-1"]
    assert [slug for _, slug, _ in told(until="2026-03-01T13:00:00Z")] == ["at-0"]
    assert [slug for _, slug, _ in told(since="2026-03-01T14:00:00+01:00", until="2026-03-01T14:00:00Z")] == ["at-1"]
    assert [len(told(since=day)) for day in ("2026-03-01", "2026-03-02")] == [3, 0]
    assert [event.slug for event in feed.events(DAY + timedelta(hours=2))] == ["at-2"]
    assert list(feed.events(DAY, DAY)) == []


def test_by_event_kind_and_slug_each_given_twice_means_either(told):
    happen(DAY, "a")
    happen(DAY, "b", "removed", "sources")
    happen(DAY, "c", "retired", "treatments")
    assert [slug for _, slug, _ in told(event=["published", "removed"])] == ["b", "a"]
    assert [slug for _, slug, _ in told(kind=["sources", "treatments"])] == ["c", "b"]
    assert [slug for _, slug, _ in told(slug=["a", "c"])] == ["c", "a"]
    assert told(slug="a", event="removed") == []


def test_what_happened_at_one_moment_has_a_fixed_order_over_all_pages(told, ask):
    keys = [str(happen(DAY, f"s-{number:02}").key) for number in range(7)]
    read, page = [], 1
    while page:
        answer = ask("changes/", page=page, page_size=3)
        read += [event["id"] for event in answer["results"]]
        page = page + 1 if answer["next"] else None
    assert read == keys[::-1]
    assert answer["count"] == 7


def test_an_event_keeps_its_identifier(universe, heard):
    universe.make(Symptom, "new")
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
def test_what_is_not_understood_is_refused_with_the_nearest(heard, ask, asked, parameter, nearest):
    happen(DAY)
    problem = ask("changes/", status=400, **asked)
    assert problem["errors"][0] | {"detail": ""} == {"parameter": parameter, "detail": "", "nearest": nearest}


def test_nothing_is_written_there(heard, api):
    for method in (api.post, api.put, api.patch, api.delete):
        assert method("/api/v1/changes/", {}, format="json").status_code == 405


def test_takes_as_many_queries_for_many_as_for_few(universe, heard, api):
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


def test_writing_takes_one_more_query_for_all_that_is_told(universe):
    with CaptureQueriesContext(connection) as queries:
        Treatment.objects.update(summary="Another.")
    assert len([q for q in queries if "kb_event" in q["sql"]]) == 1


def test_is_not_sent_again_unless_something_happened_though_the_data_be_the_same(said, heard, ask, api):
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


def test_stands_in_the_list_of_what_there_is(universe, ask):
    assert ask("")["changes"].endswith("/api/v1/changes/")
    assert "changes" not in {question["name"] for question in ask("")["questions"]}
