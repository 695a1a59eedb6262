"""The cells of a table, as words of a record and back; what goes out and comes in again is the same."""

import re
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import models

from kb.editorial.snapshot import Library, in_words
from kb.fields import ListField
from kb.validators import refuse_unreadable

# What a spreadsheet would take for a formula, with any guards before it: it may pass over spaces and line breaks.
FORMULA = re.compile(r"'*\s*[=+\-@\t\r]")
PLACE = re.compile(r"\s*([\w-]+)\s*:\s*(\d{1,9})\s*(?:[-–]\s*(\d{1,9})\s*)?")


def guarded(text):
    """A text that no spreadsheet runs."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text):
    """The text that was guarded; a text that never was, as it stands."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def item(key):
    """One item of a list; a cited place as source:first-last, or source:line."""
    if isinstance(key, str):
        return key
    source, first, last = key
    return f"{source}:{first}" if first == last else f"{source}:{first}-{last}"


def readable(words):
    """Words of a record as a person reads them, one item per line."""
    if isinstance(words, list):
        return "\n".join(item(key) for key in words)
    return "" if words is None else words


def cell(words):
    """Words of a record as a table holds them."""
    shown = readable(words)
    return guarded(shown) if isinstance(shown, str) else shown


def is_free_text(field):
    """Whether it holds a sentence of somebody's own, in which every character counts."""
    return isinstance(field, models.CharField | models.TextField) and not (
        field.choices or isinstance(field, models.SlugField)
    )


def is_list(field):
    return field.many_to_many or isinstance(field, ListField)


def words_of(field, value):
    """What a cell says of a field, in words; an error that says how it is written, where it cannot be understood."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else unguarded(value.isoformat() if isinstance(value, date) else str(value))
    if not is_list(field):
        return neat(field, text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if field.many_to_many and not hasattr(field.related_model, "slug"):
        return neat(field, [place(line) for line in lines])
    return neat(field, lines)


def place(text):
    found = PLACE.fullmatch(text)
    if not found:
        raise ValidationError(f"“{text}” is not a place: write source:first-last or source:line, one per line.")
    source, first, last = found.groups()
    return [source, int(first), int(last or first)]


def parts(key):
    """What an item of a list is made of: itself, or the parts of a place."""
    return key if isinstance(key, list) and key else [key]


def neat(field, words):
    """Words in the one form in which they are compared; what is empty is the field's default, where it has one."""
    if words in (None, ""):
        return emptied(field)
    if is_list(field):
        if not isinstance(words, list):
            raise ValidationError("Give a list.")
        if any(type(part) not in (str, int) or "\0" in str(part) for key in words for part in parts(key)):
            raise ValidationError("Each item of the list must be a text.")
        if twice := [readable([key]) for place, key in enumerate(words) if key in words[:place]]:
            raise ValidationError(f"“{twice[0]}” stands twice.")
        return sorted(words, key=lambda key: (isinstance(key, str), key)) if field.many_to_many else words
    if isinstance(words, list | dict | bool):
        raise ValidationError("Write one value, as text.")
    refuse_unreadable(str(words))
    if is_free_text(field):
        return str(words).replace("\r\n", "\n")
    words = str(words).strip()
    if field.is_relation:
        return words
    try:
        return in_words(Library().value(field, words))
    except (OverflowError, ValueError):
        raise ValidationError("This cannot be read.") from None


def emptied(field):
    """What a field says once its cell is empty."""
    if field.many_to_many:
        return []
    if field.is_relation:
        return None
    return in_words(field.get_default()) if field.has_default() else None if field.null else ""


def how_written(field):
    """How a cell of this column is written, in a sentence."""
    if field.many_to_many and not hasattr(field.related_model, "slug"):
        return "One place per line: source:first-last, or source:line."
    if field.many_to_many:
        return f"Slugs of {field.related_model._meta.verbose_name_plural}, one per line."
    if field.is_relation:
        return f"The slug of a {field.related_model._meta.verbose_name}."
    if enum := getattr(field, "enum", None):
        return f"{'One per line' if is_list(field) else 'One'} of: {', '.join(enum.values)}."
    if isinstance(field, models.DurationField):
        return "ISO 8601: P7D for a week, PT12H for half a day."
    if isinstance(field, models.DateField):
        return "A day, as 2026-01-31."
    return "One per line." if is_list(field) else "A number." if isinstance(field, models.IntegerField) else "Text."
