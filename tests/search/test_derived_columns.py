"""Derived columns of many records: after a migration they are derived anew only where they may have changed."""

import pytest
from django.core.management import call_command
from django.db import models
from django.db.migrations.recorder import MigrationRecorder

from kb.dataset import counts
from kb.import_export.fixtures import mark_fixtures_applied
from kb.models import Shipment, Version, record_models
from kb.search import derived_columns
from kb.search.fulltext import sync_search_indexes
from treatments.models import Treatment

DRUG = models.QuerySet(Treatment).filter(slug="drug")  # Writes past the program.


@pytest.fixture
def many_records(universe, monkeypatch):
    """Count the records of the universe as many; what is derived is marked."""
    monkeypatch.setattr(counts, "MANY_RECORDS", 5)
    run_post_migrate()
    return universe


def run_post_migrate():
    sync_search_indexes(Treatment._meta.app_config, using="default")


def is_refreshed():
    """Return whether what follows every migration brings a column in step that was written past the program."""
    DRUG.update(name_index="stale")
    run_post_migrate()
    return DRUG.get().name_index != "stale"


def test_few_records_are_looked_at_each_time(universe):
    assert is_refreshed()
    assert is_refreshed()
    assert not Shipment.objects.exists()


def test_many_records_are_left_alone(many_records, django_assert_max_num_queries):
    assert not is_refreshed()
    with django_assert_max_num_queries(3 * 3 + 4 + len(record_models())) as queries:
        run_post_migrate()
    assert not [query for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]
    assert not [query for query in queries if '"search_index"' in query["sql"] and "CREATE" not in query["sql"]]


def test_other_code_refreshes_many_records_once(many_records, monkeypatch, tmp_path):
    other = tmp_path / "text_analysis.py"
    other.write_text("# Other rules.")
    monkeypatch.setattr(derived_columns.text_analysis, "__file__", str(other))
    assert is_refreshed()
    assert not is_refreshed()


def test_a_migration_refreshes_many_records_once(many_records, monkeypatch):
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda self: {("treatments", "9999_more"): None})
    assert is_refreshed()
    assert not is_refreshed()


def test_a_lost_mark_refreshes_many_records(many_records):
    Shipment.objects.filter(model="").delete()
    assert is_refreshed()


def test_files_that_are_applied_leave_the_mark(many_records):
    mark_fixtures_applied({})
    assert not is_refreshed()


def test_prepare_looks_at_many_records_only_if_told_to(many_records, capsys, monkeypatch):
    monkeypatch.setattr("kb.management.commands.prepare.Command.collect_static_files", lambda self: None)
    call_command("prepare", every_record=True)
    before = Version.objects.count()
    DRUG.update(brand_names=["Novel"])
    call_command("prepare")
    assert "History: kept as it is; with --every-record" in capsys.readouterr().out
    assert Version.objects.count() == before
    call_command("prepare", every_record=True)
    assert "1 records had been written outside of the editor" in capsys.readouterr().out
    assert Version.objects.count() == before + 1
    assert Treatment.objects.with_any_name("novel").exists()
