"""Limits of time: what requests have, what commands have not, and which errors are those of the database."""

import os
import sqlite3

import pytest
from django.db import DatabaseError, OperationalError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError

from kb.db_backends import time_limits
from kb.environment import DatabaseLimits
from kb.metrics import RESERVED_BYTES, reserve_files, shrink_files_of_ended_processes
from kb.utils.database_errors import is_database_failure

LIMITS = DatabaseLimits(connect=3, statement=15, lock=10)


@pytest.mark.django_db
def test_requests_have_limits_and_commands_have_none(monkeypatch, settings):
    for is_command in (False, True):
        monkeypatch.setattr(time_limits, "_lifted", is_command)
        params = connection.get_connection_params()
        if connection.vendor == "sqlite":
            assert params["timeout"] == (60 if is_command else settings.DATABASE_LOCK_SECONDS)
        else:
            assert params["connect_timeout"] == settings.DATABASE_CONNECT_SECONDS
            assert f"statement_timeout={0 if is_command else 15000}" in params["options"]
            assert f"lock_timeout={0 if is_command else 10000}" in params["options"]
            assert connection.wait_seconds == (None if is_command else 18)


def test_the_options_of_each_database():
    assert LIMITS.build_options({"ENGINE": "kb.db_backends.postgresql"}) == {
        "connect_timeout": 3,
        "statement_seconds": 15,
        "lock_seconds": 10,
    }
    options = LIMITS.build_options({"ENGINE": "kb.db_backends.sqlite3"})
    assert options["timeout"] == 10
    assert "synchronous=FULL" in options["init_command"]


@pytest.mark.django_db
def test_on_sqlite_a_commit_is_on_the_disk():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL does so unless it is told not to.")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)


WARN_ON_COMMIT = """
CREATE TEMPORARY TABLE warning (number integer);
CREATE FUNCTION pg_temp.warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE WARNING 'canceling wait for synchronous replication due to user request'; RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER warn AFTER INSERT ON warning DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION pg_temp.warn()
"""


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_no_replica_is_known_to_have_is_not_acknowledged():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no replicas.")
    with connection.cursor() as cursor:
        cursor.execute(WARN_ON_COMMIT)
        with pytest.raises(OperationalError, match="whether a replica has it") as caught, transaction.atomic():
            cursor.execute("INSERT INTO warning VALUES (1)")
        with transaction.atomic():  # What follows is a commit of its own.
            cursor.execute("SELECT count(*) FROM warning")
            assert cursor.fetchone() == (1,)
    assert is_database_failure(caught.value)
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("query", "is_failure"),
    [("SELECT * FROM no_such_table", True), ("SELECT no_such_column FROM kb_revision", True), ("SELEC", False)],
)
def test_tables_of_another_version_are_a_failure_and_a_wrong_query_is_not(query, is_failure):
    with connection.cursor() as cursor, pytest.raises(DatabaseError) as caught:
        cursor.execute(query)
    assert is_database_failure(caught.value) is is_failure


def test_what_follows_from_a_failure_is_one(tmp_path):
    file = tmp_path / "no-database"
    file.write_bytes(os.urandom(8192))
    with pytest.raises(sqlite3.DatabaseError) as caught:
        sqlite3.connect(file).execute("SELECT * FROM sqlite_master")
    damage = DatabaseError("file is not a database")
    damage.__cause__ = caught.value
    broken = TransactionManagementError("An error occurred in the current transaction.")
    assert not is_database_failure(broken)
    broken.__cause__ = OperationalError("gone")
    assert is_database_failure(broken)
    assert is_database_failure(damage)
    assert not is_database_failure(ProgrammingError("syntax"))
    assert not is_database_failure(ValueError())
    assert not is_database_failure(None)


def test_the_room_for_counts_is_taken_at_the_start_and_given_back_at_the_end(tmp_path):
    reserve_files(tmp_path)
    own = tmp_path / f"counter_{os.getpid()}.db"
    assert own.stat().st_size == RESERVED_BYTES
    assert own.stat().st_blocks * 512 >= RESERVED_BYTES
    ended = tmp_path / "counter_999999999.db"
    ended.write_bytes((96).to_bytes(4, "little") + bytes(RESERVED_BYTES - 4))
    shrink_files_of_ended_processes(tmp_path)
    assert (ended.stat().st_size, own.stat().st_size) == (96, RESERVED_BYTES)
