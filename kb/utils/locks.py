"""Database-wide locks, which hold until the end of a transaction or of a block, and snapshots."""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.files import locks
from django.db import connection, transaction
from django.utils.text import get_valid_filename

# Arbitrary numbers; no other lock on the database uses them.
EXCLUSIVE_LOCK_ID = 7_062_013
HIERARCHY_LOCK_ID = 7_062_014
RELEASE_LOCK_ID = 7_062_015
ADMINISTRATORS_LOCK_ID = 7_062_016
_MEMORY_LOCKS: defaultdict[int, Lock] = defaultdict(Lock)  # Of a database in memory, which no other process knows.


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
def session_lock(lock_id: int) -> Iterator[bool]:
    """Hold a lock until the end of the block, without a transaction; yield False if somebody else holds it.

    It ends with the process that holds it, however that ends.
    """
    if is_in_memory():
        is_held = _MEMORY_LOCKS[lock_id].acquire(blocking=False)
        try:
            yield is_held
        finally:
            if is_held:
                _MEMORY_LOCKS[lock_id].release()
        return
    if connection.vendor != "postgresql":
        with get_work_path(f"lock-{lock_id}").open("w") as file:  # An SQLite database is used on one machine.
            yield locks.lock(file, locks.LOCK_EX | locks.LOCK_NB)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock_id])
        (is_held,) = cursor.fetchone()
        try:
            yield is_held
        finally:
            if is_held:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [lock_id])


def is_in_memory() -> bool:
    """Return whether the database is of this process alone."""
    own: Any = connection
    return bool(own.vendor == "sqlite" and own.is_in_memory_db())


def get_work_path(name: str) -> Path:
    """Return the path of a file or folder for this database: beside it if it is a file, else in `var/`."""
    database = Path(f"memory-{os.getpid()}" if is_in_memory() else str(connection.settings_dict["NAME"]))
    if not database.is_absolute():
        database = Path(settings.VAR_DIR, get_valid_filename(str(database)))
    return database.with_name(f"{database.name}-{name}")


@contextmanager
def read_snapshot(*, read_only: bool = False) -> Iterator[None]:
    """Read one state of the data until the end, whoever writes meanwhile.

    On SQLite writers wait until then, unless it is read only: then the database refuses all writes of this connection.
    Inside a transaction it does nothing: what that reads is its own affair.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            access = "READ ONLY" if read_only else "READ WRITE"
            cursor.execute(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, {access}")
            yield
    elif read_only:
        with sqlite_reading():
            yield
    else:
        with transaction.atomic():
            yield


@contextmanager
def sqlite_reading() -> Iterator[None]:
    """Run a transaction that takes no lock on writing, and cannot write."""
    database: Any = connection  # Of SQLite: others have no such mode.
    usual_mode, database.transaction_mode = database.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
            yield
    finally:
        database.transaction_mode = usual_mode
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = OFF")
