"""On PostgreSQL a trial writes to copies of tables alone, whatever it brings in: the database itself sees to it."""

import pytest
from django.contrib.auth.models import User
from django.db import InternalError, connection, transaction

from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.editorial.versioning import versioned_transaction
from kb.import_export import export_records, import_rows, read_rows
from kb.models import Batch, Passage, versioned_models
from kb.utils.private_copy import private_copy
from tests.helpers.imports import run_generator


@pytest.fixture(autouse=True)
def only_on_postgres():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is copied as a whole.")


def is_read_only():
    """Return whether the database refuses to write to what is not a temporary table."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return cursor.fetchone() == ("on",)


@pytest.mark.parametrize("status", ["published", "draft"])
@pytest.mark.parametrize("model", versioned_models(), ids=lambda model: model.__name__)
def test_a_trial_of_any_kind_writes_to_no_table_that_others_use(shipped_data, users, model, status):
    records = model.objects.filter(pk__in=[record.pk for record in model.objects.order_by("pk")[:3]])
    if model is not Passage:
        with versioned_transaction():
            records.update(status=status)
    rows = read_rows("x.yaml", export_records(records, "yaml"), model)
    name = next(name for name in ("text", "name", "title", "section") if name in rows[0].words)
    for number, row in enumerate(rows):
        row.words[name] = f"Number {number} of what is tried."
    steps = import_rows(rows, EditRequest(users["editor"], "Read again.", Way.IMPORT), dry_run=True)
    for _ in rows:
        next(steps)
        assert is_read_only()
    result = run_generator(steps)
    assert not is_read_only()
    assert [(outcome.state, outcome.errors) for outcome in result.outcomes] == [("changed", {})] * len(rows)
    assert not model.objects.filter(**{f"{name}__startswith": "Number"}).exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_not_copied_is_not_written_to(users):
    with private_copy([Batch]):
        Batch.objects.create(name="x", rows=[], by=users["editor"])
        with pytest.raises(InternalError, match="read-only"), transaction.atomic():
            User.objects.update(first_name="Ann")
    assert not Batch.objects.exists()
