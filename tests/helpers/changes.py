"""Proposed changes, for tests of the review and of the work list."""

import pytest

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.snapshot import serialize_record


@pytest.fixture
def propose_change(users):
    """Propose other values for a record, submitted for review by default."""

    def propose_change(record, by="editor", send=True, why="The source says so.", **values):
        return save_or_propose(record, serialize_record(record) | values, EditRequest(users[by], why, submit=send))

    return propose_change
