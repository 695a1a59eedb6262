"""Database-wide locks, which hold until the end of a transaction, and snapshots."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# Arbitrary numbers; no other lock on the database uses them.
EXCLUSIVE_LOCK_ID = 7_062_013
HIERARCHY_LOCK_ID = 7_062_014
ADMINISTRATORS_LOCK_ID = 7_062_015


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


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Read one state of the data until the end, whoever writes meanwhile: on SQLite, writers wait until then.

    Inside a transaction it does nothing: what that reads is its own affair.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
