"""What tables of any format share: limits on rows, columns and characters, and how they are handed back as JSON."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from kb.utils.uploads.limits import (
    MAX_CELL_CHARACTERS,
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_COLUMNS,
    MAX_ROWS,
    UnreadableUploadError,
)

Cell = Any  # A text, a number, true or false, nothing; {"date": …}, {"problem": …}
NumberedRow = tuple[int, list[Cell]]
SPLIT_IT = "bring it in as several"


def dump_rows(rows: Iterable[NumberedRow]) -> bytes:
    """Return the rows that hold something, with their numbers, as JSON; raise UnreadableUploadError beyond a limit."""
    return json.dumps([*check_rows(rows)]).encode()


def check_rows(rows: Iterable[NumberedRow]) -> Iterator[NumberedRow]:
    """Yield the rows that hold something, without the empty cells at their ends, as long as they keep the limits."""
    cells = characters = 0
    for number, row in rows:
        while row and is_empty(row[-1]):
            row.pop()
        if not row:
            continue
        if number > MAX_ROWS + 1:
            raise UnreadableUploadError(
                f"Something stands in row {number:,}; {MAX_ROWS:,} records at most, below the header: {SPLIT_IT}."
            )
        if len(row) > MAX_COLUMNS:
            raise UnreadableUploadError(f"Row {number:,} has {len(row):,} columns; {MAX_COLUMNS} at most.")
        cells += len(row)
        characters += sum(len(cell) for cell in row if isinstance(cell, str))
        if cells > MAX_CELLS:
            raise UnreadableUploadError(f"The file holds more than {MAX_CELLS:,} cells: {SPLIT_IT}.")
        if characters > MAX_CHARACTERS:
            raise UnreadableUploadError(f"The file holds more than {MAX_CHARACTERS:,} characters: {SPLIT_IT}.")
        yield number, row


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def describe_long_cell(place: str) -> str:
    """Return what is wrong with a cell of too many characters."""
    return f"{place} holds more than {MAX_CELL_CHARACTERS:,} characters: no cell may hold so many."
