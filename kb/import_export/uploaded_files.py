"""Uploaded files of records: read by a program of its own, and parsed into rows."""

import json
from datetime import date
from pathlib import PurePath

from kb.import_export.cells import CellProblem
from kb.import_export.rows import UnreadableFile, parse_fixture_records, parse_table
from kb.utils.uploads.isolation import read_isolated
from kb.utils.uploads.limits import MAX_FILE_BYTES, UnreadableUploadError

KINDS_BY_ENDING = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
}
ZIP_MARK = b"PK"


def read_rows(name, data, model=None):
    """Return the rows of an uploaded file, parsed by the suffix of its name; raise UnreadableFile if that fails.

    `model` is the model of the records of a table; YAML names it in each record.
    """
    ending = PurePath(name).suffix.lower()
    kind = KINDS_BY_ENDING.get(ending)
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableFile(f"The file is too large: {MAX_FILE_BYTES // 2**20} MB at most. Bring it in as several.")
    if not data.strip():
        raise UnreadableFile("The file is empty.")
    if kind is None:
        raise UnreadableFile(f"“{(ending or name)[:40]}” is not understood: give a .csv, .xlsx or .yaml file.")
    if kind != "yaml" and model is None:
        raise UnreadableFile("A table does not say what kind of records it holds: name the kind.")
    if (kind == "xlsx") != data.startswith(ZIP_MARK):
        raise UnreadableFile(f"This is no {ending} file: it holds something else. Save it again in that format.")
    try:
        content = json.loads(read_isolated(kind, data), object_hook=decode_cell if kind == "xlsx" else None)
    except UnreadableUploadError as error:
        raise UnreadableFile(str(error)) from None
    rows = []
    if content:
        rows = parse_fixture_records(content) if kind == "yaml" else parse_table(model, content)
    if not rows:
        raise UnreadableFile("The file holds no records.")
    return rows


def decode_cell(members):
    """Return what a cell of a workbook holds that JSON has no type for."""
    return date.fromisoformat(members["date"]) if "date" in members else CellProblem(members["problem"])
