"""The file formats of export and import: CSV and XLSX as tables, YAML in the format of the fixtures."""

import csv
import io
import re
import zipfile
from pathlib import PurePath

import yaml
from django.db.models import DateField
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from kb.editorial.snapshot import serialize_record
from kb.editorial.versioning import iterate_batches
from kb.import_export.cells import describe_cell_format, format_cell
from kb.import_export.dropdowns import add_dropdowns
from kb.import_export.rows import UnreadableFile, get_columns, parse_fixture_records, parse_table
from kb.models import Passage

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 20 * MAX_FILE_BYTES  # A workbook is a ZIP archive: a small one can unpack to any size.
MAX_ROWS = 20_000
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


def render_xlsx(model, records):
    """Return a workbook: the records, the meaning of the columns, and a hidden sheet of what drop-downs offer."""
    book = Workbook()
    sheet, manual = book.active, book.create_sheet("How to fill it in")
    sheet.title = str(model._meta.verbose_name_plural)[:31]
    for cells in iterate_table_rows(model, records):
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("�", c) if isinstance(c, str) else c for c in cells])
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


def read_rows(name, data, model=None):
    """Return the rows of an uploaded file, parsed by the suffix of its name; raise UnreadableFile if that fails.

    `model` is the model of the records of a table; YAML names it in each record.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableFile(f"The file is too large: {MAX_FILE_BYTES // 2**20} MB at most. Bring it in as several.")
    if not data.strip():
        raise UnreadableFile("The file is empty.")
    ending = PurePath(name).suffix.lower()
    if ending in (".yaml", ".yml"):
        rows = parse_fixture_records(read_yaml_records(decode_text(data)))
    elif ending not in (".csv", ".tsv", ".txt", ".xlsx"):
        raise UnreadableFile(f"“{ending or name}” is not understood: give a .csv, .xlsx or .yaml file.")
    elif model is None:
        raise UnreadableFile("A table does not say what kind of records it holds: name the kind.")
    elif (ending == ".xlsx") != data.startswith(b"PK"):
        raise UnreadableFile(f"This is no {ending} file: it holds something else. Save it again in that format.")
    else:
        rows = parse_table(model, read_xlsx_rows(data) if ending == ".xlsx" else read_csv_rows(decode_text(data)))
    if not rows:
        raise UnreadableFile("The file holds no records.")
    if len(rows) > MAX_ROWS:
        raise UnreadableFile(f"The file holds {len(rows):,} records, {MAX_ROWS:,} at most: bring it in as several.")
    return rows


def decode_text(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("The text is not UTF-8: in Excel, save it as “CSV UTF-8” or as .xlsx.") from None
    if "\0" in text:
        raise UnreadableFile("The file holds characters that are no text.")
    return text


def read_csv_rows(text):
    """Yield row numbers and cells; commas separate them, or tabs, or semicolons as Excel writes in much of Europe."""
    separator_line = re.match(r'"?sep=(.)"?\r?\n', text)
    head = text.partition("\n")[0] if not separator_line else ""
    separator = separator_line.group(1) if separator_line else max(",;\t", key=head.count)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1):
            if not (separator_line and number == 1):
                yield number, cells
    except csv.Error as error:
        raise UnreadableFile(f"The file cannot be read as CSV: {error}.") from None


def read_xlsx_rows(data):
    """Yield row numbers and cells of the first sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise UnreadableFile("The workbook is too large once it is unpacked.")
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        yield from enumerate(sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=100), start=1)
    except UnreadableFile:
        raise
    except Exception as error:  # openpyxl has no exception of its own for a damaged workbook.
        raise UnreadableFile(f"The workbook cannot be read: {error}.") from error


YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml_records(text):
    """Yield each record of a YAML list with its place, such as "line 12"; raise UnreadableFile if it is none."""
    loader = YamlLoader(text)
    try:
        if "&" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=YamlLoader)):
            raise UnreadableFile("Write each record out: references (*) can grow without end, and are not understood.")
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            raise UnreadableFile("Write a list of records, as the fixtures are: “- model: …”, “fields: …”.")
        for record in node.value:
            yield f"line {record.start_mark.line + 1}", loader.construct_document(record)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise UnreadableFile(f"This is no YAML that can be read{line}: {getattr(error, 'problem', error)}.") from None
    finally:
        loader.dispose()
