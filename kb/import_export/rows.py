"""The rows of a file: which record each is, and what it says of it."""

from dataclasses import asdict, dataclass, field

from django.core.exceptions import ValidationError

from kb.editorial.snapshot import kept, title
from kb.editorial.versioning import kept_models
from kb.import_export.cells import neat, words_of
from kb.models import Passage
from kb.utils.fuzzy import did_you_mean

WHOLE = ""  # What is wrong with a row as a whole, rather than with one column.
PLACE = ("source", "first_line", "last_line")


class Unreadable(ValidationError):
    """A file that cannot be read at all."""


@dataclass
class Row:
    """One record as a file gives it, and what cannot be understood of it."""

    at: str  # Where it stands: row 5, line 120.
    model: str = ""
    words: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)

    def wrong(self, column, *messages):
        self.errors.setdefault(column, []).extend(messages)

    def understand(self, name, read):
        """Take the words of a field, or keep what is wrong with them."""
        try:
            self.words[name] = read()
        except ValidationError as error:
            self.wrong(name, *error.messages)

    @property
    def kind(self):
        return kinds()[self.model]

    @property
    def key(self):
        """By what its record is named; nothing, where the row does not say."""
        parts = [self.words.get(name) for name in key_fields(self.kind)] if self.model else [None]
        return title(parts if len(parts) > 1 else parts[0]) if all(parts) else ""

    def as_json(self):
        return asdict(self)


def kinds():
    """Every kind that a file may hold, by its name there."""
    return {model._meta.label_lower: model for model in kept_models()}


def key_fields(model):
    """The fields by which a record is named."""
    return PLACE if model is Passage else ("slug",)


def columns(model):
    """The columns of a table of this kind."""
    return {f.name: f for f in kept(model)}


def unknown(name, known):
    return f"There is no column “{name}”.{did_you_mean(str(name), known)}"


def ignored(model):
    """What may stand in a file and is not read: what the knowledge base sets by itself."""
    return {"updated_at", *getattr(model, "derived", ())}


def from_table(model, table):
    """The rows of a table, whose first one names the columns; `table` gives numbers and cells."""
    numbered = ((number, cells) for number, cells in table if any(said(value) for value in cells))
    number, header = next(numbered, (0, ()))
    known, head = columns(model), Row(f"row {number}")
    names = [str(name or "").strip().lower().replace(" ", "_") for name in header]
    for place, name in enumerate(names):
        if name and name not in known and name not in ignored(model):
            head.wrong(name, unknown(name, known))
        if name and name in names[:place]:
            head.wrong(name, f"The column “{name}” stands twice.")
    for name in key_fields(model):
        if name not in names:
            head.wrong(name, f"The column “{name}” is missing: it names the record.")
    if head.errors:
        return [head]
    rows = [row_of(model, f"row {number}", known, names, cells) for number, cells in numbered]
    return identified(rows)


def said(value):
    return value is not None and str(value).strip() != ""


def row_of(model, at, known, names, cells):
    row = Row(at, model._meta.label_lower)
    for name, value in zip(names, [*cells, *[None] * (len(names) - len(cells))], strict=False):
        if name in known:
            row.understand(name, lambda name=name, value=value: words_of(known[name], value))
        elif not name and said(value):
            row.wrong(WHOLE, f"“{value}” stands in a column without a name.")
    for value in cells[len(names) :]:
        if said(value):
            row.wrong(WHOLE, f"“{value}” stands in a column without a name.")
    return row


def from_records(records):
    """The rows of a file in the form of fixtures; `records` gives places and what stands there."""
    return identified([row_of_record(at, record) for at, record in records])


def row_of_record(at, record):
    row = Row(at)
    if not isinstance(record, dict) or not isinstance(record.get("fields"), dict):
        row.wrong(WHOLE, "Write each record as “- model: …” and “fields: …”.")
        return row
    label, fields = str(record.get("model", "")).lower(), record["fields"]
    if label not in kinds():
        row.wrong("model", f"There is no kind “{label}”.{did_you_mean(label, kinds())}")
        return row
    for name in record.keys() - {"model", "fields"}:
        row.wrong(str(name), "A record is named by its slug or its place alone: leave this out.")
    row.model = label
    known = columns(row.kind)
    for name, value in fields.items():
        if name in known:
            row.understand(name, lambda name=name, value=value: neat(known[name], plain(known[name], value)))
        elif name not in ignored(row.kind):
            row.wrong(str(name), unknown(name, known))
    return row


def plain(field, value):
    """What a fixture says of a field: there, keys are lists."""
    if field.many_to_many and isinstance(value, list):
        return [plain_key(field.related_model, key) for key in value]
    if field.is_relation and value not in (None, ""):
        return plain_key(field.related_model, value)
    return value


def plain_key(model, key):
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


def identified(rows):
    """The same rows; one that does not say which record it is, or one that another was before, is wrong."""
    before = {}
    for row in rows:
        if not row.model:
            continue
        if not row.key:
            for name in key_fields(row.kind):
                if not row.words.get(name) and name not in row.errors:
                    row.wrong(name, "This cannot be empty: it names the record.")
        elif (place := (row.model, row.key)) in before:
            row.wrong(WHOLE, f"“{row.key}” stands in {before[place]} already.")
        else:
            before[place] = row.at
    return rows
