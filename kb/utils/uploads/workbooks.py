"""Excel workbooks: the cells of the one visible sheet with records, with their types."""

import io
import math
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from kb.utils.uploads.limits import MAX_COLUMNS, MAX_ROWS, UnreadableUploadError
from kb.utils.uploads.tables import Cell, dump_rows
from kb.utils.uploads.workbook_parts import Sheet, check_workbook

MANUAL_SHEET = "How to fill it in"  # An export brings it along.
NO_VALUE_MESSAGE = "a formula without a value: open the file in the spreadsheet and save it, or write the value"


def read(content: bytes) -> bytes:
    """Return the rows of a workbook as JSON."""
    try:
        return dump_rows(iterate_rows(content))
    except (UnreadableUploadError, MemoryError):
        raise
    except (zipfile.BadZipFile, expat.ExpatError, EOFError, zlib.error) as error:
        raise UnreadableUploadError(f"The workbook cannot be read, it is damaged: {error}.") from error
    except Exception as error:  # openpyxl has no exception of its own for a damaged workbook.
        raise UnreadableUploadError(f"The workbook cannot be read: {error or type(error).__name__}.") from error


def iterate_rows(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the number and the cells of each row."""
    sheets = check_workbook(content)
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet, part = choose_sheet(book.worksheets, sheets)
    if part.merged:
        raise UnreadableUploadError(
            f"Cells are merged ({', '.join(part.merged[:3])}): in all but the first, the value would be missing. "
            "Unmerge them, and write the value in each."
        )
    sheet.reset_dimensions()  # What a file says of its own size may be wrong.
    rows = sheet.iter_rows(min_row=1, max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS)
    for number, cells in enumerate(rows, start=1):
        yield number, [read_cell(cell, (number, column) in part.formulas) for column, cell in enumerate(cells, 1)]


def choose_sheet(worksheets: list[Any], sheets: dict[str, Sheet]) -> tuple[Any, Sheet]:
    """Return the one sheet that everybody sees and that holds something, and what was checked of it."""
    visible = [sheet for sheet in worksheets if sheet.sheet_state == "visible" and sheet.title != MANUAL_SHEET]
    parts = [(sheet, sheets.get(sheet._worksheet_path.removeprefix("/"))) for sheet in visible]
    filled = [(sheet, part) for sheet, part in parts if part and not part.is_empty]
    if not visible:
        raise UnreadableUploadError("Every sheet of the workbook is hidden: show the one that is to be brought in.")
    if len(filled) > 1:
        names = ", ".join(f"“{sheet.title}”" for sheet, _ in filled[:5])
        raise UnreadableUploadError(f"Several sheets hold something: {names}. Leave the one that is to be brought in.")
    if not filled:
        raise UnreadableUploadError(f"The sheet “{visible[0].title}” is empty: the file holds no records.")
    return filled[0]


def read_cell(cell: Any, is_formula_without_value: bool) -> Cell:
    """Return the value of a cell as JSON: what is no text and no number keeps saying so."""
    value = cell.value
    if is_formula_without_value:
        return {"problem": NO_VALUE_MESSAGE}
    if cell.data_type == "e":
        return {"problem": f"“{value}”, an error of the spreadsheet or a date that no calendar has: write the value"}
    if isinstance(value, str):
        return unescape(value)
    if isinstance(value, datetime) and value.time() != datetime.min.time():
        return {"problem": f"a day with a time ({value}): write the day alone"}
    if isinstance(value, date):
        return {"date": (value.date() if isinstance(value, datetime) else value).isoformat()}
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value if math.isfinite(value) else {"problem": "no number"}
    return {"problem": f"a time or a length of time ({value}) of the spreadsheet: format the cell as text"}
