"""Database-wide locks: `exclusive_transaction`."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

ADVISORY_LOCK_ID = 7_062_013  # Arbitrary; no other lock on the database uses it.


@contextmanager
def exclusive_transaction() -> Iterator[None]:
    """Run a transaction that waits for any other of this kind, on whichever machine it runs."""
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite allows only one writer at a time anyway.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK_ID])
        yield
