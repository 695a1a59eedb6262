"""The differences between two contents of a record, field by field, formatted as in a file."""

from dataclasses import dataclass

from kb.editorial.snapshot import editable_fields
from kb.import_export.cells import format_value


@dataclass(frozen=True)
class Difference:
    """One field in which two contents differ, with both values as text."""

    name: str
    field: str
    before: str
    after: str


def diff_contents(model, before, after):
    """Return the differences in the fields that `after` holds; an empty value equals a missing one."""
    return [
        Difference(f.name, str(f.verbose_name), str(format_value(before.get(f.name))), str(format_value(after[f.name])))
        for f in editable_fields(model)
        if f.name in after and (before.get(f.name) or "") != (after[f.name] or "")
    ]
