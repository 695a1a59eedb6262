"""CSV files: separated by commas, tabs, or semicolons as Excel writes in much of Europe; read strictly."""

import csv
import io
import re
from collections.abc import Iterator

from kb.utils.uploads.limits import MAX_CELL_CHARACTERS, UnreadableUploadError
from kb.utils.uploads.tables import Cell, describe_long_cell, dump_rows
from kb.utils.uploads.texts import decode_text


def read(content: bytes) -> bytes:
    """Return the rows of a CSV file as JSON."""
    return dump_rows(iterate_rows(decode_text(content)))


def iterate_rows(text: str) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the number and the cells of each row."""
    separator_line = re.match(r'"?sep=(.)"?\r?\n', text)
    head = text.partition("\n")[0] if not separator_line else ""
    separator = separator_line.group(1) if separator_line else max(",;\t", key=head.count)
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    reader, first_line = None, 1
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for number, cells in enumerate(reader, start=1):
            if not (separator_line and number == 1):
                yield number, cells
            first_line = reader.line_num + 1
    except (csv.Error, TypeError) as error:  # TypeError: what follows “sep=” can separate nothing.
        raise UnreadableUploadError(describe_error(str(error), first_line)) from None


def describe_error(message: str, line: int) -> str:
    """Return what is wrong with the row that begins in this line."""
    if "field larger" in message:
        return describe_long_cell(f"A cell of the row that begins in line {line:,}")
    if "unexpected end" in message or "expected after" in message:
        return (
            f"A quotation mark is not closed in the row that begins in line {line:,}, or stands within a cell: "
            'write a cell with a quotation mark as "one ""word"" in it".'
        )
    return f"The file cannot be read as CSV: {message} (line {line:,})."
