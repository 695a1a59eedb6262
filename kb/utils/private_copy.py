"""A copy of tables for this thread alone, for writes that nobody is to see or to wait for."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import connection, models, transaction
from psycopg import sql

COPY_STEPS = (
    "CREATE TEMPORARY TABLE {own} (LIKE {shared} INCLUDING ALL) ON COMMIT DROP",
    "INSERT INTO {own} SELECT * FROM {shared}",
    "SELECT setval(pg_get_serial_sequence('{own}', {column}), (SELECT max({key}) FROM {own}))",
    "ANALYZE {own}",
)
TEMPORARY = ""  # The name of an SQLite database that is in memory, or in a file without a name where it is large.


@contextmanager
def private_copy(written_models: Collection[type[models.Model]]) -> Iterator[None]:
    """Let the connection of this thread write to copies of the tables of these models, which are gone at the end.

    It holds no lock that writers wait for: on PostgreSQL the database itself refuses to write to any other table
    meanwhile. SQLite is copied as a whole, within milliseconds; inside a transaction it is not copied, and the caller
    rolls back.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic():
            shadow_tables(written_models)
            yield
            transaction.set_rollback(True)
    elif connection.in_atomic_block:
        yield
    else:
        with copied_database():
            yield


@contextmanager
def copied_database() -> Iterator[None]:
    """Let the connection of this thread work on a copy of the file of SQLite until the end."""
    connection.ensure_connection()
    shared = connection.connection
    copy = connection.get_new_connection({**connection.get_connection_params(), "database": TEMPORARY})
    try:
        shared.backup(copy)
        connection.connection = copy
        yield
    finally:
        connection.connection = shared
        copy.close()


def shadow_tables(written_models: Collection[type[models.Model]]) -> None:
    """Put temporary copies in front of tables of PostgreSQL, which reads those first, until the transaction ends.

    The copies have the constraints of the tables except foreign keys, which would be checked at its end alone.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (schema,) = cursor.fetchone()
        for table, column in find_tables(written_models):
            names = {"shared": sql.Identifier(schema, table), "own": sql.Identifier("pg_temp", table)}
            for step in COPY_STEPS:
                cursor.execute(sql.SQL(step).format(**names, key=sql.Identifier(column), column=sql.Literal(column)))
        cursor.execute("SET TRANSACTION READ ONLY")  # Temporary tables can be written to all the same.


def find_tables(written_models: Collection[type[models.Model]]) -> list[tuple[str, str]]:
    """Return the tables of models and of their relations to several, each with the column of its key."""
    relations = {field.remote_field.through for model in written_models for field in model._meta.local_many_to_many}
    keys = [model._meta.pk for model in {*written_models, *relations} if model is not None]
    return sorted((key.model._meta.db_table, str(key.column)) for key in keys)
