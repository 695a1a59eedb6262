"""Two people at the same moment, in two processes on one database, as on two machines: exactly one wins."""

import os
import sqlite3
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from kb.editorial.editing import EditRequest, concurrency_token, create_draft, save_or_propose
from kb.editorial.snapshot import serialize_record
from kb.models import Version
from symptoms.models import SideEffect, Symptom

SCRIPT_START = """
import sys
import django
django.setup()
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from kb.editorial import snapshot
from kb.editorial import editing
from kb.editorial import review
from kb.models import Change
from symptoms.models import Symptom
me, key, seen = User.objects.get(username=sys.argv[1]), sys.argv[2], sys.argv[3]
print("ready", flush=True)
sys.stdin.readline()
try:
"""
SCRIPT_END = """
    print("done")
except ValidationError as error:
    print(error.messages[0])
"""
APPROVE = "    review.approve(me, Change.objects.get(pk=key), int(seen))"
EDIT = """    draft = Symptom.objects.get(pk=key)
    content = snapshot.serialize_record(draft) | {"summary": me.username}
    editing.save_or_propose(draft, content, editing.EditRequest(me, "Better."), seen)"""


@pytest.fixture
def run_concurrently(transactional_db, tmp_path):
    """Has several people do the same at the same moment, and gives what each was told."""

    def run_concurrently(act, people, key, seen):
        env = os.environ | {"DATABASE_URL": get_database_url(tmp_path), "DJANGO_SETTINGS_MODULE": "kb.settings"}
        command = [sys.executable, "-c", SCRIPT_START + act + SCRIPT_END]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started = [
            subprocess.Popen([*command, name, str(key), str(seen)], env=env, cwd=settings.BASE_DIR, **pipes)  # noqa: S603
            for name in people
        ]
        for process in started:
            assert process.stdout.readline() == "ready\n"
        for process in started:
            process.stdin.write("go\n")
            process.stdin.flush()
        return [process.communicate(timeout=60)[0].strip() for process in started]

    return run_concurrently


def get_database_url(folder):
    """The address of the database of the tests; one in memory is copied to where other processes find it."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(folder / "copy.sqlite3") as copy:
            connection.connection.backup(copy)
        return f"sqlite:///{folder / 'copy.sqlite3'}"
    known = connection.settings_dict
    return "postgres://{USER}:{password}@{HOST}:{PORT}/{NAME}".format(**known, password=quote(known["PASSWORD"]))


@pytest.fixture
def query_rows(tmp_path):
    """Asks the database that the processes worked on."""

    def query_rows(sql):
        if connection.vendor == "sqlite":
            with sqlite3.connect(tmp_path / "copy.sqlite3") as copy:
                return copy.execute(sql).fetchall()
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    return query_rows


def test_of_two_who_approve_one_wins_and_the_other_is_told(run_concurrently, query_rows, universe, users):
    said = SideEffect.objects.get(slug="class-bone")
    change = save_or_propose(
        said, serialize_record(said) | {"frequency": "rare"}, EditRequest(users["editor"], "Said so.", submit=True)
    )
    versions = Version.objects.for_records(said).count()
    told = run_concurrently(APPROVE, ["reviewer", "second-reviewer"], change.pk, change.lock)
    assert sorted(words.split(":")[0] for words in told) == ["Somebody was faster", "done"]
    winner = users["reviewer"] if told[0] == "done" else users["second reviewer"]
    assert query_rows("SELECT state, reviewer_id FROM kb_change") == [("approved", winner.pk)]
    kept = query_rows("SELECT number FROM kb_version WHERE slug = 'class-bone' ORDER BY number")
    assert [number for (number,) in kept] == list(range(1, versions + 2))


def test_of_two_who_write_into_a_draft_one_wins_and_the_other_is_told(run_concurrently, query_rows, users):
    draft = create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "New."))
    told = run_concurrently(EDIT, ["editor", "reviewer"], draft.pk, concurrency_token(draft))
    assert sorted(words.split(" since")[0] for words in told) == ["Somebody else has written to this record", "done"]
    assert query_rows("SELECT summary FROM symptoms_symptom WHERE slug = 'stiff'") == [
        (["editor", "reviewer"][told.index("done")],)
    ]
