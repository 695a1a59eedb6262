"""The data that the project ships: out as a file and in again, and as the next version is compared with them."""

import pytest

from kb.choices import Way
from kb.editorial.editing import Wish
from kb.import_export import bring, export, kinds, read, records
from kb.import_export import fixture_upgrade as shipping
from kb.models import Shipment


@pytest.mark.parametrize("form", ["csv", "xlsx", "yaml"])
def test_what_is_exported_and_imported_again_changes_nothing(shipped, people, form):
    wish = Wish(people["editor"], "Read again.", Way.IMPORT)
    for model in kinds().values():
        work = bring(read(f"x.{form}", export(model.objects.all(), form), model), wish, trial=True)
        while True:
            try:
                next(work)
            except StopIteration as ended:
                result = ended.value
                break
        assert [o for o in result.outcomes if o.state != "same"] == []
        assert len(result.outcomes) == model.objects.count()


def test_the_files_say_what_the_records_hold(shipped):
    said = shipping.said_by_files()
    assert Shipment.objects.count() == len(said) + 1
    assert shipping.nothing_new()
    for (model, key), (_, content) in records(said).items():
        assert {name: content[name] for name in said[model, key]} == said[model, key]
