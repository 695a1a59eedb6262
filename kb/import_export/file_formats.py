"""The file formats of export: CSV and XLSX as tables, YAML in the format of the fixtures."""

import csv
import io
import re

import yaml
from django.db.models import DateField
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from kb.editorial.snapshot import serialize_record
from kb.editorial.versioning import iterate_batches
from kb.import_export.cells import describe_cell_format, format_cell
from kb.import_export.dropdowns import add_dropdowns
from kb.import_export.rows import get_columns
from kb.models import Passage
from kb.utils.uploads.workbooks import MANUAL_SHEET

# A spreadsheet reads _x000D_ as the character of this number: the mark before what only looks so becomes a number.
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "application/yaml; charset=utf-8",
}


def export_records(queryset, file_format):
    """Return the records of a queryset as the bytes of a file: csv, xlsx or yaml."""
    records = (record for batch in iterate_batches(queryset) for record in batch)
    return {"csv": render_csv, "xlsx": render_xlsx, "yaml": render_yaml}[file_format](queryset.model, records)


def iterate_table_rows(model, records):
    """Yield the rows of a table as lists of cells, the header first."""
    columns = get_columns(model)
    yield list(columns)
    for record in records:
        content = serialize_record(record)
        yield [format_cell(content[name], field) for name, field in columns.items()]


def render_csv(model, records):
    """Return a CSV file with a byte order mark, without which Excel does not read it as UTF-8."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(iterate_table_rows(model, records))
    return out.getvalue().encode("utf-8-sig")


def escape_workbook_text(text):
    """Return a text as a cell of a workbook can hold it."""
    return LOOKS_ESCAPED.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("�", text))


def render_xlsx(model, records):
    """Return a workbook: the records, the meaning of the columns, and a hidden sheet of what drop-downs offer."""
    book = Workbook()
    sheet, manual = book.active, book.create_sheet(MANUAL_SHEET)
    sheet.title = str(model._meta.verbose_name_plural)[:31]
    for cells in iterate_table_rows(model, records):
        sheet.append([escape_workbook_text(c) if isinstance(c, str) else c for c in cells])
    manual.append(["column", "meaning", "how it is written"])
    for name, field in get_columns(model).items():
        manual.append([name, str(field.help_text), describe_cell_format(field)])
    for page in (sheet, manual):
        page.freeze_panes = "B2"
        for number, column in enumerate(page.iter_cols(), start=1):
            longest = max((len(line) for c in column for line in str(c.value or "").splitlines()), default=0)
            page.column_dimensions[get_column_letter(number)].width = min(max(longest + 2, 8), 60)
            for c in column:
                c.alignment = Alignment(wrap_text=True, vertical="top")
            column[0].font = Font(bold=True)
    add_dropdowns(book, sheet, model)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class FixtureDumper(yaml.SafeDumper):
    """A YAML dumper that writes natural keys in flow style, as the fixtures do."""


class NaturalKey(list):
    """A natural key, marked for FixtureDumper."""


FixtureDumper.add_representer(
    NaturalKey, lambda dumper, key: dumper.represent_sequence("tag:yaml.org,2002:seq", key, flow_style=True)
)


def render_yaml(model, records):
    """Return a fixture; it holds `updated_at`, since the data version is computed from it."""
    objects = [{"model": model._meta.label_lower, "fields": serialize_fixture_fields(record)} for record in records]
    dumped = yaml.dump(objects, Dumper=FixtureDumper, sort_keys=False, allow_unicode=True, width=120) if objects else ""
    return dumped.encode()


def serialize_fixture_fields(record):
    """Return the fields of a record as a fixture writes them."""
    fields = {}
    for field, value in zip(get_columns(type(record)).values(), serialize_record(record).values(), strict=True):
        if field.many_to_many:
            value = [NaturalKey([key] if isinstance(key, str) else key) for key in value]
        elif field.is_relation and value is not None:
            value = NaturalKey([value])
        elif isinstance(value, str) and isinstance(field, DateField):
            value = field.value_from_object(record)
        fields[field.name] = value
    if not isinstance(record, Passage):
        fields["updated_at"] = record.updated_at
    return fields
