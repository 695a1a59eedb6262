"""Migrations, run in scratch databases: from nothing, backwards and forwards, and against the tables of the models."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from kb.permissions import ROLES
from tests.helpers.accounts import get_or_create_group
from tests.helpers.database_state import (
    check_readiness_with_a_missing_migration,
    create_and_find_symptom,
    create_tables_from_models,
    describe_data,
    describe_roles,
    describe_schema,
    list_symptom_triggers,
    remove_what_earlier_tables_cannot_hold,
)
from tests.helpers.scratch import run_commands, run_function

pytestmark = pytest.mark.slow


def test_all_migrations_run_from_nothing_and_none_is_missing(migrated_url):
    assert "No changes detected" in run_commands(migrated_url, "migrate --check", "makemigrations --check --dry-run")


def test_migrations_make_the_tables_of_the_models(scratch_databases, migrated_url):
    url = scratch_databases.create()
    run_function(url, create_tables_from_models)
    schema = run_function(url, describe_schema)
    assert len(schema) > 40
    assert run_function(migrated_url, describe_schema) == schema


def test_migrations_run_backwards_and_forwards_over_the_shipped_data(scratch_databases, shipped_url):
    """The first migrations of treatments cannot be reached: kinds of treatments in the data did not exist then."""
    url = scratch_databases.create(template=shipped_url)
    shipped_version = run_function(shipped_url, describe_data)["version"]
    run_function(url, remove_what_earlier_tables_cannot_hold)
    before = run_function(url, describe_data)
    run_commands(url, "migrate kb 0010 --verbosity=0", "migrate --verbosity=0")
    after = run_function(url, describe_data)  # Columns that were dropped are empty: the data version is another one.
    assert after | {"version": ""} == before | {"version": ""}  # Events were created again from the history.
    targets = [("symptoms", "0001"), ("treatments", "0003"), ("kb", "0001")]
    run_commands(url, *(f"migrate {app} {migration} --verbosity=0" for app, migration in targets))
    assert run_function(url, list_symptom_triggers) == []  # SQLite drops no column that a trigger reads.
    run_commands(url, "migrate --verbosity=0")
    assert len(run_function(url, list_symptom_triggers)) == (3 if connection.vendor == "sqlite" else 0)
    assert run_function(url, describe_schema) == run_function(shipped_url, describe_schema)
    after = run_function(url, describe_data)
    assert (after["records"], after["citations"]) == (before["records"], before["citations"])
    assert run_function(url, create_and_find_symptom) == ["new"]
    run_commands(url, "load_knowledge --overwrite")  # Columns that were dropped get their values from the files.
    assert run_function(url, describe_data)["version"] == shipped_version


def test_migrations_give_each_role_its_permissions(migrated_url, db):
    Group.objects.all().delete()
    for role in ROLES:
        get_or_create_group(role)
    assert run_function(migrated_url, describe_roles) == describe_roles()


def test_the_service_is_not_ready_while_a_migration_is_missing(scratch_databases, migrated_url):
    url = scratch_databases.create(template=migrated_url)
    status, checks = run_function(url, check_readiness_with_a_missing_migration)
    assert status == 503
    by_name = {check["name"]: check for check in checks}
    assert {name for name, check in by_name.items() if not check["ok"]} == {"migrations", "data"}
    assert by_name["migrations"]["says"].endswith(": 1.")
    assert "migrations must be in order first" in by_name["data"]["says"]
