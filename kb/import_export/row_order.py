"""The order in which rows are imported: each after the rows of the same file that it references."""

from kb.editorial.snapshot import format_key
from kb.models import versioned_models_by_label


def index_rows(rows):
    """Return the rows that name their record, by its model and key."""
    return {row.record_key: row for row in rows if row.record_key}


def sort_by_dependency(rows, rows_by_key):
    """Return the rows, each after those it references, else by model.

    Of rows that reference each other in a cycle, the one that is met first comes last. The stack stands in for
    recursion: a chain of parents may be as long as the file.
    """
    ranks = {label: rank for rank, label in enumerate(versioned_models_by_label())}
    ordered, seen = [], set()
    stack = [(row, False) for row in sorted(rows, key=lambda row: ranks.get(row.model, -1), reverse=True)]
    while stack:
        row, references_done = stack.pop()
        if references_done:
            ordered.append(row)
        elif row not in seen:
            seen.add(row)
            stack.append((row, True))
            stack += [(other, False) for _, _, other in iterate_referenced_rows(row, rows_by_key)]
    return ordered


def iterate_referenced_rows(row, rows_by_key):
    """Yield the other rows that a row references, each after the field and the key by which it does."""
    for f, key in row.iterate_references():
        other = rows_by_key.get((f.related_model, format_key(key)))
        if other is not None and other is not row:
            yield f, key, other
