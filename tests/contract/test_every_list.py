"""Every list in every format: CSV, NDJSON and cursor pages hold the same records as the numbered pages."""

import pytest
from django.urls import get_resolver

from kb.models import Record, concrete_models, resource_name
from kb.serializers import MAX_REFERENCES
from symptoms.choices import MOST_URGENT_FIRST
from tests.helpers.lists import get_csv_rows, get_ndjson_records, iter_pages
from tests.helpers.resources import for_each_resource

assert get_resolver().url_patterns
REFERENCE_NAMES = {"slug", "url", "urgency", "text", "limits"}
URGENCIES = [urgency.value for urgency in MOST_URGENT_FIRST]
pytestmark = pytest.mark.usefixtures("shipped_data")


def without_red_flags(record):
    return {name: value for name, value in record.items() if name != "red_flags"}


@pytest.mark.parametrize("path", [f"{resource_name(model)}/" for model in concrete_models(Record)])
def test_every_format_of_a_list_holds_the_records_of_its_pages(api, path):
    """NDJSON holds equal records, CSV the same ones in the same order, cursor pages each record once."""
    paged, url = [], f"/api/v1/{path}?page_size=200"
    while url:
        page = api.get(url).json()
        paged, url = paged + page["results"], page["next"]
    whole = get_ndjson_records(api, path)
    assert [without_red_flags(record) for record in whole] == paged
    assert [row["slug"] for row in get_csv_rows(api, path)] == [record["slug"] for record in paged]
    cursor_records = [record for page in iter_pages(api, path, page_size=200) for record in page["results"]]
    assert sorted(cursor_records, key=lambda r: r["slug"]) == sorted(paged, key=lambda r: r["slug"])
    flag_slugs = {flag["slug"] for record in whole for flag in record["red_flags"]}
    pages = list(iter_pages(api, path, page_size=200))
    rows = {record["slug"] for record in paged if record["url"].split("/")[-3] == "red-flags"}  # They tell themselves.
    assert flag_slugs == {flag["slug"] for page in pages for flag in page["red_flags"]} | rows
    assert all(rows.isdisjoint(flag["slug"] for flag in page["red_flags"]) for page in pages)


def test_each_record_has_the_red_flags_of_its_detail(api, get_json):
    flags_by_slug = {
        record["slug"]: [flag["slug"] for flag in record["red_flags"]]
        for record in get_ndjson_records(api, "side-effects/")
    }
    for slug in list(flags_by_slug)[::12]:
        assert flags_by_slug[slug] == [flag["slug"] for flag in get_json(f"side-effects/{slug}/")["red_flags"]]
    assert any(flags_by_slug.values())
    assert not all(flags_by_slug.values())


@for_each_resource
def test_every_list_carries_references_of_its_red_flags_and_none_of_its_own_rows(get_json, model):
    for params in ({}, {"fields": "slug"}, {"omit": "slug,url,text,limits"} if hasattr(model, "text") else {}):
        page = get_json(f"{resource_name(model)}/", page_size=200, **params)
        flags, kind = page["red_flags"], resource_name(model)
        assert {*page} >= {"red_flags", "more_red_flags", "results"}
        assert all(flag.keys() == REFERENCE_NAMES for flag in flags)
        ranks = [URGENCIES.index(flag["urgency"]) for flag in flags]
        assert ranks == sorted(ranks)
        assert len({flag["slug"] for flag in flags}) == len(flags) <= MAX_REFERENCES
        if kind == "red-flags":  # A row that says less than a reference stands among them, too.
            assert len(flags) == (page["count"] if params else 0)


def test_a_reference_says_for_whom_it_holds(get_json):
    flags = get_json("side-effects/", page_size=200)["red_flags"]
    for flag in flags:
        detail = get_json(f"red-flags/{flag['slug']}/")
        assert {name: detail[name] for name in REFERENCE_NAMES} == flag
    assert "Only for people with cancer." in [limit for flag in flags for limit in flag["limits"]]
