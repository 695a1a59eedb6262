"""Files of records: CSV and XLSX as tables, YAML as the fixtures are."""

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
from kb.import_export.rows import UnreadableFile, get_columns, parse_fixture_records, parse_table
from kb.models import Passage

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 20 * MAX_FILE_BYTES  # A small workbook can unpack to one that fills the memory.
MAX_ROWS = 20_000
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "application/yaml; charset=utf-8",
}


def export_records(queryset, form):
    """The records of a queryset as a file."""
    records = (record for batch in iterate_batches(queryset) for record in batch)
    return {"csv": render_csv, "xlsx": render_xlsx, "yaml": render_yaml}[form](queryset.model, records)


def iterate_table_rows(model, records):
    """The rows of a table, its header first."""
    yield list(get_columns(model))
    for record in records:
        yield [format_cell(words) for words in serialize_record(record).values()]


def render_csv(model, records):
    """A byte order mark stands first: without it, Excel takes UTF-8 for something else."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(iterate_table_rows(model, records))
    return out.getvalue().encode("utf-8-sig")


def render_xlsx(model, records):
    """A sheet of records, and one that tells what its columns mean."""
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
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class FixtureDumper(yaml.SafeDumper):
    """Writes a key in one line, as people do in the fixtures."""


class NaturalKey(list):
    """A natural key."""


FixtureDumper.add_representer(
    NaturalKey, lambda dumper, key: dumper.represent_sequence("tag:yaml.org,2002:seq", key, flow_style=True)
)


def render_yaml(model, records):
    """As the fixtures are; with the day of the last change, since the version of the data counts it."""
    found = [{"model": model._meta.label_lower, "fields": serialize_fixture_fields(record)} for record in records]
    dumped = yaml.dump(found, Dumper=FixtureDumper, sort_keys=False, allow_unicode=True, width=120) if found else ""
    return dumped.encode()


def serialize_fixture_fields(record):
    """The fields of a record as a fixture writes them."""
    fields = {}
    for field, words in zip(get_columns(type(record)).values(), serialize_record(record).values(), strict=True):
        if field.many_to_many:
            words = [NaturalKey([key] if isinstance(key, str) else key) for key in words]
        elif field.is_relation and words is not None:
            words = NaturalKey([words])
        elif isinstance(words, str) and isinstance(field, DateField):
            words = field.value_from_object(record)
        fields[field.name] = words
    if not isinstance(record, Passage):
        fields["updated_at"] = record.updated_at
    return fields


def read_rows(name, data, model=None):
    """The rows of an uploaded file; `model` says of what kind a table is."""
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
    """Numbers and cells of each row, as a spreadsheet counts them; commas, or semicolons as European Excel writes."""
    said = re.match(r'"?sep=(.)"?\r?\n', text)
    head = text.partition("\n")[0] if not said else ""
    separator = said.group(1) if said else max(",;\t", key=head.count)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1):
            if not (said and number == 1):
                yield number, cells
    except csv.Error as error:
        raise UnreadableFile(f"The file cannot be read as CSV: {error}.") from None


def read_xlsx_rows(data):
    """Numbers and cells of each row of the first sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise UnreadableFile("The workbook is too large once it is unpacked.")
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        yield from enumerate(sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=100), start=1)
    except UnreadableFile:
        raise
    except Exception as error:  # Of a damaged workbook, the library raises whatever it met.
        raise UnreadableFile(f"The workbook cannot be read: {error}.") from error


YamlLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml_records(text):
    """Places and what stands there, record by record."""
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
        where = getattr(error, "problem_mark", None)
        place = f" in line {where.line + 1}" if where else ""
        raise UnreadableFile(f"This is no YAML that can be read{place}: {getattr(error, 'problem', error)}.") from None
    finally:
        loader.dispose()
