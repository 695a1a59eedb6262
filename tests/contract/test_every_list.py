"""Every list whole is what its pages are."""

import pytest
from django.urls import get_resolver

from kb.models import Record, concrete_models, resource_name
from tests.helpers.lists import get_csv_rows, get_ndjson_records, iter_pages

assert get_resolver().url_patterns
pytestmark = pytest.mark.usefixtures("shipped_data")


def without_red_flags(record):
    return {name: value for name, value in record.items() if name != "red_flags"}


@pytest.mark.parametrize("path", [f"{resource_name(model)}/" for model in concrete_models(Record)])
def test_every_list_whole_holds_what_its_pages_hold(api, path):
    """As NDJSON, word for word; as CSV, the same records in the same order; as a walk, every record once."""
    paged, url = [], f"/api/v1/{path}?page_size=200"
    while url:
        page = api.get(url).json()
        paged, url = paged + page["results"], page["next"]
    found = get_ndjson_records(api, path)
    assert [without_red_flags(record) for record in found] == paged
    assert [row["slug"] for row in get_csv_rows(api, path)] == [record["slug"] for record in paged]
    walked = [record for page in iter_pages(api, path, page_size=200) for record in page["results"]]
    assert sorted(walked, key=lambda r: r["slug"]) == sorted(paged, key=lambda r: r["slug"])
    flagged = {flag["slug"] for record in found for flag in record["red_flags"]}
    pages = list(iter_pages(api, path, page_size=200))
    assert flagged == {flag["slug"] for page in pages for flag in page["red_flags"]}


def test_each_record_comes_with_the_red_flags_that_its_own_page_has(api, get_json):
    found = {
        record["slug"]: [flag["slug"] for flag in record["red_flags"]]
        for record in get_ndjson_records(api, "side-effects/")
    }
    for slug in list(found)[::12]:
        assert found[slug] == [flag["slug"] for flag in get_json(f"side-effects/{slug}/")["red_flags"]]
    assert any(found.values())
    assert not all(found.values())
