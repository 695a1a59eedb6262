"""Hierarchies of entries: each is read from the database at most once a request."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.reasoning.hierarchies import HIERARCHIES_CACHE, EntryHierarchy
from symptoms.models import Symptom

pytestmark = pytest.mark.usefixtures("shipped_data")

REQUESTS = [
    ("side-effects/", {"treatment": "letrozole"}),
    ("side-effects/", {"treatment": "letrozole", "format": "csv"}),
    ("management-options/", {"symptom": "joint-pain", "taking": "tamoxifen"}),
    ("treatments/", {"causes": "bone-pain", "manages": "bone-pain"}),
    ("red-flags/", {"symptom": "bone-pain"}),
    ("treatments/letrozole/", {}),
    ("symptoms/bone-pain/", {}),
    ("explain/", {"symptom": "bone-pain", "taking": ["letrozole", "pegfilgrastim"]}),
    ("differential/", {"question": "treatment-or-metastasis"}),
    ("paths/", {"from": "chemotherapy", "to": "bone-pain"}),
    ("coverage/", {"row": "letrozole", "col": "joint-pain"}),
    ("disagreements/", {}),
    ("search/", {"q": "letrazole joint pain"}),
]


@pytest.fixture
def hierarchies_read(monkeypatch):
    """The model of each hierarchy that is read, in the order of the reads."""
    HIERARCHIES_CACHE.clear()
    models, read_hierarchy = [], EntryHierarchy.__init__

    def read_and_record(hierarchy, model):
        models.append(model)
        read_hierarchy(hierarchy, model)

    monkeypatch.setattr(EntryHierarchy, "__init__", read_and_record)
    return models


@pytest.mark.parametrize(("path", "params"), REQUESTS)
def test_no_hierarchy_is_read_twice(api, hierarchies_read, path, params):
    response = api.get(f"/api/v1/{path}", params)
    assert response.status_code == 200, response.content
    b"".join(response)
    assert hierarchies_read
    assert len(hierarchies_read) == len(set(hierarchies_read))


def test_a_filtered_list_takes_few_queries(api, hierarchies_read):
    api.get("/api/v1/side-effects/", {"treatment": "letrozole"})  # What is read once for a data version is kept.
    assert sorted(model._meta.model_name for model in hierarchies_read) == ["cancer", "symptom", "treatment"]
    hierarchies_read.clear()
    with CaptureQueriesContext(connection) as queries:
        assert api.get("/api/v1/side-effects/", {"treatment": "letrozole"}).json()["count"] > 10
    assert hierarchies_read == []
    assert len(queries) == 5


def test_a_write_is_in_the_very_next_answer(api):
    params = {"symptom": "bone-pain", "page_size": 200}
    before = api.get("/api/v1/side-effects/", params).json()["count"]
    Symptom.objects.get(slug="jaw-pain").parents.add(Symptom.objects.get(slug="bone-pain"))
    after = api.get("/api/v1/side-effects/", params).json()
    assert after["count"] > before
    assert "jaw-pain" in {statement["symptom"]["slug"] for statement in after["results"]}
