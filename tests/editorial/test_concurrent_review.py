"""Concurrent reviews and edits by two processes on one database: exactly one of them succeeds."""

import os
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from kb.editorial.batches import describe_state, find_waiting, send_batch
from kb.editorial.editing import EditRequest, concurrency_token, create_draft, save_or_propose
from kb.editorial.snapshot import serialize_record
from kb.models import Version
from symptoms.models import SideEffect, Symptom
from tests.helpers.batches import WHY
from tests.helpers.batches import batch as batch
from tests.helpers.batches import drafts as drafts
from tests.helpers.scratch import get_shared_url

SCRIPT_START = """
import sys
import django
django.setup()
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from kb.editorial import batches, editing, review, snapshot
from kb.models import Batch, Change
from symptoms.models import Symptom
user, key, token = User.objects.get(username=sys.argv[1]), sys.argv[2], sys.argv[3]
print("ready", flush=True)
sys.stdin.readline()
try:
"""
SCRIPT_END = """
    print("done")
except ValidationError as error:
    print(error.messages[0])
"""
APPROVE = "    review.approve(user, Change.objects.get(pk=key), int(token))"
APPROVE_ONE_EACH = """    slugs = {"reviewer": "bone-ache", "second-reviewer": "joint-ache"}
    change = Change.objects.get(slug=slugs[user.username])
    review.approve(user, change, change.lock)"""
APPROVE_BATCH = "    batches.approve_batch(user, Batch.objects.get(pk=key), token)"
APPROVE_OR_SEND_BACK_BATCH = """    batch = Batch.objects.get(pk=key)
    if user.username == "reviewer":
        batches.approve_batch(user, batch, token)
    else:
        batches.refuse_batch(user, batch, token, "Which line?", "returned")"""
APPROVE_ONE_BATCH_EACH = """    batch = Batch.objects.all()[["reviewer", "second-reviewer"].index(user.username)]
    batches.approve_batch(user, batch, batches.describe_state(batches.find_waiting(batch)))"""
EDIT = """    draft = Symptom.objects.get(pk=key)
    content = snapshot.serialize_record(draft) | {"summary": user.username}
    editing.save_or_propose(draft, content, editing.EditRequest(user, "Better."), token)"""

STATUS_OF_NEW = "SELECT status FROM {} WHERE slug IN ('leaf', 'new-class', 'new-drug', 'new-aches')"


@pytest.fixture
def run_concurrently(transactional_db, tmp_path):
    """Run a script for several users at the same moment, each in a process; return what each printed."""

    def run_concurrently(script, usernames, key, token):
        env = os.environ | {"DATABASE_URL": get_shared_url(tmp_path), "DJANGO_SETTINGS_MODULE": "kb.settings"}
        command = [sys.executable, "-c", SCRIPT_START + script + SCRIPT_END]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes = [
            subprocess.Popen([*command, name, str(key), str(token)], env=env, cwd=settings.BASE_DIR, **pipes)  # noqa: S603
            for name in usernames
        ]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        return [process.communicate(timeout=60)[0].strip() for process in processes]

    return run_concurrently


@pytest.fixture
def query_rows(tmp_path):
    """Query the database that the processes worked on."""

    def query_rows(sql):
        if connection.vendor == "sqlite":
            with sqlite3.connect(tmp_path / "copy.sqlite3") as copy:
                return copy.execute(sql).fetchall()
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    return query_rows


def test_of_two_approvals_one_succeeds_and_the_other_is_refused(run_concurrently, query_rows, universe, users):
    statement = SideEffect.objects.get(slug="class-bone")
    change = save_or_propose(
        statement,
        serialize_record(statement) | {"frequency": "rare"},
        EditRequest(users["editor"], "Said so.", submit=True),
    )
    versions = Version.objects.for_records(statement).count()
    outputs = run_concurrently(APPROVE, ["reviewer", "second-reviewer"], change.pk, change.lock)
    assert sorted(output.split(":")[0] for output in outputs) == ["Somebody was faster", "done"]
    winner = users["reviewer"] if outputs[0] == "done" else users["second reviewer"]
    assert query_rows("SELECT state, reviewer_id FROM kb_change") == [("approved", winner.pk)]
    numbers = query_rows("SELECT number FROM kb_version WHERE slug = 'class-bone' ORDER BY number")
    assert [number for (number,) in numbers] == list(range(1, versions + 2))


