"""The endpoint /api/v1/changes/: filters, strict parameters, paging, fixed order, ETags and number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.editorial.public_events import filter_events
from symptoms.models import SideEffect, Symptom
from tests.helpers.events import DAY, make_event
from tests.helpers.events import get_event_summaries as get_event_summaries
from tests.helpers.events import get_events as get_events
from treatments.models import Treatment


def test_since_is_inclusive_and_until_is_exclusive(get_event_summaries, get_json):
    for hours in range(3):
        make_event(DAY + timedelta(hours=hours), f"at-{hours}")
    assert [slug for _, slug, _ in get_event_summaries(since="2026-03-01T13:00:00Z")] == ["at-2", "at-1"]
    assert [slug for _, slug, _ in get_event_summaries(until="2026-03-01T13:00:00Z")] == ["at-0"]
    assert [
        slug for _, slug, _ in get_event_summaries(since="2026-03-01T14:00:00+01:00", until="2026-03-01T14:00:00Z")
    ] == ["at-1"]
    assert [len(get_event_summaries(since=day)) for day in ("2026-03-01", "2026-03-02")] == [3, 0]
    assert [event.slug for event in filter_events(DAY + timedelta(hours=2))] == ["at-2"]
    assert list(filter_events(DAY, DAY)) == []


def test_filters_by_event_kind_and_slug_accept_several_values(get_event_summaries):
    make_event(DAY, "a")
    make_event(DAY, "b", "removed", "sources")
    make_event(DAY, "c", "retired", "treatments")
    assert [slug for _, slug, _ in get_event_summaries(event=["published", "removed"])] == ["b", "a"]
    assert [slug for _, slug, _ in get_event_summaries(kind=["sources", "treatments"])] == ["c", "b"]
    assert [slug for _, slug, _ in get_event_summaries(slug=["a", "c"])] == ["c", "a"]
    assert get_event_summaries(slug="a", event="removed") == []


def test_events_of_the_same_moment_have_a_fixed_order_over_all_pages(get_event_summaries, get_json):
    keys = [str(make_event(DAY, f"s-{number:02}").key) for number in range(7)]
    ids, page = [], 1
    while page:
        payload = get_json("changes/", page=page, page_size=3)
        ids += [event["id"] for event in payload["results"]]
        page = page + 1 if payload["next"] else None
    assert ids == keys[::-1]
    assert payload["count"] == 7


def test_an_event_keeps_its_identifier(universe, get_events):
    universe.make(Symptom, "new")
    (first,) = get_events()
    Symptom.objects.get(slug="new").delete()
    assert get_events()[1] == first


@pytest.mark.parametrize(
    ("params", "parameter", "nearest"),
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
        ({"fields": "slg"}, "fields", "slug"),
    ],
)
def test_an_invalid_parameter_is_refused_and_the_nearest_value_is_named(
    get_events, get_json, params, parameter, nearest
):
    make_event(DAY)
    problem = get_json("changes/", status=400, **params)
    assert problem["errors"][0] | {"detail": ""} == {"parameter": parameter, "detail": "", "nearest": nearest}


def test_the_endpoint_is_read_only(get_events, api):
    for method in (api.post, api.put, api.patch, api.delete):
        assert method("/api/v1/changes/", {}, format="json").status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_events(universe, get_events, api):
    replacement = SideEffect.objects.get(slug="loner-bone")

    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            assert api.get("/api/v1/changes/?page_size=200").status_code == 200
        return len(queries)

    make_event(DAY, "first", "retired", "side-effects", heir=replacement.slug)
    count_queries()  # The data version is computed once and cached.
    first_count = count_queries()
    for number in range(60):
        make_event(DAY, f"s-{number}", "retired", "side-effects", heir=replacement.slug)
    assert count_queries() == first_count <= 6


def test_all_events_of_a_bulk_write_are_inserted_in_one_query(universe):
    with CaptureQueriesContext(connection) as queries:
        Treatment.objects.update(summary="Another.")
    assert len([q for q in queries if "kb_event" in q["sql"]]) == 1


def test_the_etag_changes_with_each_event_even_where_the_data_are_the_same(statement, get_events, get_json, api):
    def poll(**headers):
        response = api.get("/api/v1/changes/", headers=headers)
        return response.status_code, response["ETag"], response["Cache-Control"], get_json("")["data_version"]

    first = poll()
    assert poll(if_none_match=first[1]) == (304, *first[1:])
    for frequency in ("rare", "unstated"):
        SideEffect.objects.filter(pk=statement.pk).update(frequency=frequency)
    second = poll(if_none_match=first[1])
    assert (second[0], second[2:]) == (200, ("no-cache", first[3]))
    assert second[1] != first[1]


def test_the_api_root_links_to_it(universe, get_json):
    assert get_json("")["changes"].endswith("/api/v1/changes/")
    assert "changes" not in {question["name"] for question in get_json("")["questions"]}
