"""The lock by which one release is made at a time: of a database in memory it leaves no file behind."""

import pytest
from django.conf import settings
from django.db import connection

from kb.utils.locks import RELEASE_LOCK_ID, is_in_memory, session_lock


def test_a_lock_is_held_by_one_and_free_again_after_it(db):
    if connection.vendor == "postgresql":
        pytest.skip("A session of PostgreSQL may take its own lock twice.")
    before = set(settings.VAR_DIR.glob("memory-*"))
    for _ in range(2):
        with session_lock(RELEASE_LOCK_ID) as is_held, session_lock(RELEASE_LOCK_ID) as is_held_twice:
            assert (is_held, is_held_twice) == (True, False)
        with pytest.raises(ValueError, match="broken"), session_lock(RELEASE_LOCK_ID):
            raise ValueError("broken")
    assert is_in_memory()
    assert set(settings.VAR_DIR.glob("memory-*")) == before
