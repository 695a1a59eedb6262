"""How the database counts: by an index where one has the column, and in as many queries whatever the list holds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.filters import tallies
from symptoms.models import SideEffect
from tests.helpers.plans import explain, get_index_name

pytestmark = pytest.mark.django_db


def get_grouping(api, path):
    """Count a list, and return the query that grouped its records."""
    tallies.TALLIES_CACHE.clear()
    with CaptureQueriesContext(connection) as captured:
        response = api.get(f"/api/v1/side-effects/{path}")
    assert response.status_code == 200, response.content
    (sql,) = [q["sql"] for q in captured if "GROUP BY" in q["sql"] and 'FROM "symptoms_sideeffect"' in q["sql"]]
    return sql, len(captured)


@pytest.mark.parametrize("field", ["treatment", "symptom"])
def test_entries_are_counted_by_the_index_of_their_field(many_statements, api, field):
    sql, _ = get_grouping(api, f"?count={field}")
    plan = explain(sql)
    if connection.vendor == "sqlite":
        assert f"USING COVERING INDEX {get_index_name(field, 'status', 'slug')}" in plan, plan
        assert "TEMP B-TREE FOR GROUP BY" not in plan
    assert "JOIN" not in sql


def test_a_narrowed_list_is_counted_by_the_index_that_narrows_it(many_statements, api):
    plan = explain(get_grouping(api, "?count=frequency&treatment=t00000&exact=true")[0])
    assert get_index_name("treatment", "status", "slug") in plan or "symptoms_sideeffect_treatment_id" in plan, plan


def test_the_queries_do_not_grow_with_the_values(many_statements, api):
    counts = [get_grouping(api, f"?count=treatment&page_size={size}")[1] for size in (1, 1, 200)]
    assert counts[1] == counts[2]
    answer = api.get("/api/v1/side-effects/?count=treatment&page_size=200").json()
    assert answer["facets"][0]["count"] > 2_000
    assert SideEffect.objects.count() == answer["count"]
