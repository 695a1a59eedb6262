"""Fixtures of the tests of the data version."""

import pytest

from kb.dataset.tallies import find_disagreements
from kb.editorial.versioning import record_untracked_changes
from symptoms.models import Symptom
from treatments.models import Treatment


@pytest.fixture
def counted_universe(extended_universe):
    """The extended universe, with what is counted of it stored, and a replaced symptom."""
    Symptom.objects.create(slug="old-ache", name="Old", status="retired", replaced_by=Symptom.objects.get(slug="pain"))
    Treatment.objects.filter(slug="drug").update(reviewed_on="2026-01-01")
    record_untracked_changes()
    assert not find_disagreements()
    return extended_universe
