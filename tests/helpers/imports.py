"""What tests of exchange begin with: a file, somebody who brings it in, and what was wrong with it."""

import pytest

from kb.choices import Way
from kb.editorial.editing import Wish
from kb.import_export import bring, read
from kb.models import Batch


def finished(work):
    """What a generator gives at its end."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return ended.value


def table(*lines):
    """A file of these lines."""
    return "\n".join(lines).encode()


@pytest.fixture
def take(people):
    """Bring a file in, or try it, as somebody."""

    def take(data, model=None, name="x.csv", by="editor", trial=False, send=False, seal=None, batch=None):
        rows = read(name, data, model)
        given = [row.as_json() for row in rows]
        batch = batch or Batch.objects.create(name=name, rows=given, why="Read again.", by=people[by])
        wish = Wish(people[by], "Read again.", Way.IMPORT, batch, send)
        return finished(bring(rows, wish, trial=trial, seal=seal))

    return take


def faults(result):
    """What was wrong, by row and column."""
    return {(o.at, column): " ".join(messages) for o in result.wrong for column, messages in o.errors.items()}
