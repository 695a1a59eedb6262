"""Round trips of the shipped data: exported and imported again, and compared with the fixture files."""

import pytest

from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.import_export import export_records, fetch_records, import_rows, read_rows
from kb.import_export.fixtures import get_fixture_contents, is_up_to_date, read_fixtures
from kb.models import Shipment, versioned_models


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "yaml"])
def test_an_export_that_is_imported_again_changes_nothing(shipped_data, users, file_format):
    edit_request = EditRequest(users["editor"], "Read again.", Way.IMPORT)
    for model in versioned_models():
        generator = import_rows(
            read_rows(f"x.{file_format}", export_records(model.objects.all(), file_format), model),
            edit_request,
            dry_run=True,
        )
        while True:
            try:
                next(generator)
            except StopIteration as stop:
                result = stop.value
                break
        assert [o for o in result.outcomes if o.state != "same"] == []
        assert len(result.outcomes) == model.objects.count()


def test_the_fixture_files_match_the_records(shipped_data):
    contents = get_fixture_contents(read_fixtures())
    assert Shipment.objects.count() == len(contents) + 1
    assert is_up_to_date()
    for (model, key), (_, content) in fetch_records(contents).items():
        assert {name: content[name] for name in contents[model, key]} == contents[model, key]
