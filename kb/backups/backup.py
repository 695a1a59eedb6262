"""Backing up: what is in the database at one moment, while others write."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from kb.backups import postgresql, sqlite
from kb.backups.archive import BackupError, Description, Manifest, write_archive
from kb.dataset.version import data_version

ENGINES = {"sqlite": sqlite, "postgresql": postgresql}


def back_up(path: Path) -> Manifest:
    """Write a backup of the database into a file, or into a new file of a directory; return its manifest."""
    engine = ENGINES[connection.vendor]
    try:
        with engine.open_snapshot():
            description = describe_database()
            return write_archive(path, description, lambda writer: engine.dump(writer, path.parent))
    except (DatabaseError, sqlite3.Error) as error:
        raise BackupError(f"The database cannot be read: {error}") from error


def name_backup(moment: datetime) -> str:
    """Return the name of a backup that was made at a moment."""
    return f"kb-{moment:%Y%m%dT%H%M%SZ}.zip"


def describe_database() -> Description:
    """Return what is in the database, as far as a backup says so in its manifest."""
    migrations = read_migrations()
    if not migrations:
        raise BackupError("There is nothing to back up: “manage.py prepare” has not been run.")
    return Description(
        made_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        version=settings.VERSION,
        data_version="not known" if is_behind_program() else data_version(),
        engine=connection.vendor,
        migrations=migrations,
        row_counts=count_rows(),
    )


def is_behind_program() -> bool:
    """Return whether the tables are those of an older version, of which this one cannot tell the data version."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def read_migrations() -> list[str]:
    """Return the migrations that were applied, as app.name."""
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def count_rows() -> dict[str, int]:
    """Return the number of rows of every table."""
    with connection.cursor() as cursor:
        counts = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - names of tables
            (counts[table],) = cursor.fetchone()
        return counts
