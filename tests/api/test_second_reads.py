"""What was read once is not read again, until it is written."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.editorial.versioning import versioned_transaction
from symptoms.models import SideEffect
from treatments.models import Treatment


def read_again(api, path):
    """Return the queries of a second request, without those that read the mark of the revision, and its response."""
    api.get(f"/api/v1/{path}")
    with CaptureQueriesContext(connection) as captured:
        response = api.get(f"/api/v1/{path}")
    return [query["sql"] for query in captured if "kb_revision" not in query["sql"]], response


@pytest.mark.parametrize("path", ["side-effects/class-bone/", "side-effects/class-bone/?fields=slug"])
def test_a_record_that_was_read_is_looked_up_by_its_key_alone(statement, api, path):
    (query,), response = read_again(api, path)
    assert "citations" not in query
    assert "JOIN" not in query
    assert response.json()["slug"] == "class-bone"
    with versioned_transaction():
        SideEffect.objects.filter(pk=statement.pk).update(text="Other words.")
    assert api.get("/api/v1/side-effects/class-bone/").json()["text"] == "Other words."
    with versioned_transaction():
        SideEffect.objects.filter(pk=statement.pk).update(status="retired")
    assert api.get(f"/api/v1/{path}").status_code == 410


def test_an_entry_that_was_named_before_is_not_read_again(universe, api):
    path = "side-effects/?treatment=class&exact=true"
    queries, response = read_again(api, path)
    assert not [query for query in queries if '"treatments_treatment"."slug" IN' in query]
    assert response.json()["count"] == 1
    with versioned_transaction():
        Treatment.objects.filter(slug="class").update(status="retired")
    assert api.get(f"/api/v1/{path}").status_code == 400
