"""Differences between a row of a file and its record, column by column, formatted as in a file."""

from dataclasses import dataclass

from kb.editorial.diff import changed_fields
from kb.import_export.cells import format_value


@dataclass(frozen=True)
class ColumnDifference:
    """A column in which a row differs from its record, with both values as text."""

    name: str
    field: str
    before: str
    after: str


def diff_columns(model, before, after):
    """Return the differences in the columns that `after` holds; an empty value equals a missing one."""
    return [
        ColumnDifference(
            field.name,
            str(field.verbose_name),
            str(format_value(before.get(field.name))),
            str(format_value(after[field.name])),
        )
        for field in changed_fields(model, before, after)
        if field.name in after
    ]
