"""What tests of exchange begin with: a file, somebody who brings it in, and what was wrong with it."""

import pytest

from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.import_export import import_rows, read_rows
from kb.models import Batch


def run_generator(work):
    """What a generator gives at its end."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return ended.value


def encode_lines(*lines):
    """A file of these lines."""
    return "\n".join(lines).encode()


@pytest.fixture
def import_file(users):
    """Bring a file in, or try it, as somebody."""

    def import_file(
        data, model=None, name="x.csv", by="editor", dry_run=False, send=False, outcome_digest=None, batch=None
    ):
        rows = read_rows(name, data, model)
        given = [row.as_dict() for row in rows]
        batch = batch or Batch.objects.create(name=name, rows=given, why="Read again.", by=users[by])
        wish = EditRequest(users[by], "Read again.", Way.IMPORT, batch, send)
        return run_generator(import_rows(rows, wish, dry_run=dry_run, outcome_digest=outcome_digest))

    return import_file


def get_row_errors(result):
    """What was wrong, by row and column."""
    return {
        (o.at, column): " ".join(messages) for o in result.invalid_outcomes for column, messages in o.errors.items()
    }
