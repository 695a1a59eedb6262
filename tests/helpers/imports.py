"""Importing files: a fixture that imports one as a user, and its errors in a short form."""

import pytest

from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.import_export import import_rows, read_rows
from kb.models import Batch


def run_generator(generator):
    """Exhaust a generator and return its return value."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def encode_lines(*lines):
    """Return a file of these lines."""
    return "\n".join(lines).encode()


@pytest.fixture
def import_file(users):
    """Import a file as a user, or only try it."""

    def import_file(
        data, model=None, name="x.csv", by="editor", dry_run=False, send=False, outcome_digest=None, batch=None
    ):
        rows = read_rows(name, data, model)
        row_data = [row.as_dict() for row in rows]
        batch = batch or Batch.objects.create(name=name, rows=row_data, why="Read again.", by=users[by])
        edit_request = EditRequest(users[by], "Read again.", Way.IMPORT, batch, send)
        return run_generator(import_rows(rows, edit_request, dry_run=dry_run, outcome_digest=outcome_digest))

    return import_file


def get_row_errors(result):
    """Return the error messages by row and column."""
    return {
        (outcome.at, column): " ".join(messages)
        for outcome in result.invalid_outcomes
        for column, messages in outcome.errors.items()
    }
