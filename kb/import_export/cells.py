"""The cells of a table: formatting the values of a record, and parsing them back without loss."""

import re
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import models

from kb.editorial.snapshot import NaturalKeyResolver, serialize_value, write_key
from kb.fields import ListField, find_choice
from kb.models import build_passage_key
from kb.validators import validate_printable

# What a spreadsheet may run as a formula, apostrophes before it included; some skip leading spaces and line breaks.
FORMULA_PREFIX = re.compile(r"'*\s*[=+\-@\t\r]")
PASSAGE_KEY_PATTERN = re.compile(r"\s*([\w-]+)\s*:\s*(\d{1,9})\s*(?:[-–]\s*(\d{1,9})\s*)?(?:@\s*(\d{1,9})\s*)?")


@dataclass(frozen=True)
class CellProblem:
    """What stands in a cell of a workbook in place of a value, and what to do about it."""

    description: str

    def __str__(self):
        return self.description


def escape_formula(text):
    """Return a text with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if FORMULA_PREFIX.match(text) else text


def unescape_formula(text):
    """Return a text without the apostrophe that `escape_formula` put before it."""
    return text[1:] if text.startswith("'") and FORMULA_PREFIX.match(text) else text


def format_value(value):
    """Return a serialized value for a person to read, with one item of a list per line; a number stays one."""
    if isinstance(value, list):
        return "\n".join(write_key(key) for key in value)
    return "" if value is None else value


def label_value(field, value):
    """Return a serialized value with the labels of a choice in place of its stored words."""
    enum = getattr(field, "enum", None)
    if enum is None:
        return value
    labels = dict(enum.choices)
    return [labels.get(item, item) for item in value] if isinstance(value, list) else labels.get(value, value)


def format_cell(value, field=None):
    """Return a serialized value, of a field with its labels, as a cell of a table, with formulas escaped."""
    formatted = format_value(label_value(field, value))
    return escape_formula(formatted) if isinstance(formatted, str) else formatted


def is_free_text_field(field):
    """Whether a field holds free text, whose spaces are kept: neither a choice nor a slug."""
    return isinstance(field, models.CharField | models.TextField) and not (
        field.choices or isinstance(field, models.SlugField)
    )


def is_list_field(field):
    return field.many_to_many or isinstance(field, ListField)


def parse_cell(field, value):
    """Return the normalized value of a cell; raise ValidationError that says how to write it if it cannot be parsed."""
    judge_cell_type(field, value)
    text = "" if value is None else unescape_formula(value.isoformat() if isinstance(value, date) else str(value))
    if not is_list_field(field):
        return normalize_value(field, text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if field.many_to_many and not hasattr(field.related_model, "slug"):
        return normalize_value(field, [parse_passage_key(line) for line in lines])
    return normalize_value(field, lines)


def judge_cell_type(field, value):
    """Raise ValidationError if a cell of a workbook holds something of a type that the field has no use for."""
    if isinstance(value, CellProblem):
        raise ValidationError(f"Here stands {value}.")
    if isinstance(value, date) and not isinstance(field, models.DateField):
        raise ValidationError(f"A date stands here ({value}) where text is expected: format the cell as text.")
    if isinstance(value, bool):
        raise ValidationError("TRUE or FALSE stands here where text is expected: format the cell as text.")


def parse_passage_key(text):
    match = PASSAGE_KEY_PATTERN.fullmatch(text)
    if not match:
        raise ValidationError(f"“{text}” is not a place: write source:first-last or source:line, one per line.")
    source, first, last, edition = match.groups()
    return [*build_passage_key(source, int(first), int(last or first), int(edition or 1))]


def get_key_parts(key):
    """Return the parts of the key of a passage; of another item of a list, the item alone."""
    return key if isinstance(key, list) and key else [key]


def normalize_value(field, value):
    """Return a value in the form of `serialize_record`; an empty one becomes the default of the field.

    Raise ValidationError if it is of the wrong type, has duplicates or cannot be parsed.
    """
    if value in (None, ""):
        return get_empty_value(field)
    if is_list_field(field):
        return normalize_list(field, value)
    if isinstance(value, list | dict | bool):
        raise ValidationError("Write one value, as text.")
    text = str(value)
    validate_printable(text)
    if is_free_text_field(field):
        return text.replace("\r\n", "\n")
    if field.is_relation:
        return text.strip()
    try:
        return serialize_value(NaturalKeyResolver().parse_value(field, text.strip()))
    except (OverflowError, ValueError):
        raise ValidationError("This cannot be read.") from None


def normalize_list(field, value):
    """Return a list without duplicates; sorted, if it holds the keys of related records."""
    if not isinstance(value, list):
        raise ValidationError("Give a list.")
    if any(type(part) not in (str, int) or "\0" in str(part) for key in value for part in get_key_parts(key)):
        raise ValidationError("Each item of the list must be a text.")
    if enum := getattr(field, "enum", None):
        value = [find_choice(enum, item) if isinstance(item, str) else item for item in value]
    if duplicates := [key for index, key in enumerate(value) if key in value[:index]]:
        raise ValidationError(f"“{format_value(duplicates[:1])}” stands twice.")
    return sorted(value, key=lambda key: (isinstance(key, str), key)) if field.many_to_many else value


def get_empty_value(field):
    """Return the serialized value that an empty cell stands for."""
    if field.many_to_many:
        return []
    if field.is_relation:
        return None
    return serialize_value(field.get_default()) if field.has_default() else None if field.null else ""


def describe_cell_format(field):
    """Return a sentence on how to write a cell of this column."""
    if field.many_to_many and not hasattr(field.related_model, "slug"):
        return (
            "One place per line: source:first-last, or source:line; of a later edition than the first, source:line@2."
        )
    if field.many_to_many:
        return f"Slugs of {field.related_model._meta.verbose_name_plural}, one per line."
    if field.is_relation:
        return f"The slug of a {field.related_model._meta.verbose_name}."
    if enum := getattr(field, "enum", None):
        return f"{'One per line' if is_list_field(field) else 'One'} of: {', '.join(enum.labels)}."
    if isinstance(field, models.DurationField):
        return "As 4 weeks, 3 days or 12 hours; or in ISO 8601: P7D for a week, PT12H for half a day."
    if isinstance(field, models.DateField):
        return "A day, as 2026-01-31."
    return (
        "One per line." if is_list_field(field) else "A number." if isinstance(field, models.IntegerField) else "Text."
    )
