"""The Parquet files of a release: a table for each kind, with the columns of its CSV, typed, written batch by batch.

pyarrow writes them. It is optional (requirements-tables.txt): a release that is made without it has no such files.
"""

from collections.abc import Iterator
from datetime import date, datetime
from importlib import import_module
from importlib.util import find_spec
from itertools import islice

from kb.renderers.table_columns import PASSAGE_COLUMNS, ColumnType, format_cell, get_model_columns

PACKAGE, INSTALL = "pyarrow", "pip install -r requirements-tables.txt"
ROWS_PER_GROUP = 5_000  # What is in memory at a time.
PASSAGE_NUMBERS = {"first_line", "last_line", "edition"}


def can_write_parquet():
    """Return whether the package that writes Parquet is installed."""
    return find_spec(PACKAGE) is not None


def write_parquet(path, model, records, terms):
    """Write the records of one model as a table; `terms` (name, version, licence, citation) go into its metadata."""
    pyarrow, parquet = import_module(PACKAGE), import_module(f"{PACKAGE}.parquet")
    columns = get_model_columns(model)
    schema = build_schema(pyarrow, columns).with_metadata(terms)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        rows = ({name: get_value(column, record) for name, column in columns.items()} for record in records)
        for batch in iterate_batches(rows):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema))


def iterate_batches(rows) -> Iterator[list]:
    """Yield the rows in lists of ROWS_PER_GROUP."""
    rows = iter(rows)
    while batch := list(islice(rows, ROWS_PER_GROUP)):
        yield batch


def build_schema(pyarrow, columns):
    """Return the schema of a table, with the description of each column."""
    passage = pyarrow.struct(
        [
            ("source", pyarrow.string()),
            *((name, pyarrow.int64() if name in PASSAGE_NUMBERS else pyarrow.string()) for name in PASSAGE_COLUMNS),
        ]
    )
    types = {
        ColumnType.TEXT: pyarrow.string(),
        ColumnType.INTEGER: pyarrow.int64(),
        ColumnType.DATE: pyarrow.date32(),
        ColumnType.DATE_TIME: pyarrow.timestamp("us", tz="UTC"),
        ColumnType.TEXTS: pyarrow.list_(pyarrow.string()),
        ColumnType.PASSAGES: pyarrow.list_(passage),
    }
    return pyarrow.schema(
        [
            pyarrow.field(column.name, types[column.type], metadata={"description": column.description})
            for column in columns.values()
        ]
    )


def get_value(column, record):
    """Return the value of a column for a serialized record; None where there is none."""
    value = record[column.field]
    if value is None:
        return None
    match column.type:
        case ColumnType.TEXTS:
            return [str(format_cell(item, column.part)) for item in value]
        case ColumnType.PASSAGES:
            return [
                {"source": item["source"]["slug"]} | {name: item[name] for name in PASSAGE_COLUMNS} for item in value
            ]
        case ColumnType.DATE:
            return date.fromisoformat(value)
        case ColumnType.DATE_TIME:
            return datetime.fromisoformat(value)
        case ColumnType.INTEGER:
            return value
    return format_cell(value, column.part)
