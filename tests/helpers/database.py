"""The data of tests: snapshots of whole databases, small sets of records put back row by row, and two releases."""

import fcntl
import sqlite3
from contextlib import closing, contextmanager
from importlib import import_module

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, connections, models

from kb.editorial.versioning import versioned_transaction
from kb.import_export.fixtures import load_fixtures
from kb.models import (
    Ancestry,
    DatasetTally,
    Event,
    RecordDigest,
    Release,
    Shipment,
    Version,
    concrete_models,
    versioned_models,
)
from kb.releases.builder import publish, store_contents, write_archive, write_checksums
from kb.releases.documents import ReleaseDocuments
from kb.releases.folder import ReleaseFolder

CACHED_ROWS = {}  # What each maker made, by table.
SHIPPED, EMPTY = "shipped", "empty"


def create_roles():
    """Create the groups of the roles, as their migration does: the tables of tests are made without migrations."""
    import_module("kb.migrations.0003_roles").make(apps, None)


class DatabaseSnapshots:
    """Snapshots of the test database under a name, shared by all workers of one run, to be restored in milliseconds.

    On SQLite a snapshot is a file, on PostgreSQL a database that serves as a template.
    """

    def __init__(self, directory, worker):
        self.directory, self.worker = directory, worker

    def take(self, name):
        """Save the database of this worker as it is now."""
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            with closing(sqlite3.connect(self.directory / f"{name}.partial")) as file:
                connection.connection.backup(file)
            (self.directory / f"{name}.partial").rename(self.directory / f"{name}.sqlite3")
        else:
            self._copy_database(connection.settings_dict["NAME"], self._template_name(name))
            (self.directory / name).touch()

    def restore(self, name):
        """Put a snapshot in the place of the database of this worker; no transaction may be open."""
        if connection.vendor == "sqlite":
            connection.ensure_connection()
            with closing(sqlite3.connect(self.directory / f"{name}.sqlite3")) as file:
                file.backup(connection.connection)
        else:
            self._copy_database(self._template_name(name), connection.settings_dict["NAME"])
        ContentType.objects.clear_cache()

    def exists(self, name):
        """Return whether some worker has taken this snapshot."""
        return (self.directory / f"{name}.sqlite3").exists() or (self.directory / name).exists()

    @contextmanager
    def lock(self):
        """Keep other workers out while a snapshot is made that all of them use."""
        with (self.directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _template_name(self, name):
        return f"{connection.settings_dict['NAME']}_{name}".replace(f"_{self.worker}_", "_")

    def _copy_database(self, source, target):
        connections.close_all()
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [source])
            cursor.execute(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def drop_snapshot_databases():
    """Remove the databases that PostgreSQL keeps of snapshots, after the last test of all workers."""
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            for name in (SHIPPED, EMPTY):
                cursor.execute(f'DROP DATABASE IF EXISTS "test_{connection.settings_dict["NAME"]}_{name}" WITH (FORCE)')


def restore_shipped_data(snapshots):
    """Fill the database with the shipped data; the first worker that needs them loads them for all."""
    with snapshots.lock():
        if not snapshots.exists(SHIPPED):
            snapshots.restore(EMPTY)
            load_fixtures()
            snapshots.take(SHIPPED)
    snapshots.restore(SHIPPED)


def get_loaded_models():
    """Return every model that loading fills: records, their links, what follows from these, and their history."""
    links = [field.remote_field.through for model in versioned_models() for field in model._meta.many_to_many]
    history = [Version, Event, Shipment, RecordDigest, DatasetTally]
    return [*versioned_models(), *links, *concrete_models(Ancestry), *history]


def load_rows(make):
    """Fill the database with the records that `make` makes: by calling it the first time, then row by row."""
    if make not in CACHED_ROWS:
        make()
        CACHED_ROWS[make] = {model: list(model._base_manager.all()) for model in get_loaded_models()}
        for version in CACHED_ROWS[make][Version]:
            version.model_then = version.model
        return
    with versioned_transaction():
        for version in CACHED_ROWS[make][Version]:  # Where the tables were emptied, content types have other keys.
            version.kind_id = ContentType.objects.get_for_model(version.model_then).pk
        for model, rows in CACHED_ROWS[make].items():
            models.QuerySet(model).bulk_create(rows, batch_size=500)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), get_loaded_models()):
                cursor.execute(statement)


def create_two_releases():
    """Two releases without the data, which are quickly made: 2026.12 tells a change of each sort since 2026.11."""
    events = [
        ("published", "treatments", "letrozole", {}),
        ("published", "treatments", "tamoxifen", {"why": ["Line 2 & <line 3>."]}),
        ("changed", "symptoms", "joint-pain", {"fields": {"codes": {"before": ["icd10:M25.5"], "now": []}}}),
        ("retired", "treatments", "rest", {"replaced_by": "letrozole"}),
        ("removed", "side-effects", "rest-causes-pain", {}),
    ]
    events = [
        {"event": e, "kind": kind, "slug": slug, "name": slug, "why": []} | more for e, kind, slug, more in events
    ]
    last = None
    for name, changes in {"2026.11": events[:2], "2026.12": events}.items():
        last = Release(name=name, data_version=name, version="1", records=9, previous=last)
        with ReleaseFolder.open_empty() as folder:
            ReleaseDocuments(last, changes).write_files(folder)
            write_checksums(folder)
            write_archive(last, folder)
            store_contents(folder)
            publish(last, folder)
