"""manage.py check_data_version: whether the data version is that of all public data, and its repair."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from kb.dataset.tallies import find_disagreements, recount
from kb.dataset.version import data_version, dataset_state
from kb.management.commands import check_data_version
from symptoms.models import SideEffect, Symptom

pytestmark = pytest.mark.django_db

pytestmark = pytest.mark.django_db


def test_the_command_says_whether_the_version_is_right_and_repairs_it(counted_universe, capsys):
    call_command("check_data_version")
    assert f"The data version {data_version()} is that of all public data." in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("UPDATE treatments_treatment SET summary = 'by hand' WHERE slug = 'drug'")
    before = data_version()
    with pytest.raises(CommandError, match=r"treatments \(1 records differ\).*--repair"):
        call_command("check_data_version")
    assert data_version() == before
    call_command("check_data_version", repair=True)
    assert "Repaired: treatments (1 records differ)." in capsys.readouterr().out
    assert data_version() != before
    call_command("check_data_version")


def test_the_command_does_not_compare_what_changed_meanwhile(counted_universe, monkeypatch):
    def write_and_find():
        Symptom.objects.update(summary="late")
        return find_disagreements()

    monkeypatch.setattr(check_data_version, "find_disagreements", write_and_find)
    with pytest.raises(CommandError, match="run it again"):
        call_command("check_data_version")


def test_a_record_deleted_by_hand_is_found_by_a_full_count(counted_universe):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM symptoms_sideeffect_citations")
        cursor.execute("DELETE FROM symptoms_sideeffect WHERE slug = 'class-bone'")
    assert recount(SideEffect).stale_records > 1
    call_command("check_data_version", repair=True)
    assert not find_disagreements()
    assert dataset_state().counts[SideEffect] == SideEffect.objects.count()
