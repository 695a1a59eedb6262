"""The data that the project ships: out as a file and in again, and as the next version is compared with them."""

import pytest

from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.import_export import export_records, fetch_records, import_rows, read_rows
from kb.import_export.fixtures import get_fixture_contents, is_up_to_date, read_fixtures
from kb.models import Shipment, versioned_models


@pytest.mark.parametrize("form", ["csv", "xlsx", "yaml"])
def test_what_is_exported_and_imported_again_changes_nothing(shipped_data, users, form):
    wish = EditRequest(users["editor"], "Read again.", Way.IMPORT)
    for model in versioned_models():
        work = import_rows(read_rows(f"x.{form}", export_records(model.objects.all(), form), model), wish, dry_run=True)
        while True:
            try:
                next(work)
            except StopIteration as ended:
                result = ended.value
                break
        assert [o for o in result.outcomes if o.state != "same"] == []
        assert len(result.outcomes) == model.objects.count()


def test_the_files_say_what_the_records_hold(shipped_data):
    said = get_fixture_contents(read_fixtures())
    assert Shipment.objects.count() == len(said) + 1
    assert is_up_to_date()
    for (model, key), (_, content) in fetch_records(said).items():
        assert {name: content[name] for name in said[model, key]} == said[model, key]
