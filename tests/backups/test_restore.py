"""Backups of whole databases, taken while somebody edits, and what is restored of them."""

import re
import sqlite3
from collections import Counter

import pytest
from django.db import connection

from kb.backups.archive import check_archive
from tests.helpers.answers import collect_answers
from tests.helpers.backups import add_ballast, back_up_during_edits, measure_backup, run_manage
from tests.helpers.database_state import describe_data, describe_schema
from tests.helpers.scratch import run_commands, run_function

pytestmark = pytest.mark.slow
LATEST_MIGRATIONS = ["symptoms 0008", "treatments 0006", "kb 0018"]


def get_schema(url):
    """Return tables, columns, constraints and indexes, and the names of what else is defined.

    PostgreSQL writes an expression that it read from a dump with other casts.
    """
    schema = run_function(url, describe_schema)
    return schema | {"definitions": sorted(schema["definitions"])}


@pytest.fixture
def backup(tmp_path, shipped_url):
    """A backup of the shipped data."""
    run_commands(shipped_url, f"backup {tmp_path / 'shipped.zip'}")
    return tmp_path / "shipped.zip"


@pytest.fixture
def change_data():
    """Write into a database past the program, so that it can be told from a backup."""

    def change_data(url):
        run_function(url, add_ballast)

    return change_data


def has_ballast(url):
    return "ballast" in run_function(url, describe_schema)["tables"]


def list_replaced(url, tmp_path):
    """Return the URLs of the databases that were put aside."""
    if connection.vendor == "sqlite":
        path = url.removeprefix("sqlite:///")
        return [f"sqlite:///{found}" for found in tmp_path.glob("**/*") if str(found).startswith(f"{path}.replaced-")]
    prefix, _, name = url.rpartition("/")
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{name}_replaced_"])
        return [f"{prefix}/{found}" for (found,) in cursor.fetchall()]


def test_a_backup_that_was_taken_during_edits_gives_every_answer_of_its_moment(
    scratch_databases, shipped_url, tmp_path, monkeypatch
):
    monkeypatch.setenv("READS_PER_MINUTE", "0")
    monkeypatch.setenv("BACKUP", str(tmp_path / "edited.zip"))
    url, restored_url = scratch_databases.create(template=shipped_url), scratch_databases.create()
    before = run_function(url, back_up_during_edits)
    assert before["edits"][0] != before["edits"][1], "Nothing was edited while the backup was taken."
    statuses = Counter(status for status, *_ in before["answers"].values())
    assert statuses[200] > 250, statuses
    assert not [status for status in statuses if status >= 500], statuses
    run_commands(restored_url, f"restore {tmp_path / 'edited.zip'}")
    after = run_function(restored_url, collect_answers)
    assert [url for url, answer in before["answers"].items() if after[url] != answer] == []
    assert get_schema(restored_url) == get_schema(shipped_url)
    assert run_function(restored_url, describe_data)["version"] == before["data_version"]


def test_a_database_that_holds_data_is_put_aside_only_if_somebody_says_so(
    scratch_databases, migrated_url, backup, change_data, tmp_path_factory
):
    url = scratch_databases.create(template=migrated_url)
    change_data(url)
    code, words = run_manage(url, "restore", backup)
    assert (code, "holds data" in words, has_ballast(url)) == (1, True, True)
    code, words = run_manage(url, "restore", "--replace", backup)
    assert code == 0, words
    assert not has_ballast(url)
    (old,) = list_replaced(url, tmp_path_factory.getbasetemp())
    scratch_databases.urls.append(old)
    assert has_ballast(old)
    assert old.rpartition("/")[2] in words


def test_a_damaged_backup_changes_nothing(scratch_databases, migrated_url, backup, change_data):
    url = scratch_databases.create(template=migrated_url)
    change_data(url)
    content = backup.read_bytes()
    for damaged in (content[: len(content) // 2], content.replace(content[5000:5004], b"XXXX", 1), b"CREATE TABLE"):
        backup.write_bytes(damaged)
        code, words = run_manage(url, "restore", "--replace", backup)
        assert (code, "Traceback" in words, "Nothing was restored" in words) == (1, False, True)
    assert has_ballast(url)


def test_a_backup_of_an_older_version_is_migrated(scratch_databases, migrated_url, tmp_path):
    old, url = scratch_databases.create(template=migrated_url), scratch_databases.create()
    run_commands(old, *(f"migrate {target} --verbosity=0" for target in LATEST_MIGRATIONS))
    run_commands(old, f"backup {tmp_path / 'old.zip'}")
    code, words = run_manage(url, "restore", tmp_path / "old.zip")
    assert code == 0, words
    assert re.search(r"\b[1-9]\d* migrations were applied", words)
    assert get_schema(url) == get_schema(migrated_url)


def test_a_migration_that_fails_while_restoring_changes_nothing(scratch_databases, migrated_url, tmp_path, change_data):
    old, url = scratch_databases.create(template=migrated_url), scratch_databases.create(template=migrated_url)
    change_data(url)
    run_commands(old, f"migrate {LATEST_MIGRATIONS[0]} --fake --verbosity=0")  # Its indexes are there already.
    run_commands(old, f"backup {tmp_path / 'old.zip'}")
    code, words = run_manage(url, "restore", "--replace", tmp_path / "old.zip")
    assert (code, "already exists" in words, has_ballast(url)) == (1, True, True)


def test_nothing_is_restored_while_somebody_uses_the_database(scratch_databases, migrated_url, backup, change_data):
    url = scratch_databases.create(template=migrated_url)
    change_data(url)
    if connection.vendor == "sqlite":
        user = sqlite3.connect(url.removeprefix("sqlite:///"))
        user.execute("SELECT count(*) FROM ballast").fetchone()
    else:
        import psycopg

        user = psycopg.connect(url)
    code, words = run_manage(url, "restore", "--replace", backup)
    assert (code, "in use" in words) == (1, True)
    user.close()
    assert has_ballast(url)
    assert run_manage(url, "restore", "--replace", backup)[0] == 0
    assert not has_ballast(url)


def test_memory_does_not_grow_with_the_database(scratch_databases, migrated_url, tmp_path, monkeypatch):
    url = scratch_databases.create(template=migrated_url)
    run_function(url, add_ballast)
    monkeypatch.setenv("BACKUP", str(tmp_path / "large.zip"))
    assert run_function(url, measure_backup) < 40  # Megabytes, of 100 in the database.
    assert (tmp_path / "large.zip").stat().st_size > 40_000_000
    assert check_archive(tmp_path / "large.zip").row_counts["ballast"] == 100


def test_a_damaged_database_is_not_backed_up_and_can_be_replaced(scratch_databases, shipped_url, backup, tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite is a file that can be damaged here.")
    for start in (0, 2_000_000):
        url = scratch_databases.create(template=shipped_url)
        with open(url.removeprefix("sqlite:///"), "r+b") as file:
            file.seek(start)
            file.write(b"\xff" * 1_000_000)
        code, words = run_manage(url, "backup", tmp_path / f"{start}.zip")
        assert (code, "No backup was made" in words, "Traceback" in words) == (1, True, False)
        assert run_manage(url, "restore", "--replace", backup)[0] == 0
        assert run_function(url, describe_data) == run_function(shipped_url, describe_data)
    assert [path.name for path in tmp_path.iterdir()] == ["shipped.zip"]
