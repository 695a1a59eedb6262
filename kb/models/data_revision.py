"""The data revision: one row whose mark changes with every write, so that caches know when they are stale."""

from contextvars import ContextVar
from uuid import UUID, uuid4

from django.db import connections, models

MARK_SQL = "SELECT mark FROM kb_revision WHERE id = 1"
# True inside `versioned_transaction()`: what was written there has no mark of its own before the transaction ends.
in_versioned_transaction = ContextVar("in_versioned_transaction", default=False)


class RevisionManager(models.Manager["Revision"]):
    """Reads and renews the mark of the one row."""

    def renew_mark(self) -> None:
        """Set a new mark in the transaction of the write, so that both are committed or rolled back together."""
        row = Revision(pk=1, mark=uuid4())
        self.bulk_create([row], update_conflicts=True, update_fields=["mark"], unique_fields=["id"])

    def current_mark(self) -> str | None:
        """Return the mark of the data as they are read now, or None if nothing was ever written."""
        with connections[self.db].cursor() as cursor:  # Runs with every response: the model takes ten times as long.
            cursor.execute(MARK_SQL)
            row = cursor.fetchone()
        return str(UUID(str(row[0]))) if row else None


class Revision(models.Model):
    """One row, whose mark is a new one whenever a record is written: what was made of the data before is stale."""

    mark = models.UUIDField(help_text="Never the same for two states, those included that were rolled back.")

    objects = RevisionManager()

    def __str__(self) -> str:
        return str(self.mark)
