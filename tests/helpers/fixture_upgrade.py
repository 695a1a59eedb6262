"""Fixture files of a small data set and their later versions, for tests of upgrades."""

import json

import pytest
from django.core.management import call_command

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Change
from symptoms.models import Symptom

SOURCE_FIELDS = {"slug": "page", "title": "Page", "sha256": "0" * 64, "lines": 9}


STATEMENT_FIELDS = {
    "text": "Drug causes pain.",
    "treatment": ["drug"],
    "symptom": ["pain"],
    "citations": [["page", 1, 2]],
}


FIRST_RECORDS = {
    ("kb.source", "page"): SOURCE_FIELDS,
    ("kb.passage", "1"): {"source": ["page"], "section": "Head", "first_line": 1, "last_line": 2},
    ("treatments.treatment", "drug"): {"slug": "drug", "name": "Drug"},
    ("symptoms.symptom", "pain"): {"slug": "pain", "name": "Pain", "summary": "First.", "synonyms": ["ache"]},
    ("symptoms.sideeffect", "drug-pain"): {
        "slug": "drug-pain",
        "effect": "causes",
        "frequency": "rare",
        **STATEMENT_FIELDS,
    },
}


@pytest.fixture
def load_fixtures(tmp_path, settings, db, capsys):
    """Load the first records; the returned function loads changed ones (None removes a record), giving the output."""
    settings.FIXTURE_DIRS = [tmp_path]
    records_by_key = {key: dict(fields) for key, fields in FIRST_RECORDS.items()}

    def load_fixtures(changes=None, **options):
        for key, fields in (changes or {}).items():
            records_by_key[key] = fields and records_by_key.get(key, {}) | fields
        fixture = [
            {"model": model, "fields": fields if model == "kb.passage" else {"status": "published"} | fields}
            for (model, _), fields in records_by_key.items()
            if fields
        ]
        (tmp_path / "01_data.yaml").write_text(json.dumps(fixture))
        capsys.readouterr()
        call_command("load_knowledge", **options)
        return capsys.readouterr().out

    load_fixtures()
    return load_fixtures


PAIN_KEY, DRUG_PAIN_KEY = ("symptoms.symptom", "pain"), ("symptoms.sideeffect", "drug-pain")


def get_pain():
    return Symptom.objects.get(slug="pain")


def get_upgrade_change():
    return Change.objects.get(state="submitted", author=None)


def publish_edit(users, record, **values):
    change = save_or_propose(
        record, serialize_record(record) | values, EditRequest(users["editor"], "Better so.", submit=True)
    )
    approve(users["reviewer"], change, change.lock)
    record.refresh_from_db()
