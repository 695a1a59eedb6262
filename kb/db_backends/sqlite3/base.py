"""SQLite: what is on a disk that has become read-only can still be read."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Condition
from typing import Any
from urllib.parse import quote

from django.db.backends.sqlite3 import base

from kb.db_backends.time_limits import COMMAND_LOCK_SECONDS, are_time_limits_lifted

DRAIN_SECONDS = 5  # How long a connection that can write waits for those that were opened when the disk was read-only.
_held: list[sqlite3.Connection] = []
_to_be_held: list[str] = []


class ReadOnlyConnections:
    """The connections of this process that were opened on a read-only disk.

    All connections of a process to one file share the index of its write-ahead log, opened as the first of them could:
    while one is left that cannot write, none can that is opened beside it.
    """

    def __init__(self) -> None:
        self.wrappers: set[int] = set()
        self.changed = Condition()

    def add(self, wrapper: "DatabaseWrapper") -> None:
        with self.changed:
            self.wrappers.add(id(wrapper))

    def remove(self, wrapper: "DatabaseWrapper") -> None:
        with self.changed:
            self.wrappers.discard(id(wrapper))
            self.changed.notify_all()

    def wait_until_closed(self) -> None:
        """Wait until the last is closed, which each is with its request."""
        with self.changed:
            self.changed.wait_for(lambda: not self.wrappers, DRAIN_SECONDS)


read_only_connections = ReadOnlyConnections()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's backend. A request waits for a lock as long as OPTIONS["timeout"] says, a command for longer."""

    is_read_only = False

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if are_time_limits_lifted():
            params["timeout"] = COMMAND_LOCK_SECONDS
        return params

    def connect(self) -> None:
        # What was opened on such a disk cannot write later either.
        self.is_read_only = is_disk_read_only(self.settings_dict["NAME"])
        if self.is_read_only:
            read_only_connections.add(self)
        else:
            read_only_connections.wait_until_closed()
        try:
            super().connect()
        finally:
            if self.connection is None:
                read_only_connections.remove(self)
        while _to_be_held and not self.is_read_only:
            hold_open(_to_be_held.pop())

    def _close(self) -> None:
        super()._close()
        read_only_connections.remove(self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            connection = super().get_new_connection(conn_params)
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")  # Only now is the write-ahead log opened.
            return connection
        except sqlite3.OperationalError:
            if not is_on_read_only_disk(conn_params["database"]):
                raise
            # Nobody writes there, so that no index of the write-ahead log is needed, which cannot be made.
            uri = f"file:{quote(str(conn_params['database']))}?immutable=1"
            self.init_commands = []
            return super().get_new_connection(conn_params | {"database": uri})

    def close_if_unusable_or_obsolete(self) -> None:
        """Close the connection to what was on a read-only disk too: it would neither see nor take later writes."""
        if self.is_read_only and not self.in_atomic_block:
            self.close()
        super().close_if_unusable_or_obsolete()


def hold_open(path: str) -> None:
    """Keep the index of the write-ahead log until this process ends, as long as one is there to be kept.

    The last connection that closes removes it, and to make another needs room on the disk: reading does not. On a
    read-only disk nothing removes it, and one that is held could never be written to: it is kept once that changes.
    """
    if is_disk_read_only(path):
        _to_be_held.append(path)
        return
    with suppress(sqlite3.Error):
        connection = sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, check_same_thread=False)
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        _held.append(connection)


def is_disk_read_only(path: str | os.PathLike[str]) -> bool:
    """Return whether a file lies on a disk that is mounted read-only."""
    try:
        return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except (OSError, ValueError):  # There is no such file, or it is in memory.
        return False


def is_on_read_only_disk(path: str | os.PathLike[str]) -> bool:
    """Return whether a database lies on a disk that is mounted read-only, and whole: nothing waits in its log."""
    log = Path(path).with_name(f"{Path(path).name}-wal")
    try:
        return is_disk_read_only(path) and not (log.exists() and log.stat().st_size)
    except OSError:
        return False
