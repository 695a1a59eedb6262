"""Somebody proposes a change, as tests of the review and of the work list begin."""

import pytest

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.snapshot import serialize_record


@pytest.fixture
def propose_change(users):
    """Somebody proposes other values for a record, and sends them for review unless told otherwise."""

    def propose_change(record, by="editor", send=True, why="The source says so.", **values):
        return save_or_propose(record, serialize_record(record) | values, EditRequest(users[by], why, submit=send))

    return propose_change
