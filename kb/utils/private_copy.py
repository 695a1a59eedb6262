"""A copy of the database for this thread alone, for writes that nobody is to see or to wait for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TEMPORARY = ""  # The name of an SQLite database that is in memory, or in a file without a name where it is large.


@contextmanager
def private_copy() -> Iterator[None]:
    """Let the connection of this thread work on a copy until the end; what is written there is lost.

    SQLite lets one transaction write at a time, and others wait for it; it is copied within milliseconds, without
    a lock that writers wait for. On PostgreSQL, and inside a transaction, nothing is copied: there, the caller rolls
    back, and holds the locks of the rows that it writes alone.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    shared = connection.connection
    copy = connection.get_new_connection({**connection.get_connection_params(), "database": TEMPORARY})
    try:
        shared.backup(copy)
        connection.connection = copy
        yield
    finally:
        connection.connection = shared
        copy.close()
