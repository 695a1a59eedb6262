"""Lists stay as fast as they grow: which indexes the database uses, how often it counts, how deep numbered pages go."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.api.pagination import RecordPagination
from kb.dataset.counts import COUNTS_CACHE, count_matching
from kb.dataset.tallies import find_disagreements
from kb.dataset.version import dataset_state
from kb.editorial.dry_run import dry_run
from kb.editorial.snapshot import serialize_record
from kb.filters import fields
from kb.models import RecordDigest
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.helpers.plans import explain, get_index_name
from treatments.models import Treatment

pytestmark = pytest.mark.django_db

SORTS = {"sqlite": "TEMP B-TREE", "postgresql": "Sort"}
FULL_SCANS = {"sqlite": r"SCAN symptoms_sideeffect(?! USING INDEX)", "postgresql": "Seq Scan on symptoms_sideeffect"}


def get_page_query(api, path):
    """Get a list, and return the query by which its page was read."""
    with CaptureQueriesContext(connection) as captured:
        response = api.get(f"/api/v1/side-effects/{path}")
    assert response.status_code == 200, response.content
    start = 'SELECT "symptoms_sideeffect"."id"'
    return next(q["sql"] for q in captured if q["sql"].startswith(start) and " LIMIT " in q["sql"])


def assert_no_table_is_read_whole(plan):
    assert not re.search(FULL_SCANS[connection.vendor], plan), plan


def assert_is_read_in_order(plan):
    """Assert that an index gives the rows in their order, so that no more are read than a page shows."""
    assert_no_table_is_read_whole(plan)
    assert SORTS[connection.vendor] not in plan, plan


@pytest.mark.parametrize("path", ["", "?page=3", "?cursor=*"])
def test_a_page_of_all_is_read_by_the_index_of_slugs(many_statements, api, path):
    assert_is_read_in_order(explain(get_page_query(api, path)))


def test_a_deep_page_by_cursor_begins_where_the_last_one_ended(many_statements, api):
    link = "?cursor=*&page_size=200"
    for _ in range(10):
        link = api.get(f"/api/v1/side-effects/{link}").json()["next"].partition("side-effects/")[2]
    sql = get_page_query(api, link)
    assert "OFFSET" not in sql
    assert '"slug" > ' in sql
    assert_is_read_in_order(explain(sql))


def test_what_one_treatment_does_is_read_by_its_index(many_statements, api):
    if connection.vendor == "postgresql":  # It would rather sort as few rows as these.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_sort = off")
    plan = explain(get_page_query(api, "?treatment=t00000&exact=true"))
    assert get_index_name("treatment", "status", "slug") in plan
    assert_is_read_in_order(plan)


@pytest.mark.parametrize(
    ("path", "field"), [("?symptom=joint-ache", "symptom"), ("?symptom=pain&treatment=drug", "treatment")]
)
def test_a_class_is_read_by_the_keys_of_its_members(many_statements, api, path, field):
    sql = get_page_query(api, path)
    assert "ancestry" not in sql
    plan = explain(sql)
    assert_no_table_is_read_whole(plan)
    assert f"symptoms_sideeffect_{field}_id" in plan or get_index_name(field, "status", "slug") in plan, plan


def test_very_many_members_of_a_class_are_found_by_the_database(many_statements, api, monkeypatch):
    names = [record["slug"] for record in api.get("/api/v1/side-effects/?symptom=pain").json()["results"]]
    monkeypatch.setattr(fields, "MAX_KEYS", 1)
    assert "ancestry" in get_page_query(api, "?symptom=pain")
    assert [record["slug"] for record in api.get("/api/v1/side-effects/?symptom=pain").json()["results"]] == names


def test_the_newest_change_is_read_by_an_index(many_statements):
    with CaptureQueriesContext(connection) as captured:
        Symptom.objects.filter(slug="pain").update(summary="x")
    sql = next(q["sql"] for q in captured if "MAX(" in q["sql"] and RecordDigest._meta.db_table in q["sql"])
    assert "newest_of_a_model" in explain(sql)
    assert not find_disagreements()


def count_count_queries(api, path):
    with CaptureQueriesContext(connection) as captured:
        response = api.get(f"/api/v1/side-effects/{path}")
    assert response.status_code == 200
    return len([q for q in captured if 'COUNT(*) AS "__count" FROM "symptoms_sideeffect"' in q["sql"]])


def test_all_records_are_never_counted_and_others_once_for_a_state_of_the_data(universe, api):
    COUNTS_CACHE.clear()
    assert [count_count_queries(api, path) for path in ("", "?cursor=*", "?fields=slug&page_size=1")] == [0, 0, 0]
    assert [count_count_queries(api, path) for path in ("?treatment=drug", "?treatment=drug&page_size=1")] == [1, 0]
    assert [count_count_queries(api, path) for path in ("?treatment=loner", "?treatment=drug")] == [1, 0]
    SideEffect.objects.filter(slug="class-bone").update(onset="soon")
    assert [count_count_queries(api, path) for path in ("", "?treatment=drug", "?treatment=drug")] == [0, 1, 0]


def test_counts_are_those_of_the_data_as_they_are(universe, api):
    paths = ["side-effects/", "side-effects/?treatment=drug", "side-effects/?treatment=drug&exact=true", "treatments/"]

    def get_counts():
        return [api.get(f"/api/v1/{path}").json()["count"] for path in paths]

    before = get_counts()
    assert before == get_counts() == [4, 3, 1, 5]
    SideEffect.objects.filter(slug="drug-joint").update(status="retired")
    assert get_counts() == [3, 2, 0, 5]
    SideEffect.objects.filter(slug="drug-joint").update(status="published")
    assert get_counts() == before


def test_what_is_counted_in_a_dry_run_is_forgotten(statement):
    public = SideEffect.objects.public()
    before = count_matching(public), count_matching(public.filter(frequency="rare"))
    with dry_run(statement, serialize_record(statement) | {"frequency": "rare"}):
        assert count_matching(public.filter(frequency="rare")) == before[1] + 1
        SideEffect.objects.filter(slug="drug-joint").update(status="retired")
        assert count_matching(public) == before[0] - 1
    assert (count_matching(public), count_matching(public.filter(frequency="rare"))) == before


def test_a_query_for_nothing_is_not_asked(universe, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert count_matching(SideEffect.objects.filter(pk__in=[])) == 0


def test_the_root_counts_nothing(universe, api):
    dataset_state()
    with CaptureQueriesContext(connection) as captured:
        api.get("/api/v1/")
    assert not [q["sql"] for q in captured if "COUNT(" in q["sql"]]


@pytest.fixture
def shallow_pages(monkeypatch):
    """Numbered pages reach only to the fourth record."""
    monkeypatch.setattr(RecordPagination, "max_depth", 4)


def test_numbered_pages_end_at_a_depth_and_lead_on_by_cursor(universe, api, shallow_pages):
    slugs, url = [], "/api/v1/treatments/?page_size=2"
    while url:
        page = api.get(url).json()
        slugs += [record["slug"] for record in page["results"]]
        url = page["next"]
    assert slugs == sorted(Treatment.objects.values_list("slug", flat=True))
    assert len(slugs) == 5
    response = api.get("/api/v1/treatments/?page_size=2&page=3")
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "page"
    assert response.json()["detail"] == (
        "Numbered pages reach to record 4, and this list has 5: narrow it, or walk through it with cursor=* and then "
        "“next”."
    )


def test_the_link_past_the_depth_keeps_the_filters(universe, api, shallow_pages):
    assert api.get("/api/v1/treatments/?page_size=4&kind=class").json()["next"] is None
    assert "kind=class" in api.get("/api/v1/treatments/?page_size=4&kind=class&kind=unstated").json()["next"]
    link = api.get("/api/v1/treatments/?page_size=2&page=2&ordering=slug&fields=slug").json()["next"]
    assert "page=" not in link.replace("page_size=", "")
    assert "ordering" not in link
    assert api.get(link).json()["results"] == [{"slug": "other"}]


def test_in_another_order_the_next_page_past_the_depth_tells_what_to_do(universe, api, shallow_pages):
    page = api.get("/api/v1/treatments/?page_size=2&page=2&ordering=-updated_at").json()
    assert api.get(page["next"]).status_code == 400


def test_a_page_that_a_short_list_has_not_is_not_found(universe, api, shallow_pages):
    assert api.get("/api/v1/symptoms/?page_size=2&page=9").status_code == 404
    assert api.get("/api/v1/red-flags/").json()["count"] == RedFlag.objects.count() == 0
