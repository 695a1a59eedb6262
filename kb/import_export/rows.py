"""The rows of a file: which record each is, and what it says of it."""

from dataclasses import asdict, dataclass, field

from django.core.exceptions import ValidationError

from kb.editorial.snapshot import editable_fields, format_key
from kb.editorial.versioning import versioned_models
from kb.import_export.cells import normalize_value, parse_cell
from kb.models import Passage
from kb.utils.fuzzy import did_you_mean

WHOLE_ROW = ""  # What is wrong with a row as a whole, rather than with one column.
PASSAGE_KEY_FIELDS = ("source", "first_line", "last_line")


class UnreadableFile(ValidationError):
    """A file that cannot be read at all."""


@dataclass
class Row:
    """One record as a file gives it, and what cannot be understood of it."""

    at: str  # Where it stands: row 5, line 120.
    model: str = ""
    words: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)

    def add_error(self, column, *messages):
        self.errors.setdefault(column, []).extend(messages)

    def parse_field(self, name, read):
        """Take the words of a field, or keep what is wrong with them."""
        try:
            self.words[name] = read()
        except ValidationError as error:
            self.add_error(name, *error.messages)

    @property
    def model_class(self):
        return get_importable_models()[self.model]

    @property
    def key(self):
        """By what its record is named; nothing, where the row does not say."""
        parts = [self.words.get(name) for name in get_key_fields(self.model_class)] if self.model else [None]
        return format_key(parts if len(parts) > 1 else parts[0]) if all(parts) else ""

    def as_dict(self):
        return asdict(self)


def get_importable_models():
    """Every kind that a file may hold, by its name there."""
    return {model._meta.label_lower: model for model in versioned_models()}


def get_key_fields(model):
    """The fields by which a record is named."""
    return PASSAGE_KEY_FIELDS if model is Passage else ("slug",)


def get_columns(model):
    """The columns of a table of this kind."""
    return {f.name: f for f in editable_fields(model)}


def describe_unknown_column(name, known):
    return f"There is no column “{name}”.{did_you_mean(str(name), known)}"


def get_ignored_columns(model):
    """What may stand in a file and is not read: what the knowledge base sets by itself."""
    return {"updated_at", *getattr(model, "derived", ())}


def parse_table(model, table):
    """The rows of a table, whose first one names the columns; `table` gives numbers and cells."""
    numbered = ((number, cells) for number, cells in table if any(has_value(value) for value in cells))
    number, header = next(numbered, (0, ()))
    known, head = get_columns(model), Row(f"row {number}")
    names = [str(name or "").strip().lower().replace(" ", "_") for name in header]
    for place, name in enumerate(names):
        if name and name not in known and name not in get_ignored_columns(model):
            head.add_error(name, describe_unknown_column(name, known))
        if name and name in names[:place]:
            head.add_error(name, f"The column “{name}” stands twice.")
    for name in get_key_fields(model):
        if name not in names:
            head.add_error(name, f"The column “{name}” is missing: it names the record.")
    if head.errors:
        return [head]
    rows = [parse_table_row(model, f"row {number}", known, names, cells) for number, cells in numbered]
    return validate_row_keys(rows)


def has_value(value):
    return value is not None and str(value).strip() != ""


def parse_table_row(model, at, known, names, cells):
    row = Row(at, model._meta.label_lower)
    for name, value in zip(names, [*cells, *[None] * (len(names) - len(cells))], strict=False):
        if name in known:
            row.parse_field(name, lambda name=name, value=value: parse_cell(known[name], value))
        elif not name and has_value(value):
            row.add_error(WHOLE_ROW, f"“{value}” stands in a column without a name.")
    for value in cells[len(names) :]:
        if has_value(value):
            row.add_error(WHOLE_ROW, f"“{value}” stands in a column without a name.")
    return row


def parse_fixture_records(records):
    """The rows of a file in the form of fixtures; `records` gives places and what stands there."""
    return validate_row_keys([parse_fixture_record(at, record) for at, record in records])


def parse_fixture_record(at, record):
    row = Row(at)
    if not isinstance(record, dict) or not isinstance(record.get("fields"), dict):
        row.add_error(WHOLE_ROW, "Write each record as “- model: …” and “fields: …”.")
        return row
    label, fields = str(record.get("model", "")).lower(), record["fields"]
    if label not in get_importable_models():
        row.add_error("model", f"There is no kind “{label}”.{did_you_mean(label, get_importable_models())}")
        return row
    for name in record.keys() - {"model", "fields"}:
        row.add_error(str(name), "A record is named by its slug or its place alone: leave this out.")
    row.model = label
    known = get_columns(row.model_class)
    for name, value in fields.items():
        if name in known:
            row.parse_field(
                name,
                lambda name=name, value=value: normalize_value(known[name], parse_fixture_value(known[name], value)),
            )
        elif name not in get_ignored_columns(row.model_class):
            row.add_error(str(name), describe_unknown_column(name, known))
    return row


def parse_fixture_value(field, value):
    """What a fixture says of a field: there, keys are lists."""
    if field.many_to_many and isinstance(value, list):
        return [parse_fixture_key(field.related_model, key) for key in value]
    if field.is_relation and value not in (None, ""):
        return parse_fixture_key(field.related_model, value)
    return value


def parse_fixture_key(model, key):
    """A key as a fixture writes it; an error that shows how, where it is no key."""
    if model is not Passage:
        if isinstance(key, list) and len(key) == 1:
            key = key[0]
        if not isinstance(key, str):
            raise ValidationError(f"“{key}” is not a slug: write [slug].")
        return key
    if not (isinstance(key, list) and [type(part) for part in key] == [str, int, int]):
        raise ValidationError(f"“{key}” is not a place: write [source, first line, last line].")
    return key


def validate_row_keys(rows):
    """The same rows; one that does not say which record it is, or one that another was before, is wrong."""
    before = {}
    for row in rows:
        if not row.model:
            continue
        if not row.key:
            for name in get_key_fields(row.model_class):
                if not row.words.get(name) and name not in row.errors:
                    row.add_error(name, "This cannot be empty: it names the record.")
        elif (place := (row.model, row.key)) in before:
            row.add_error(WHOLE_ROW, f"“{row.key}” stands in {before[place]} already.")
        else:
            before[place] = row.at
    return rows
