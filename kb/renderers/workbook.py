"""The renderer of workbooks (XLSX): a whole filtered list as a sheet, beside one that tells version and licence."""

import re
from datetime import datetime
from functools import partial
from tempfile import TemporaryFile
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from kb.api.exceptions import InvalidParameters
from kb.dataset.metadata import list_terms
from kb.dataset.version import data_version
from kb.import_export.file_formats import MEDIA_TYPES, escape_workbook_text
from kb.models import resource_name
from kb.renderers.table_columns import get_columns
from kb.renderers.tabular import WholeListRenderer, escape_cells

MAX_ROWS, MAX_CELL_LENGTH = 1_048_576, 32_767  # What a sheet and a cell of Excel hold.
CHUNK_BYTES = 64_000
EARLIEST_TIME = (1980, 1, 1, 0, 0, 0)  # Of a ZIP archive.
MODIFIED_PATTERN = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
ERROR_VALUE_PREFIX = "#"  # A spreadsheet takes #N/A and others for an error unless the cell says that it holds a text.


class XlsxRenderer(WholeListRenderer):
    """Renders a workbook: the rows of CSV as a sheet, and a second sheet with version, licence and how to cite."""

    media_type, format, schema_name, charset = MEDIA_TYPES["xlsx"], "xlsx", "XlsxFile", None
    count_params = ()

    @classmethod
    def describe_response(cls, schema):
        body = {"title": cls.schema_name, "type": "string", "contentMediaType": cls.media_type}
        return (
            body,
            "A workbook: the rows of CSV as a sheet; then one with the data version, licence, how to cite.",
            None,
        )

    def iterate_content(self, view, records, absence):
        """Return the content of the file, which is written at once: a list that Excel cannot hold is refused (400)."""
        book = Workbook(write_only=True)
        book.properties.creator = None
        columns = get_columns(view.get_serializer())
        refusal = self.write_sheet(book, resource_name(view.queryset.model), columns, records)
        terms = list_terms(data_version()) | {"address": view.request.build_absolute_uri()}
        about = book.create_sheet("about")
        for row in (terms | ({"no rows": absence.says} if absence else {})).items():
            about.append(build_row(about, map(escape_workbook_text, row)))
        with TemporaryFile() as written:
            book.save(written)  # Also if it is refused: so its temporary files are removed.
            if refusal:
                raise InvalidParameters([{"parameter": "format", "detail": refusal, "nearest": "csv"}])
            return read_chunks(repack(written))

    def write_sheet(self, book, title, columns, records):
        """Write the sheet of a list, whose first row stays in view; return why Excel cannot hold it, or None."""
        sheet = book.create_sheet(title[:31])
        sheet.freeze_panes = "B2"
        sheet.append(list(columns))
        for number, record in enumerate(records, 2):
            if number > MAX_ROWS:
                return f"format: a sheet holds {MAX_ROWS:,} rows, and here are more; ask for csv."
            cells = escape_cells([column.format_cell(record) for column in columns.values()])
            if any(isinstance(cell, str) and len(cell) > MAX_CELL_LENGTH for cell in cells):
                slug = record.get("slug", "one")
                return f"format: a cell holds {MAX_CELL_LENGTH:,} characters, “{slug}” has more; ask for csv."
            texts = [escape_workbook_text(cell) if isinstance(cell, str) else cell for cell in cells]
            sheet.append(build_row(sheet, texts))
        return None


def build_row(sheet, values):
    """Return the cells of a row; what would be taken for an error of a formula is marked as a text."""
    return [
        build_text_cell(sheet, value) if isinstance(value, str) and value.startswith(ERROR_VALUE_PREFIX) else value
        for value in values
    ]


def build_text_cell(sheet, text):
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


def repack(written):
    """Return a copy of a workbook without times, so that the bytes depend on nothing but the data."""
    file = TemporaryFile()  # noqa: SIM115 - read_chunks closes it
    with ZipFile(written) as source, ZipFile(file, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = ZipInfo(name, EARLIEST_TIME)
            entry.compress_type, entry.file_size = ZIP_DEFLATED, source.getinfo(name).file_size
            with source.open(name) as content, target.open(entry, "w") as packed:
                if name == "docProps/core.xml":
                    epoch = f"{datetime(*EARLIEST_TIME):%Y-%m-%dT%H:%M:%SZ}".encode()
                    packed.write(MODIFIED_PATTERN.sub(rb"\g<1>" + epoch, content.read()))
                else:
                    packed.writelines(iter(partial(content.read, CHUNK_BYTES), b""))
    return file


def read_chunks(file):
    """Yield the content of a file from its beginning, and close it."""
    with file:
        file.seek(0)
        yield from iter(partial(file.read, CHUNK_BYTES), b"")
