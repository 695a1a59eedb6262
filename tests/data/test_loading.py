"""Loading the shipped data anew: nothing changes."""

import pytest
from django.core.management import call_command
from django.core.serializers import serialize

from kb.dataset.version import data_version
from kb.models import Passage, record_models

pytestmark = pytest.mark.usefixtures("shipped_data")


def serialize_all_records():
    models = [*record_models(), Passage]
    return [
        sorted(
            serialize("json", [r], use_natural_foreign_keys=True, use_natural_primary_keys=True)
            for r in m.objects.all()
        )
        for m in models
    ]


def test_loading_twice_changes_nothing():
    records, version = serialize_all_records(), data_version()
    call_command("load_knowledge", "--overwrite")
    assert (serialize_all_records(), data_version()) == (records, version)
