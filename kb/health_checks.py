"""What is checked to tell whether requests can be answered, and what else is wrong while they still are."""

import logging
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connection
from django.db.migrations.executor import MigrationExecutor

from kb.db_backends.sqlite3.base import is_disk_read_only
from kb.import_export.fixtures import has_no_records
from kb.replicas import choose_database, get_replicas
from kb.utils.database_errors import is_damaged_file

SCAN_SECONDS, SCAN_SHARE = 1.0, 0.01  # How long a file is read through at most, and what part of the time that takes.
DAMAGED = "The file of the database is damaged: restore a backup."
PROBE_BYTES = 1_000_000
CheckResult = tuple[bool, str]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class HealthCheck:
    """The result of one check. The fields are members of the JSON and variables of the page."""

    name: str
    ok: bool
    required: bool  # Without it nothing can be answered; what is not required is told, and requests still come.
    says: str


def run_checks() -> list[HealthCheck]:
    """Check what is required, each only if the one before is in order, and the rest. Errors go to the log."""
    results: list[HealthCheck] = []
    is_required = True
    for name, check in REQUIRED_CHECKS.items():
        if results and not results[-1].ok:
            message = f"Not looked at, since the {results[-1].name} must be in order first."
            results.append(HealthCheck(name, False, is_required, message))
            continue
        result = run_check(name, check, required=True)
        if not result.ok and name == "database" and choose_database() != DEFAULT_DB_ALIAS:
            is_required = False  # Replicas answer what is public.
        results.append(replace(result, required=is_required))
    return results + [run_check(name, check, required=False) for name, check in OTHER_CHECKS.items()]


def run_check(name: str, check: Callable[[], CheckResult], *, required: bool) -> HealthCheck:
    """Return the result of a check; an error of the database is one."""
    try:
        ok, message = check()
    except Error as error:
        logger.exception("The check of the %s failed.", name)
        ok, message = False, DAMAGED if is_damaged_file(error) else "The database does not answer."
    return HealthCheck(name, ok, required, message)


def check_database() -> CheckResult:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if connection.vendor == "sqlite" and not connection.is_in_memory_db() and not check_file.is_whole():
        return False, DAMAGED
    return True, "The database answers."


class FileCheck:
    """Reads an SQLite file through now and then, for what does not belong there; a large one in part."""

    def __init__(self) -> None:
        self.next_scan, self.was_whole = float("-inf"), True

    def is_whole(self) -> bool:
        """Return whether no damage was found lately."""
        started = time.monotonic()
        if started >= self.next_scan:
            self.was_whole = self.scan()
            self.next_scan = started + (time.monotonic() - started) / SCAN_SHARE
        return self.was_whole

    def scan(self) -> bool:
        """Return whether SQLite finds no damage within SCAN_SECONDS; what is on a read-only disk stays as it was."""
        if is_disk_read_only(connection.settings_dict["NAME"]):
            return self.was_whole
        deadline = time.monotonic() + SCAN_SECONDS
        with closing(sqlite3.connect(f"file:{quote(str(connection.settings_dict['NAME']))}?mode=ro", uri=True)) as file:
            file.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
            try:
                return file.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
            except sqlite3.OperationalError:
                return True  # It took too long.
            except sqlite3.DatabaseError:
                return False


check_file = FileCheck()


class MigrationCheck:
    """Checks that no migration is pending; once this is so, a process does not check it again."""

    is_up_to_date = False

    def __call__(self) -> CheckResult:
        if not self.is_up_to_date:
            executor = MigrationExecutor(connection)
            if pending := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
                return False, f"Migrations that wait for “manage.py prepare”: {pending}."
            self.is_up_to_date = True
        return True, "Every table is as this version needs it."


check_migrations = MigrationCheck()


def check_data() -> CheckResult:
    if has_no_records():
        return False, "There are no records: “manage.py prepare” loads them."
    return True, "There are records."


def check_writing() -> CheckResult:
    """Check whether something could be saved: on the disk of an SQLite file, or in PostgreSQL."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean")
            (is_read_only,) = cursor.fetchone()
        return (False, "The database takes no writes.") if is_read_only else (True, "Edits can be saved.")
    if connection.is_in_memory_db():
        return True, "Edits can be saved."
    path = Path(connection.settings_dict["NAME"])
    try:
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
    except OSError as error:
        return False, f"Nothing can be saved on the disk of the database: {error.strerror}."
    return (True, "Edits can be saved.") if os.access(path, os.W_OK) else (False, "The database may not be written to.")


def check_replicas() -> CheckResult:
    """Check whether each replica is read, or why it is not."""
    left_out = [f"{alias} ({replica.reason})" for alias, replica in get_replicas().items() if not replica.check()]
    if left_out:
        return False, f"Not read: {', '.join(left_out)}."
    return True, "Every replica is read." if settings.REPLICAS else "There are none, and none are needed."


REQUIRED_CHECKS: dict[str, Callable[[], CheckResult]] = {
    "database": check_database,
    "migrations": check_migrations,
    "data": check_data,
}
OTHER_CHECKS: dict[str, Callable[[], CheckResult]] = {"writing": check_writing, "replicas": check_replicas}
