"""The SQLite database of a release: a table for each kind, one for the items of lists, one for the cited places."""

import sqlite3
from contextlib import closing

from kb.renderers.table_columns import PASSAGE_COLUMNS, ColumnType, format_cell, get_model_columns


def write_database(path, metadata, lists):
    """Write a database of all records.

    `lists` maps the name of each kind to its model and to a function that reads its records, each time anew.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536")
        connection.execute("CREATE TABLE about (name TEXT PRIMARY KEY, says TEXT)")
        connection.executemany("INSERT INTO about VALUES (?, ?)", metadata.items())
        connection.execute("CREATE TABLE items (kind TEXT, slug TEXT, field TEXT, place INTEGER, item TEXT)")
        connection.execute(
            "CREATE TABLE citations (kind TEXT, slug TEXT, source TEXT, section TEXT, first_line INTEGER, "
            "last_line INTEGER, edition INTEGER, state TEXT)"
        )
        for name, (model, read_records) in lists.items():
            write_table(connection, name, model, read_records())
            write_lists(connection, name, read_records())
    clear_counters(path)


def clear_counters(path):
    """Set the counter of writes and the version of SQLite in the header to 0, so that the bytes depend on the data."""
    with path.open("r+b") as file:
        for position, length in ((24, 4), (92, 8)):
            file.seek(position)
            file.write(bytes(length))


def write_table(connection, name, model, records):
    """Create and fill the table of one model, with the columns of its CSV."""
    columns = get_model_columns(model)
    quoted = ", ".join(f'"{column.name}" {get_sql_type(column)}' for column in columns.values())
    table = name.replace("-", "_")
    connection.execute(f'CREATE TABLE "{table}" ({quoted})')
    placeholders = ", ".join("?" * len(columns))
    connection.executemany(
        f'INSERT INTO "{table}" VALUES ({placeholders})',  # noqa: S608 - the names are those of models and fields
        ([to_sql_value(record, column) for column in columns.values()] for record in records),
    )


def write_lists(connection, name, records):
    """Write the cited places and the items of all other lists of the records of one model."""
    for record in records:
        lists = {field: value for field, value in record.items() if isinstance(value, list)}
        connection.executemany(
            "INSERT INTO citations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [name, record["slug"], passage["source"]["slug"], *map(passage.get, PASSAGE_COLUMNS)]
                for passage in lists.pop("citations", [])
            ],
        )
        connection.executemany(
            "INSERT INTO items VALUES (?, ?, ?, ?, ?)",
            [
                [name, record["slug"], field, position, format_cell(item)]
                for field, value in lists.items()
                for position, item in enumerate(value, 1)
            ],
        )


def get_sql_type(column):
    """Return the declared type of a column; dates and times are texts of ISO 8601, as SQLite has no type for them."""
    if column.name == "slug":
        return "TEXT PRIMARY KEY"
    return "INTEGER" if column.type == ColumnType.INTEGER else "TEXT"


def to_sql_value(record, column):
    """Return a cell of an SQL table, of a serialized record: None stays null."""
    return None if record[column.field] is None else column.format_cell(record)
