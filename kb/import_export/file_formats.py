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

from kb.editorial.snapshot import content_of
from kb.editorial.versioning import batches
from kb.import_export.cells import cell, how_written
from kb.import_export.rows import Unreadable, columns, from_records, from_table
from kb.models import Passage

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 20 * MOST_BYTES  # A small workbook can unpack to one that fills the memory.
MOST_ROWS = 20_000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "application/yaml; charset=utf-8",
}


def export(queryset, form):
    """The records of a queryset as a file."""
    records = (record for batch in batches(queryset) for record in batch)
    return {"csv": as_csv, "xlsx": as_xlsx, "yaml": as_yaml}[form](queryset.model, records)


def table(model, records):
    """The rows of a table, its header first."""
    yield list(columns(model))
    for record in records:
        yield [cell(words) for words in content_of(record).values()]


def as_csv(model, records):
    """A byte order mark stands first: without it, Excel takes UTF-8 for something else."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(table(model, records))
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(model, records):
    """A sheet of records, and one that tells what its columns mean."""
    book = Workbook()
    sheet, manual = book.active, book.create_sheet("How to fill it in")
    sheet.title = str(model._meta.verbose_name_plural)[:31]
    for cells in table(model, records):
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("�", c) if isinstance(c, str) else c for c in cells])
    manual.append(["column", "meaning", "how it is written"])
    for name, field in columns(model).items():
        manual.append([name, str(field.help_text), how_written(field)])
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


class Dumper(yaml.SafeDumper):
    """Writes a key in one line, as people do in the fixtures."""


class Key(list):
    """A natural key."""


Dumper.add_representer(
    Key, lambda dumper, key: dumper.represent_sequence("tag:yaml.org,2002:seq", key, flow_style=True)
)


def as_yaml(model, records):
    """As the fixtures are; with the day of the last change, since the version of the data counts it."""
    found = [{"model": model._meta.label_lower, "fields": as_fixture(record)} for record in records]
    dumped = yaml.dump(found, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120) if found else ""
    return dumped.encode()


def as_fixture(record):
    """The fields of a record as a fixture writes them."""
    fields = {}
    for field, words in zip(columns(type(record)).values(), content_of(record).values(), strict=True):
        if field.many_to_many:
            words = [Key([key] if isinstance(key, str) else key) for key in words]
        elif field.is_relation and words is not None:
            words = Key([words])
        elif isinstance(words, str) and isinstance(field, DateField):
            words = field.value_from_object(record)
        fields[field.name] = words
    if not isinstance(record, Passage):
        fields["updated_at"] = record.updated_at
    return fields


def read(name, data, model=None):
    """The rows of an uploaded file; `model` says of what kind a table is."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"The file is too large: {MOST_BYTES // 2**20} MB at most. Bring it in as several.")
    if not data.strip():
        raise Unreadable("The file is empty.")
    ending = PurePath(name).suffix.lower()
    if ending in (".yaml", ".yml"):
        rows = from_records(yaml_records(text_of(data)))
    elif ending not in (".csv", ".tsv", ".txt", ".xlsx"):
        raise Unreadable(f"“{ending or name}” is not understood: give a .csv, .xlsx or .yaml file.")
    elif model is None:
        raise Unreadable("A table does not say what kind of records it holds: name the kind.")
    elif (ending == ".xlsx") != data.startswith(b"PK"):
        raise Unreadable(f"This is no {ending} file: it holds something else. Save it again in that format.")
    else:
        rows = from_table(model, xlsx_rows(data) if ending == ".xlsx" else csv_rows(text_of(data)))
    if not rows:
        raise Unreadable("The file holds no records.")
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"The file holds {len(rows):,} records, {MOST_ROWS:,} at most: bring it in as several.")
    return rows


def text_of(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("The text is not UTF-8: in Excel, save it as “CSV UTF-8” or as .xlsx.") from None
    if "\0" in text:
        raise Unreadable("The file holds characters that are no text.")
    return text


def csv_rows(text):
    """Numbers and cells of each row, as a spreadsheet counts them; commas, or semicolons as European Excel writes."""
    said = re.match(r'"?sep=(.)"?\r?\n', text)
    head = text.partition("\n")[0] if not said else ""
    separator = said.group(1) if said else max(",;\t", key=head.count)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1):
            if not (said and number == 1):
                yield number, cells
    except csv.Error as error:
        raise Unreadable(f"The file cannot be read as CSV: {error}.") from None


def xlsx_rows(data):
    """Numbers and cells of each row of the first sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise Unreadable("The workbook is too large once it is unpacked.")
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        yield from enumerate(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 2, max_col=100), start=1)
    except Unreadable:
        raise
    except Exception as error:  # Of a damaged workbook, the library raises whatever it met.
        raise Unreadable(f"The workbook cannot be read: {error}.") from error


Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def yaml_records(text):
    """Places and what stands there, record by record."""
    loader = Loader(text)
    try:
        if "&" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=Loader)):
            raise Unreadable("Write each record out: references (*) can grow without end, and are not understood.")
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            raise Unreadable("Write a list of records, as the fixtures are: “- model: …”, “fields: …”.")
        for record in node.value:
            yield f"line {record.start_mark.line + 1}", loader.construct_document(record)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        place = f" in line {where.line + 1}" if where else ""
        raise Unreadable(f"This is no YAML that can be read{place}: {getattr(error, 'problem', error)}.") from None
    finally:
        loader.dispose()
