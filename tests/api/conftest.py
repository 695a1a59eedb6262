"""Fixtures of the tests of the API."""

import pytest
from django.db import connection, models

from kb.dataset.writes import publish_everything
from kb.editorial.versioning import versioned_transaction
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment

MANY = 3_000


@pytest.fixture
def get_response(api):
    """Send a GET request to a path under /api/v1/, with headers as keywords; return the response."""
    return lambda path, **headers: api.get(f"/api/v1/{path}", headers=headers)


@pytest.fixture
def many_statements(universe):
    """Some thousand treatments, each with a side effect, and statistics of the tables; one treatment has 100."""
    with versioned_transaction():
        models.QuerySet(Treatment).bulk_create(
            Treatment(slug=f"t{n:05}", name=f"T{n:05}", status="published") for n in range(MANY)
        )
        treatments = list(Treatment.objects.filter(slug__startswith="t0").order_by("slug"))
        Treatment.ancestries().recompute([treatment.pk for treatment in treatments])
        symptom = Symptom.objects.get(slug="bone-ache")
        models.QuerySet(SideEffect).bulk_create(
            SideEffect(
                slug=f"s{n * 7919 % MANY:05}",
                text=f"S{n:05}.",
                mechanism=f"{n}",
                treatment=treatments[max(n - 100, 0)],
                symptom=symptom if n % 100 else Symptom.objects.get(slug="joint-ache"),
                status="published",
            )
            for n in range(MANY)
        )
        publish_everything()  # Rows were written past the signals.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
