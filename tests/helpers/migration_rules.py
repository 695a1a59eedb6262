"""What a migration may not do while processes of the version before still serve: expand first, contract later."""

import re

from django.db import migrations, models
from django.db.migrations.operations import base, fields, special
from django.db.models import NOT_PROVIDED

# Columns and tables that old code names, and what old code writes.
CONTRACTING = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
    migrations.AlterUniqueTogether,
    migrations.AddConstraint,
)
CONTRACTING_SQL = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN)|RENAME|SET\s+NOT\s+NULL|ADD\s+CONSTRAINT|ALTER\s+COLUMN)\b", re.I
)


def find_unsafe_operations(migration, state):
    """Return what of a migration old code would fail on; `state` is that of the models before it, and is changed.

    A migration that removes what no released version needs any more says which version was the first that could do
    without: `contracts = "0.2.0"`.
    """
    unsafe = []
    for operation in migration.operations:
        problems = (find_problem(part, migration.app_label, state) for part in iterate_operations(operation))
        unsafe += filter(None, problems)
        operation.state_forwards(migration.app_label, state)
    return unsafe


def iterate_operations(operation: base.Operation):
    """Yield an operation, or what it does in the database."""
    if isinstance(operation, special.SeparateDatabaseAndState):
        for part in operation.database_operations:
            yield from iterate_operations(part)
    else:
        yield operation


def find_problem(operation, app_label, state):
    """Return why old code would fail after an operation, or None."""
    if isinstance(operation, CONTRACTING):
        return operation.describe()
    if isinstance(operation, special.RunSQL) and CONTRACTING_SQL.search(str(operation.sql)):
        return f"SQL: {operation.sql}"
    if isinstance(operation, fields.AddField) and needs_value(operation.field):
        return f"{operation.describe()}: old code gives it no value, and neither does the database (db_default)"
    if isinstance(operation, fields.AlterField):
        model = state.models[app_label, operation.model_name_lower]
        if narrows(model.fields[operation.name], operation.field):
            return f"{operation.describe()}: what old code writes may not fit"
    return None


def needs_value(field):
    """Return whether a row that names no value for a column is refused."""
    return not (field.many_to_many or field.null or field.db_default is not NOT_PROVIDED)


def narrows(before, after):
    """Return whether a field takes less than it did, is of another type, or of another name."""
    if type(before) is not type(after) or before.db_column != after.db_column or before.null > after.null:
        return True
    if after.unique > before.unique:
        return True
    lengths = [getattr(field, "max_length", None) or float("inf") for field in (before, after)]
    return lengths[1] < lengths[0] or (isinstance(after, models.DecimalField) and after.max_digits < before.max_digits)
