"""Backups of SQLite: a copy by its online backup API, and a file that takes the place of another."""

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from kb.backups.archive import BackupError, HashingWriter, copy_stream, sync_directory

SUFFIXES = ("-wal", "-shm", "-journal")
OPEN_LOCK_BYTE = 128  # Of the -shm file: every connection to a database in WAL mode holds a lock of it.
IN_USE = "The database is in use: stop every process of the service, and try again."


@contextmanager
def open_snapshot() -> Iterator[None]:
    """Read one state of the data until the end. Writers go on meanwhile, unlike in a transaction of Django's."""
    connection.ensure_connection()
    if connection.connection.in_transaction:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            cursor.execute("SELECT 1 FROM sqlite_master LIMIT 1")  # Only now does the transaction read.
            yield
        finally:
            cursor.execute("ROLLBACK")


def dump(writer: HashingWriter, directory: Path) -> None:
    """Write the database as the snapshot sees it, by way of a file in a directory."""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=directory) as temporary:  # Mode 0700.
        copy = Path(temporary) / "kb.sqlite3"
        with closing(sqlite3.connect(copy)) as target:
            connection.connection.backup(target)
        finish(copy)
        with copy.open("rb") as file:
            copy_stream(file, writer)


def finish(path: Path) -> None:
    """Bring a database into its file alone, and raise BackupError if it is damaged."""
    with closing(sqlite3.connect(path)) as database:
        try:
            database.execute("PRAGMA journal_mode=DELETE")
            problems = [row[0] for row in database.execute("PRAGMA integrity_check(3)")]
        except sqlite3.DatabaseError as error:
            problems = [str(error)]
    if problems != ["ok"]:
        raise BackupError(f"The database is damaged: {'; '.join(problems)}")


class SqliteReplacement:
    """A database that is made beside the one of the settings, to take its place."""

    def __init__(self) -> None:
        self.target = Path(connection.settings_dict["NAME"])
        self.beside = self.target.with_name(f"{self.target.name}.restoring")

    def is_target_free(self) -> bool:
        """Return whether there is nothing that could be lost."""
        return not self.target.exists() or self.target.stat().st_size == 0

    @property
    def database_name(self) -> str:
        return str(self.beside)

    def create(self, copy_to: Callable[[Callable[[bytes], Any]], None]) -> None:
        """Make the new database of the data that `copy_to` passes on."""
        self.discard()
        self.target.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self.beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            copy_to(file.write)
        finish(self.beside)

    def take_place(self, moment: str) -> str | None:
        """Put the new database in the place of the old one, and return where that is from now on.

        Whenever this is interrupted, one of the two is in its place, whole.
        """
        finish(self.beside)
        with self.beside.open("rb") as file:
            os.fsync(file.fileno())
        old = None if self.is_target_free() else self.target.with_name(f"{self.target.name}.replaced-{moment}")
        with lock_alone(self.target):
            if old:
                os.link(self.target, old)
                for suffix in SUFFIXES:  # Only a damaged database has them still; without them it is another one.
                    if (beside := Path(f"{self.target}{suffix}")).exists():
                        beside.rename(f"{old}{suffix}")
            os.replace(self.beside, self.target)
            sync_directory(self.target.parent)
        return str(old) if old else None

    def discard(self) -> None:
        for suffix in ("", *SUFFIXES):
            Path(f"{self.beside}{suffix}").unlink(missing_ok=True)


@contextmanager
def lock_alone(path: Path) -> Iterator[None]:
    """Have a database to oneself, all of it in its file; raise BackupError if another process has it open."""
    if not path.exists():
        yield
        return
    if is_open_elsewhere(path):
        raise BackupError(IN_USE)
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as database:
        try:
            if path.stat().st_size:
                database.execute("PRAGMA journal_mode=DELETE")  # Takes an exclusive lock.
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise BackupError(IN_USE) from error
            raise
        except sqlite3.DatabaseError:
            pass  # It is damaged, and nobody can have it open.
        yield


def is_open_elsewhere(path: Path) -> bool:
    """Return whether another process has a database in WAL mode open, even a damaged one."""
    try:
        with Path(f"{path}-shm").open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, OPEN_LOCK_BYTE)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
