"""A trial holds no lock that others wait for: they write while it runs, and nothing of it is kept."""

import json

import pytest

from kb.import_export import importer
from symptoms.models import Symptom
from tests.helpers.imports import encode_lines
from tests.helpers.imports import import_file as import_file
from tests.helpers.scratch import get_shared_url, run_python

ROWS = 300
TRY_AND_WRITE = """
import json, sys, time, django
from threading import Thread
django.setup()
from django.contrib.auth.models import User
from django.db import connection
from kb.choices import Way
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.import_export import import_rows, read_rows
from kb.models import Batch
from symptoms.models import Symptom

def write():
    start = time.monotonic()
    create_draft(Symptom, {"slug": "meanwhile", "name": "Meanwhile"}, EditRequest(editor, "It is missing."))
    create_draft(Symptom, {"slug": "row-1", "name": "Row 1"}, EditRequest(editor, "It stands in the file."))
    save_or_propose(draft, {"summary": "Written meanwhile."}, EditRequest(editor, "It stands in the file."))
    connection.close()
    waited.append(time.monotonic() - start)

editor, waited = User.objects.get(username="editor"), []
draft = create_draft(Symptom, {"slug": "row-0", "name": "Row 0"}, EditRequest(editor, "It is missing."))
data = "slug,name,summary\\nrow-0,Row 0,Written by the trial.\\n"
data += "".join(f"row-{n},Row {n},\\n" for n in range(1, int(sys.argv[1])))
rows = read_rows("x.csv", data.encode(), Symptom)
batch = Batch.objects.create(name="x", rows=[], why="Read again.", by=editor)
trial = import_rows(rows, EditRequest(editor, "Read again.", Way.IMPORT, batch), dry_run=True)
for done in trial:
    if done == len(rows) // 2:
        writer = Thread(target=write)
        writer.start()
        writer.join(timeout=30)
kept = Symptom.objects.filter(slug__in=["meanwhile", "row-0", "row-1", "row-2"]).values_list("slug", "summary")
print(json.dumps([waited, dict(kept)]))
"""


@pytest.mark.slow
def test_others_write_while_a_trial_runs(transactional_db, universe, users, tmp_path):
    waited, kept = json.loads(run_python(get_shared_url(tmp_path), "-c", TRY_AND_WRITE, str(ROWS)))
    assert kept == {"meanwhile": "", "row-0": "Written meanwhile.", "row-1": ""}
    assert len(waited) == 1
    assert waited[0] < 20


def test_an_import_that_takes_longer_than_others_wait_is_given_up(universe, import_file, monkeypatch):
    monkeypatch.setattr(importer, "MAX_SECONDS", 0)
    with pytest.raises(importer.ValidationError, match="1 of 2 records were done"):
        import_file(encode_lines("slug,name", "numb,Numb", "stiff,Stiff"), Symptom)
    assert not Symptom.objects.filter(slug="numb").exists()
