"""Drafts that need each other, sent as a batch, and decisions on it."""

import pytest

from kb.editorial.batches import describe_state, find_waiting, send_batch
from kb.editorial.editing import EditRequest, create_draft
from kb.models import Passage, Source
from symptoms.models import SideEffect
from treatments.models import Treatment

WHY = "The leaflet speaks of a drug that we lack."


@pytest.fixture
def drafts(universe, users):
    """Drafts that need each other: a source, a class, a drug of that class, a statement about it from that source."""
    request = EditRequest(users["editor"], "It is missing.")
    source = create_draft(Source, {"slug": "leaf", "title": "Leaf", "sha256": "a" * 64, "lines": 9}, request)
    create_draft(Passage, {"source": "leaf", "section": "", "first_line": 3, "last_line": 3}, request)
    group = create_draft(Treatment, {"slug": "new-class", "name": "New class", "kind": "class"}, request)
    drug = create_draft(
        Treatment, {"slug": "new-drug", "name": "New drug", "kind": "drug", "parents": ["new-class"]}, request
    )
    content = {"slug": "new-aches", "text": "New drug aches.", "treatment": "new-drug", "symptom": "pain"}
    statement = create_draft(SideEffect, content | {"effect": "causes", "citations": [["leaf", 3, 3]]}, request)
    return {record.slug: record for record in (source, group, drug, statement)}


@pytest.fixture
def batch(drafts, users):
    """What the editor has sent: the four drafts, the last first."""
    return send_batch(users["editor"], [*drafts.values()][::-1], WHY)


def decide(function, user, batch, *arguments, **options):
    """Decide on a batch as it is now."""
    return function(user, batch, describe_state(find_waiting(batch)), *arguments, **options)
