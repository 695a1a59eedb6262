"""The rows of an uploaded file: parsing tables and fixtures into records by field, with their errors by column."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model

from kb.editorial.snapshot import editable_fields, format_key
from kb.import_export.cells import normalize_value, parse_cell
from kb.models import Passage, build_passage_key, versioned_models_by_label
from kb.utils.fuzzy import did_you_mean
from kb.validators import fold_value

WHOLE_ROW = ""  # The column under which errors of a row as a whole are kept.
PASSAGE_KEY_FIELDS = ("source", "first_line", "last_line")
RECORD_FORMAT_MESSAGE = "Write each record as “- model: …” and “fields: …”."

RecordKey = tuple[type[Model], str]  # The model of a record and its natural key as text.


class UnreadableFile(ValidationError):
    """A file that cannot be parsed at all."""


@dataclass(eq=False)  # Rows are told apart by identity: two of a file may be equal.
class Row:
    """One record as a file gives it: its values by field, and its errors by column. Stored as JSON in Batch.rows."""

    at: str  # Its place in the file: row 5, line 120.
    model: str = ""
    words: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # What was cleaned in its texts.

    def add_error(self, column: str, *messages: str) -> None:
        self.errors.setdefault(column, []).extend(messages)

    def parse_field(self, name: str, parse: Callable[..., Any], column: Field, value: Any) -> None:
        """Set a field to what a value says once it is folded, or record the errors of parsing it."""
        folded = fold_value(column, value)
        self.notes += [f"{name}: {note}" for note in folded.notes]
        try:
            # Folded once more: what an apostrophe kept from being run as a formula may begin with a space.
            self.words[name] = fold_value(column, parse(column, folded.value)).value
        except ValidationError as error:
            self.add_error(name, *error.messages)

    @property
    def model_class(self) -> type[Model] | None:
        return versioned_models_by_label().get(self.model)

    @property
    def key(self) -> str:
        """The natural key of its record as text; empty if the row lacks a part of it."""
        parts = [self.words.get(name) for name in get_key_fields(self.model_class)] if self.model else [None]
        if not all(parts):
            return ""
        if self.model_class is Passage:
            return format_key([*build_passage_key(*parts, self.words.get("edition") or 1)])
        return format_key(parts[0])

    @property
    def record_key(self) -> RecordKey | None:
        """The model and key of its record, None if the row lacks one of them."""
        return (self.model_class, self.key) if self.model_class and self.key else None

    def iterate_references(self, names=None) -> Iterator[tuple[Field, Any]]:
        """Yield each record that the row references as a pair of field and key; with `names`, of these fields only."""
        if self.model_class is None:
            return
        for f in [*self.model_class._meta.fields, *self.model_class._meta.many_to_many]:
            if f.is_relation and (names is None or f.name in names):
                value = self.words.get(f.name)
                yield from ((f, key) for key in (value if isinstance(value, list) else [value] if value else []))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def get_key_fields(model):
    """Return the names of the fields that make up the natural key."""
    return PASSAGE_KEY_FIELDS if model is Passage else ("slug",)


def get_columns(model):
    """Return the fields of a table of this model, by column name."""
    return {f.name: f for f in editable_fields(model)}


def describe_unknown_column(name, columns):
    return f"There is no column “{name}”.{did_you_mean(str(name), columns)}"


def get_ignored_columns(model):
    """Return the columns that a file may hold and that are not read, since their values are computed."""
    return {"updated_at", *getattr(model, "derived", ())}


def parse_table(model, table):
    """Return the rows of a table, given as pairs of a row number and cells; the first row names the columns."""
    numbered = ((number, cells) for number, cells in table if any(has_value(value) for value in cells))
    number, header = next(numbered, (0, ()))
    columns, head = get_columns(model), Row(f"row {number}")
    names = [str(name or "").strip().lower().replace(" ", "_") for name in header]
    for index, name in enumerate(names):
        if name and name not in columns and name not in get_ignored_columns(model):
            head.add_error(name, describe_unknown_column(name, columns))
        if name and name in names[:index]:
            head.add_error(name, f"The column “{name}” stands twice.")
    for name in get_key_fields(model):
        if name not in names:
            head.add_error(name, f"The column “{name}” is missing: it names the record.")
    if head.errors:
        return [head]
    rows = [parse_table_row(model, f"row {number}", columns, names, cells) for number, cells in numbered]
    return validate_row_keys(rows)


def has_value(value):
    return value is not None and str(value).strip() != ""


def parse_table_row(model, at, columns, names, cells):
    row = Row(at, model._meta.label_lower)
    for name, value in zip(names, [*cells, *[None] * (len(names) - len(cells))], strict=False):
        if name in columns:
            row.parse_field(name, parse_cell, columns[name], value)
        elif not name and has_value(value):
            row.add_error(WHOLE_ROW, f"“{value}” stands in a column without a name.")
    for value in cells[len(names) :]:
        if has_value(value):
            row.add_error(WHOLE_ROW, f"“{value}” stands in a column without a name.")
    return row


def parse_fixture_records(records):
    """Return the rows of records in fixture format, given as pairs of a place and what YAML says there."""
    return validate_row_keys([parse_fixture_record(at, record) for at, record in records])


def has_record_format(record):
    """Whether parsed YAML is a record in fixture format: a model and a mapping of fields."""
    return isinstance(record, dict) and isinstance(record.get("fields"), dict)


def parse_fixture_record(at, record):
    row = Row(at)
    if not has_record_format(record) or "model" not in record:
        row.add_error(WHOLE_ROW, RECORD_FORMAT_MESSAGE)
        return row
    label, fields = str(record["model"]).lower(), record["fields"]
    if label not in versioned_models_by_label():
        row.add_error("model", f"There is no kind “{label}”.{did_you_mean(label, versioned_models_by_label())}")
        return row
    for name in record.keys() - {"model", "fields"}:
        row.add_error(str(name), "A record is named by its slug or its place alone: leave this out.")
    row.model = label
    columns = get_columns(row.model_class)
    for name, value in fields.items():
        if name in columns:
            row.parse_field(name, parse_fixture_value, columns[name], value)
        elif name not in get_ignored_columns(row.model_class):
            row.add_error(str(name), describe_unknown_column(name, columns))
    return row


def parse_fixture_value(field, value):
    """Return the normalized value of a field as a fixture writes it, with keys as lists."""
    if field.many_to_many and isinstance(value, list):
        value = [parse_fixture_key(field.related_model, key) for key in value]
    elif field.is_relation and value not in (None, ""):
        value = parse_fixture_key(field.related_model, value)
    return normalize_value(field, value)


def parse_fixture_key(model, key):
    """Return a key that a fixture writes as a list; raise ValidationError that shows the format otherwise."""
    if model is not Passage:
        if isinstance(key, list) and len(key) == 1:
            key = key[0]
        if not isinstance(key, str):
            raise ValidationError(f"“{key}” is not a slug: write [slug].")
        return key
    if not (isinstance(key, list) and [type(part) for part in key] in ([str, int, int], [str, int, int, int])):
        raise ValidationError(
            f"“{key}” is not a place: write [source, first line, last line], and the edition after 1."
        )
    return key


def validate_row_keys(rows):
    """Return the same rows, with an error in each that lacks a key or repeats the key of an earlier one."""
    first_rows: dict[RecordKey, Row] = {}
    for row in rows:
        if not row.model:
            continue
        if not row.key:
            for name in get_key_fields(row.model_class):
                if not row.words.get(name) and name not in row.errors:
                    row.add_error(name, "This cannot be empty: it names the record.")
        elif (first := first_rows.setdefault(row.record_key, row)) is not row:
            row.add_error(WHOLE_ROW, f"“{row.key}” stands in {first.at} already.")
    return rows
