"""Somebody proposes a change, as tests of the review and of the work list begin."""

import pytest

from kb.editorial.editing import Wish, save
from kb.editorial.snapshot import content_of


@pytest.fixture
def propose(people):
    """Somebody proposes other values for a record, and sends them for review unless told otherwise."""

    def propose(record, by="editor", send=True, why="The source says so.", **values):
        return save(record, content_of(record) | values, Wish(people[by], why, send=send))

    return propose
