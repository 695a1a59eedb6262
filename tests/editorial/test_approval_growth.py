"""Publishing one change takes as many queries however much there is; of a statement, it scans no table that grows.

That of an entry compares its names with those of all other entries, which stay far fewer than the statements.
"""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.dataset.version import dataset_state
from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from symptoms.models import SideEffect
from tests.helpers.impact import get_side_effect, get_symptom, get_treatment

pytestmark = pytest.mark.django_db


def approve_change(users, record, **values):
    """Propose and approve values of a record; return the queries of the approval."""
    content = serialize_record(record) | values
    change = save_or_propose(record, content, EditRequest(users["editor"], "Line 2 says so.", submit=True))
    dataset_state()
    with CaptureQueriesContext(connection) as queries:
        approve(users["reviewer"], change, change.lock)
    return [query["sql"] for query in queries]


def test_the_queries_of_an_approval_do_not_grow(universe, users):
    ContentType.objects.clear_cache()
    approve_change(users, get_side_effect("class-bone"), frequency="rare")
    first = len(approve_change(users, get_side_effect("class-bone"), frequency="common"))
    for number in range(40):
        entries = {"treatment": get_treatment("class"), "symptom": get_symptom("bone-ache")}
        universe.make_statement(SideEffect, f"e{number}", **entries, effect="causes", mechanism=f"m{number}")
    assert len(approve_change(users, get_side_effect("class-bone"), frequency="rare")) == first
    assert first < 130


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL scans small tables, whatever their indexes.")
def test_an_approval_of_a_statement_scans_no_table_that_grows(universe, users):
    queries = approve_change(users, get_side_effect("class-bone"), frequency="rare")
    scans = []
    with connection.cursor() as cursor:
        for sql in {sql for sql in queries if sql.startswith(("SELECT", "UPDATE", "DELETE"))}:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [row[3] for row in cursor.fetchall()]
            scans += [(step, sql) for step in plan if step.startswith("SCAN") and not is_small(step)]
    assert not scans


def is_small(step):
    """Return whether a step of a plan reads a constant, an index of one kind of row, or a table that stays small."""
    return any(name in step for name in ("CONSTANT", "kb_datasettally", "kb_revision", "VIRTUAL TABLE", "(subquery"))
