"""Backups of scratch databases: for use in processes of their own, and what they are compared by."""

import os
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from kb.backups.backup import ENGINES, back_up
from kb.editorial.versioning import versioned_transaction
from symptoms.models import Symptom
from tests.helpers.answers import collect_answers
from treatments.models import Treatment

EDITOR = "import django; django.setup(); from tests.helpers.backups import edit_without_end; edit_without_end()"
BALLAST_MB = 100


def edit_without_end():
    """Publish edits of two records together, one after another, and print their numbers once they are saved."""
    number = 0
    while True:
        with versioned_transaction():
            for model, slug in ((Treatment, "letrozole"), (Symptom, "joint-pain")):
                model.objects.filter(slug=slug).update(summary=f"Edit {number}.")
        print(number, flush=True)
        number += 1
        time.sleep(0.1)


@contextmanager
def run_editor():
    """Run an editor in another process; give the number of the last edit that was saved, as a function."""
    process = subprocess.Popen([sys.executable, "-c", EDITOR], stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        yield lambda: int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def back_up_during_edits():
    """Back up while somebody edits; return every answer that the backup has to give, and the edits before and after."""
    with run_editor() as read_edit:
        first = read_edit()
        with ENGINES[connection.vendor].open_snapshot():
            edits = [Treatment.objects.get(slug="letrozole").summary]
            answers = collect_answers()
            manifest = back_up(Path(os.environ["BACKUP"]))
        last = read_edit()
        while last < first + 3:
            last = read_edit()
    edits.append(Treatment.objects.get(slug="letrozole").summary)
    return {"answers": answers, "edits": edits, "data_version": manifest.data_version}


def add_ballast():
    """Add a table of many megabytes that cannot be compressed."""
    column = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE ballast (content {column})")
        for _ in range(BALLAST_MB):
            cursor.execute("INSERT INTO ballast VALUES (%s)", [os.urandom(1_000_000)])


def measure_backup():
    """Back up, and return by how many megabytes that raised the largest memory of this process."""
    connection.ensure_connection()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    back_up(Path(os.environ["BACKUP"]))
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000


def run_manage(url, *arguments):
    """Run manage.py on a database; return its exit code, and what it says."""
    process = subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    return process.returncode, process.stdout + process.stderr
