"""Database-wide locks."""

from contextlib import contextmanager

from django.db import connection, transaction

ADVISORY_LOCK_ID = 7_062_013  # Any number that nothing else on the database locks.


@contextmanager
def exclusive_transaction():
    """One transaction that no other machine's preparation runs beside."""
    with transaction.atomic():
        if connection.vendor == "postgresql":  # SQLite lets one writer in at a time by itself.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK_ID])
        yield