def test_of_two_edits_of_a_draft_one_succeeds_and_the_other_is_refused(run_concurrently, query_rows, users):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "It is missing."))
    outputs = run_concurrently(EDIT, ["editor", "reviewer"], draft.pk, concurrency_token(draft))
    assert sorted(output.split(" since")[0] for output in outputs) == [
        "Somebody else has written to this record",
        "done",
    ]
    assert query_rows("SELECT summary FROM symptoms_symptom WHERE slug = 'stiff'") == [
        (["editor", "reviewer"][outputs.index("done")],)
    ]


def test_of_two_approvals_that_would_make_a_circle_one_is_refused(run_concurrently, query_rows, universe, users):
    entries = {slug: Symptom.objects.get(slug=slug) for slug in ("bone-ache", "joint-ache")}
    for slug, parent in [("bone-ache", "joint-ache"), ("joint-ache", "bone-ache")]:
        content = serialize_record(entries[slug]) | {"parents": [parent]}
        save_or_propose(entries[slug], content, EditRequest(users["editor"], "Said so.", submit=True))
    outputs = run_concurrently(APPROVE_ONE_EACH, ["reviewer", "second-reviewer"], "", "")
    assert sorted(output.split(": ")[-1] for output in outputs) == [
        "done",
        "entries must not belong to each other in a circle.",
    ]
    states = query_rows("SELECT state FROM kb_change ORDER BY state")
    assert states == [("approved",), ("submitted",)]
    pairs = query_rows(
        "SELECT count(*) FROM symptoms_symptomancestry WHERE depth > 0 AND descendant_id IN "
        "(SELECT id FROM symptoms_symptom WHERE slug IN ('bone-ache', 'joint-ache'))"
    )
    assert pairs == [(3,)]  # One belongs to the other and, still, to pain; the other to pain.


@pytest.mark.parametrize("script", [APPROVE_BATCH, APPROVE_OR_SEND_BACK_BATCH])
def test_of_two_decisions_on_a_batch_one_holds_for_all_of_it(run_concurrently, query_rows, batch, script):
    seen = describe_state(find_waiting(batch))
    outputs = run_concurrently(script, ["reviewer", "second-reviewer"], batch.pk, seen)
    assert sorted(output.split(":")[0] for output in outputs) == ["Somebody was faster", "done"]
    winner = ["reviewer", "second-reviewer"][outputs.index("done")]
    state = "approved" if script == APPROVE_BATCH or winner == "reviewer" else "returned"
    rows = query_rows("SELECT state, username FROM kb_change JOIN auth_user ON auth_user.id = reviewer_id")
    assert rows == [(state, winner)] * 4
    expected = "published" if state == "approved" else "draft"
    tables = ("kb_source", "treatments_treatment", "symptoms_sideeffect")
    statuses = [row for table in tables for row in query_rows(STATUS_OF_NEW.format(table))]
    assert statuses == [(expected,)] * 4


def test_two_batches_of_the_same_records_do_not_wait_for_each_other_for_ever(
    run_concurrently, query_rows, drafts, users
):
    send_batch(users["editor"], [*drafts.values()], WHY)
    send_batch(users["administrator"], [*drafts.values()][::-1], WHY)
    outputs = run_concurrently(APPROVE_ONE_BATCH_EACH, ["reviewer", "second-reviewer"], "", "")
    assert sorted(output == "done" for output in outputs) == [False, True]
    assert any("The record has moved on" in output for output in outputs)
    states = query_rows("SELECT state FROM kb_change ORDER BY state")
    assert states == [("approved",)] * 4 + [("submitted",)] * 4
