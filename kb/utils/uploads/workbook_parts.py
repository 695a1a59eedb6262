"""The parts of a workbook, checked by a streaming parser before anything is built of them."""

import io
import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from kb.utils.uploads.limits import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    MAX_PARTS,
    MAX_ROWS,
    MAX_SHARED_STRINGS,
    MAX_UNPACKED_BYTES,
    MAX_XML_DEPTH,
    MAX_XML_ELEMENTS,
    UnreadableUploadError,
)
from kb.utils.uploads.tables import SPLIT_IT, describe_long_cell

MAX_SHEET_ROW, MAX_LETTERS = 1_048_576, 3  # Of a spreadsheet.
COORDINATE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
ENCRYPTED = 0x1  # A flag of a part of a ZIP archive.
XML_ENDINGS = (".xml", ".rels")


@dataclass
class Sheet:
    """What a part says of its cells: whether there are any, which are merged, and which formulas have no value."""

    is_empty: bool = True
    merged: list[str] = field(default_factory=list)
    formulas: set[tuple[int, int]] = field(default_factory=set)  # Row and column of each without a value.


def check_workbook(content: bytes) -> dict[str, Sheet]:
    """Return what each part of a workbook says of its cells; raise UnreadableUploadError if it goes beyond a limit."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        check_names([part.filename for part in parts])
        if any(part.flag_bits & ENCRYPTED for part in parts):
            raise UnreadableUploadError("The workbook has a password: save it without one.")
        if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise UnreadableUploadError(
                f"The workbook is too large once it is unpacked: {MAX_UNPACKED_BYTES // 2**20} MB at most."
            )
        checker, sheets = PartChecker(), {}
        for part in parts:
            if part.filename.lower().endswith(XML_ENDINGS):
                with archive.open(part) as file:
                    sheets[part.filename] = checker.check_part(file)
        return sheets


def check_names(names: Collection[str]) -> None:
    if len(names) > MAX_PARTS:
        raise UnreadableUploadError(f"The workbook has more than {MAX_PARTS:,} parts: save it anew.")
    if len({*names}) < len(names):
        raise UnreadableUploadError("The workbook has two parts of one name: save it anew.")
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise UnreadableUploadError(f"The workbook has a part with a name that none has (“{name}”): save it anew.")


class PartChecker:
    """Counts the elements of all parts, and looks at each text and each cell."""

    def __init__(self) -> None:
        self.elements = self.shared_strings = 0

    def check_part(self, file: IO[bytes]) -> Sheet:
        """Return what a part says of its cells."""
        self.sheet, self.depth = Sheet(), 0
        self.row = self.column = self.text_length = self.value_length = 0
        self.has_formula = self.is_in_value = False
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self.start_element, self.end_element
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self.add_text, self.refuse_doctype
        parser.ParseFile(file)
        return self.sheet

    def refuse_doctype(self, *args: object) -> None:
        raise UnreadableUploadError("The workbook holds a DOCTYPE, which none has: save it anew.")

    def start_element(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements, self.depth = self.elements + 1, self.depth + 1
        if self.elements > MAX_XML_ELEMENTS or self.depth > MAX_XML_DEPTH:
            raise UnreadableUploadError(
                f"The workbook has more than {MAX_XML_ELEMENTS:,} elements, or more than {MAX_XML_DEPTH} in each "
                "other: copy its values into a new workbook."
            )
        name = tag.rpartition(":")[2]
        if name == "si":
            self.shared_strings, self.text_length = self.shared_strings + 1, 0
            if self.shared_strings > MAX_SHARED_STRINGS:
                raise UnreadableUploadError(f"The workbook holds more than {MAX_SHARED_STRINGS:,} texts: {SPLIT_IT}.")
        elif name == "row":
            self.start_row(attributes.get("r", ""))
        elif name == "c":
            self.start_cell(attributes.get("r", ""))
        elif name == "f":
            self.has_formula = True
        elif name in ("v", "t"):
            self.is_in_value = True
        elif name == "mergeCell":
            self.sheet.merged.append(attributes.get("ref", ""))

    def start_row(self, number: str) -> None:
        self.row, self.column = (int(number) if number.isdecimal() and len(number) < 9 else self.row + 1), 0
        if self.row > MAX_SHEET_ROW:
            raise UnreadableUploadError(f"The workbook has more than {MAX_SHEET_ROW:,} rows: save it anew.")

    def start_cell(self, coordinate: str) -> None:
        self.column, self.text_length, self.value_length, self.has_formula = self.column + 1, 0, 0, False
        if coordinate:
            match = COORDINATE.fullmatch(coordinate)
            if not match:
                raise UnreadableUploadError(f"There is no cell “{coordinate[:20]}”: save the workbook anew.")
            self.row, self.column = int(match[2]), 0
            for letter in match[1]:
                self.column = self.column * 26 + ord(letter) - ord("A") + 1

    def add_text(self, text: str) -> None:
        if not self.is_in_value:
            return
        self.text_length += len(text)
        self.value_length += len(text)
        if self.text_length > MAX_CELL_CHARACTERS:
            raise UnreadableUploadError(describe_long_cell(f"A cell (near row {self.row:,})" if self.row else "A cell"))

    def end_element(self, tag: str) -> None:
        self.depth -= 1
        name = tag.rpartition(":")[2]
        if name in ("v", "t"):
            self.is_in_value = False
        elif name == "c" and (self.value_length or self.has_formula):
            self.end_cell()

    def end_cell(self) -> None:
        self.sheet.is_empty = False
        if self.row > MAX_ROWS + 1:
            raise UnreadableUploadError(
                f"Something stands in row {self.row:,}; {MAX_ROWS:,} records at most, below the header: {SPLIT_IT}."
            )
        if self.column > MAX_COLUMNS:
            raise UnreadableUploadError(
                f"Something stands in column {self.column:,} of row {self.row:,}; {MAX_COLUMNS} columns at most."
            )
        if self.has_formula and not self.value_length:
            self.sheet.formulas.add((self.row, self.column))
