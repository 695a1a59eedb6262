"""Validators of texts: no characters that XML cannot hold, no separator of table cells, no line breaks in lists."""

import re
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError

INVALID_XML_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CELL_SEPARATOR = " | "  # Joins the items of a list in one cell of a table.
CELL_SEPARATOR_PATTERN = re.compile(r"(?:^|\s)\|(?:\s|$)")
LABEL_FIELDS = ("name", "text")  # Name a record in the cells of other tables, so that they must not hold the separator.
ERROR_CONTEXT_LENGTH = 20  # Characters shown before an invalid one, to help find it.


def replace_invalid_xml(value):
    """Return a value with a space for each character that XML cannot hold, in the texts of nested data too."""
    if isinstance(value, dict):
        return {name: replace_invalid_xml(item) for name, item in value.items()}
    if isinstance(value, list):
        return [replace_invalid_xml(item) for item in value]
    return INVALID_XML_CHARACTERS.sub(" ", value) if isinstance(value, str) else value


def is_printable(text):
    """Return whether every output format and every database can hold a text."""
    return not INVALID_XML_CHARACTERS.search(text)


def validate_printable(text: str) -> None:
    """Refuse control characters, such as a word processor leaves behind; the error tells code point and place."""
    if match := INVALID_XML_CHARACTERS.search(text):
        before = text[: match.start()]
        location = f"after “{before[-ERROR_CONTEXT_LENGTH:]}”" if before else "at the beginning"
        raise ValidationError(
            f"There is a character that cannot be shown, U+{ord(match[0]):04X}, {location}: delete it."
        )


def validate_no_separator(text):
    """Refuse a text that a cell of a table would show as two items."""
    if CELL_SEPARATOR_PATTERN.search(text):
        raise ValidationError(f"“{text}” holds a bar with a space beside it, which stands between names in a table.")


def validate_single_line(item):
    """Refuse an item of a list with a line break: forms and files take each line as an item."""
    if len(f"{item}.".splitlines()) > 1:
        raise ValidationError(f"“{item}” holds a line break: write it in one line.")


def validate_without_credentials(address):
    """Refuse an address that holds a name or a password."""
    if "@" in urlsplit(address).netloc:
        raise ValidationError("The address holds a name or a password: give it without, everybody can read it.")


def find_text_errors(field, value):
    """Yield the error messages for the texts of a model field's value."""
    validators = [validate_printable]
    if isinstance(value, list):
        validators += [validate_no_separator, validate_single_line]
    elif field.name in LABEL_FIELDS:
        validators += [validate_no_separator]
    for text in value if isinstance(value, list) else [value]:
        for validate in validators if isinstance(text, str) else ():
            try:
                validate(text)
            except ValidationError as error:
                yield from error.messages
