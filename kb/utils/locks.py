"""Database-wide locks, which hold until the end of a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# Arbitrary numbers; no other lock on the database uses them.
EXCLUSIVE_LOCK_ID = 7_062_013
HIERARCHY_LOCK_ID = 7_062_014


def lock_until_commit(lock_id: int) -> None:
    """Wait until no other transaction holds this lock, on whichever machine it runs, and hold it until the end."""
    if connection.vendor == "postgresql":  # SQLite allows only one writer at a time anyway.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_id])


@contextmanager
def exclusive_transaction() -> Iterator[None]:
    """Run a transaction that waits for any other of this kind."""
    with transaction.atomic():
        lock_until_commit(EXCLUSIVE_LOCK_ID)
        yield
