"""PostgreSQL: no query is waited for longer than OPTIONS["statement_seconds"], whether or not the server tells.

The server ends a statement itself (statement_timeout), and a wait for a lock (lock_timeout). A server that has stopped,
or to which nothing comes through, ends nothing: so the client waits a little longer than that, and gives up.

Where the primary waits for a replica before it acknowledges a commit (synchronous_standby_names), a statement that is
ended while it waits is committed all the same, with a warning: that is no acknowledgement.
"""

from types import SimpleNamespace
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base

from kb.db_backends.time_limits import are_time_limits_lifted

WARNING = "01000"  # SQLSTATE of a warning without a code of its own.
GRACE_SECONDS = 3  # The server is the first to end a statement, and says why.


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when nothing came of a query within `wait_seconds`."""

    wait_seconds: float | None = None
    has_warned = False  # Since the last commit began.

    def note_warning(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        self.has_warned = self.has_warned or diagnostic.sqlstate == WARNING

    def wait(self, gen: Any, *args: Any, timeout: float | None = None, **options: Any) -> Any:
        limit = self.wait_seconds if timeout is None else timeout
        try:
            return super().wait(gen, *args, timeout=limit, **options)
        except psycopg.errors._WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server did not answer within {limit:.0f} seconds") from None


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's backend, on connections that do not wait forever."""

    Database = SimpleNamespace(**vars(psycopg) | {"connect": BoundedConnection.connect})

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        statement, lock = (params.pop(name, 0) for name in ("statement_seconds", "lock_seconds"))
        if are_time_limits_lifted():
            statement = lock = 0
        self.wait_seconds = statement + GRACE_SECONDS if statement else None
        limits = [f"-c statement_timeout={statement * 1000:.0f}", f"-c lock_timeout={lock * 1000:.0f}"]
        params["options"] = " ".join([*limits, params.get("options", "")]).strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.wait_seconds = self.wait_seconds
        connection.add_notice_handler(connection.note_warning)
        return connection

    def _commit(self) -> None:
        """Commit; raise OperationalError if the server did not wait for its replica, which may lack it."""
        if self.connection is not None:
            self.connection.has_warned = False
        super()._commit()
        if self.connection is not None and self.connection.has_warned:
            raise OperationalError("it was committed, but it is not known whether a replica has it")

    def is_usable(self) -> bool:
        """Return whether the server answers, soon: a connection that is idle is looked at before each request."""
        if self.connection is None:
            return False
        before, self.connection.wait_seconds = self.connection.wait_seconds, GRACE_SECONDS
        try:
            return bool(super().is_usable())
        finally:
            self.connection.wait_seconds = before
