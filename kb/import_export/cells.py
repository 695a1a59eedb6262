"""The cells of a table, as words of a record and back; what goes out and comes in again is the same."""

import re
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import models

from kb.editorial.snapshot import NaturalKeyResolver, serialize_value
from kb.fields import ListField
from kb.validators import validate_printable

# What a spreadsheet would take for a formula, with any guards before it: it may pass over spaces and line breaks.
FORMULA_PREFIX = re.compile(r"'*\s*[=+\-@\t\r]")
PASSAGE_KEY_PATTERN = re.compile(r"\s*([\w-]+)\s*:\s*(\d{1,9})\s*(?:[-–]\s*(\d{1,9})\s*)?")


def escape_formula(text):
    """A text that no spreadsheet runs."""
    return f"'{text}" if FORMULA_PREFIX.match(text) else text


def unescape_formula(text):
    """The text that was guarded; a text that never was, as it stands."""
    return text[1:] if text.startswith("'") and FORMULA_PREFIX.match(text) else text


def format_list_item(key):
    """One item of a list; a cited place as source:first-last, or source:line."""
    if isinstance(key, str):
        return key
    source, first, last = key
    return f"{source}:{first}" if first == last else f"{source}:{first}-{last}"


def format_value(words):
    """Words of a record as a person reads them, one item per line."""
    if isinstance(words, list):
        return "\n".join(format_list_item(key) for key in words)
    return "" if words is None else words


def format_cell(words):
    """Words of a record as a table holds them."""
    shown = format_value(words)
    return escape_formula(shown) if isinstance(shown, str) else shown


def is_free_text_field(field):
    """Whether it holds a sentence of somebody's own, in which every character counts."""
    return isinstance(field, models.CharField | models.TextField) and not (
        field.choices or isinstance(field, models.SlugField)
    )


def is_list_field(field):
    return field.many_to_many or isinstance(field, ListField)


def parse_cell(field, value):
    """What a cell says of a field, in words; an error that says how it is written, where it cannot be understood."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else unescape_formula(value.isoformat() if isinstance(value, date) else str(value))
    if not is_list_field(field):
        return normalize_value(field, text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if field.many_to_many and not hasattr(field.related_model, "slug"):
        return normalize_value(field, [parse_passage_key(line) for line in lines])
    return normalize_value(field, lines)


def parse_passage_key(text):
    found = PASSAGE_KEY_PATTERN.fullmatch(text)
    if not found:
        raise ValidationError(f"“{text}” is not a place: write source:first-last or source:line, one per line.")
    source, first, last = found.groups()
    return [source, int(first), int(last or first)]


def get_key_parts(key):
    """What an item of a list is made of: itself, or the parts of a place."""
    return key if isinstance(key, list) and key else [key]


def normalize_value(field, words):
    """Words in the one form in which they are compared; what is empty is the field's default, where it has one."""
    if words in (None, ""):
        return get_empty_value(field)
    if is_list_field(field):
        if not isinstance(words, list):
            raise ValidationError("Give a list.")
        if any(type(part) not in (str, int) or "\0" in str(part) for key in words for part in get_key_parts(key)):
            raise ValidationError("Each item of the list must be a text.")
        if twice := [format_value([key]) for place, key in enumerate(words) if key in words[:place]]:
            raise ValidationError(f"“{twice[0]}” stands twice.")
        return sorted(words, key=lambda key: (isinstance(key, str), key)) if field.many_to_many else words
    if isinstance(words, list | dict | bool):
        raise ValidationError("Write one value, as text.")
    validate_printable(str(words))
    if is_free_text_field(field):
        return str(words).replace("\r\n", "\n")
    words = str(words).strip()
    if field.is_relation:
        return words
    try:
        return serialize_value(NaturalKeyResolver().parse_value(field, words))
    except (OverflowError, ValueError):
        raise ValidationError("This cannot be read.") from None


def get_empty_value(field):
    """What a field says once its cell is empty."""
    if field.many_to_many:
        return []
    if field.is_relation:
        return None
    return serialize_value(field.get_default()) if field.has_default() else None if field.null else ""


def describe_cell_format(field):
    """How a cell of this column is written, in a sentence."""
    if field.many_to_many and not hasattr(field.related_model, "slug"):
        return "One place per line: source:first-last, or source:line."
    if field.many_to_many:
        return f"Slugs of {field.related_model._meta.verbose_name_plural}, one per line."
    if field.is_relation:
        return f"The slug of a {field.related_model._meta.verbose_name}."
    if enum := getattr(field, "enum", None):
        return f"{'One per line' if is_list_field(field) else 'One'} of: {', '.join(enum.values)}."
    if isinstance(field, models.DurationField):
        return "ISO 8601: P7D for a week, PT12H for half a day."
    if isinstance(field, models.DateField):
        return "A day, as 2026-01-31."
    return (
        "One per line." if is_list_field(field) else "A number." if isinstance(field, models.IntegerField) else "Text."
    )
