"""Restoring: a new database beside the old one, which takes its place once it is whole and of this version."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from kb.backups.archive import BackupError, Manifest, check_archive, copy_data, open_archive
from kb.backups.backup import count_rows, read_migrations
from kb.backups.postgresql import PostgresReplacement
from kb.backups.sqlite import SqliteReplacement
from kb.dataset.version import DatasetState

REPLACEMENTS = {"sqlite": SqliteReplacement, "postgresql": PostgresReplacement}


@dataclass(frozen=True)
class Restored:
    """What came of a restore."""

    manifest: Manifest
    data_version: str  # As this version of the program counts it.
    migrated: int  # How many migrations the backup lacked.
    old: str | None  # Where the database is that was replaced.


def check_backup(path: Path) -> Manifest:
    """Read a whole backup, and raise BackupError if it is damaged or cannot be restored here."""
    manifest = check_archive(path)
    if manifest.engine != connection.vendor:
        raise BackupError(f"This is a backup of {manifest.engine}; DATABASE_URL names {connection.vendor}.")
    unknown = set(manifest.migrations) - {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if parse_version(manifest.version) > parse_version(settings.VERSION) or unknown:
        more = f", which lacks {', '.join(sorted(unknown)[:5])}" if unknown else ""
        raise BackupError(
            f"This is a backup of version {manifest.version}, newer than this program ({settings.VERSION}){more}. "
            "Restore it with the program that it was made with, or a newer one."
        )
    return manifest


def parse_version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def restore(path: Path, *, replace: bool = False) -> Restored:
    """Put a backup in the place of the database; until the last moment, that stays as it is."""
    manifest = check_backup(path)
    connection.close()
    replacement = REPLACEMENTS[connection.vendor]()
    if not replace and not replacement.is_target_free():
        raise BackupError(f"{replacement.target} holds data. With --replace it is put aside, and the backup used.")
    try:
        with open_archive(path) as (archive, _):
            replacement.create(lambda write: copy_data(archive, manifest, write))
        with use_database(replacement.database_name):
            check_rows(manifest)
            call_command("migrate", verbosity=0)
            migrated = len(set(read_migrations()) - set(manifest.migrations))
            version = DatasetState.read().version
        old = replacement.take_place(f"{datetime.now(UTC):%Y%m%d%H%M%S}")
    except (DatabaseError, sqlite3.Error) as error:
        raise BackupError(f"The database refused it: {error}") from error
    finally:
        connection.close()
        with suppress(DatabaseError, OSError):  # Where even this fails, the next restore does it.
            replacement.discard()
    return Restored(manifest, version, migrated, old)


def check_rows(manifest: Manifest) -> None:
    """Raise BackupError unless every table has as many rows as were backed up."""
    counts = count_rows()
    different = [
        f"{table} has {counts.get(table, 'no')} rows, not {count}"
        for table, count in manifest.row_counts.items()
        if counts.get(table) != count
    ]
    if different:
        raise BackupError(f"What was restored is not what was backed up: {'; '.join(different[:5])}")


@contextmanager
def use_database(name: str) -> Iterator[None]:
    """Let the connection of the settings be one to another database of the same server."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
