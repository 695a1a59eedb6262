"""The characters that a text may not hold: what no XML can, and what stands between the items of a table's cell."""

import re

from django.core.exceptions import ValidationError

INVALID_XML_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CELL_SEPARATOR = " | "  # Stands between the items of a cell.
CELL_SEPARATOR_PATTERN = re.compile(r"(?:^|\s)\|(?:\s|$)")
LABEL_FIELDS = ("name", "text")  # By what it is told in a cell, among others.
ERROR_CONTEXT_LENGTH = 20  # As many characters before one that is refused as let a person find it.


def replace_invalid_xml(words):
    """Words without the characters that no XML can hold; in an answer, all its words."""
    if isinstance(words, dict):
        return {name: replace_invalid_xml(value) for name, value in words.items()}
    if isinstance(words, list):
        return [replace_invalid_xml(value) for value in words]
    return INVALID_XML_CHARACTERS.sub(" ", words) if isinstance(words, str) else words


def is_printable(text):
    """Whether every format, and every database, can hold a text."""
    return not INVALID_XML_CHARACTERS.search(text)


def validate_printable(text: str) -> None:
    """No control characters, such as a word processor leaves behind: told by their number and where they stand."""
    if found := INVALID_XML_CHARACTERS.search(text):
        before = text[: found.start()]
        where = f"after “{before[-ERROR_CONTEXT_LENGTH:]}”" if before else "at the beginning"
        raise ValidationError(f"There is a character that cannot be shown, U+{ord(found[0]):04X}, {where}: delete it.")


def validate_no_separator(text):
    """No name that a table would show as two."""
    if CELL_SEPARATOR_PATTERN.search(text):
        raise ValidationError(f"“{text}” holds a bar with a space beside it, which stands between names in a table.")


def validate_single_line(item):
    """No item of a list in two lines: each line is an item, where people write them and in files."""
    if len(f"{item}.".splitlines()) > 1:
        raise ValidationError(f"“{item}” holds a line break: write it in one line.")


def find_text_errors(field, value):
    """What is wrong with the words of a field, each fault once."""
    rules = [validate_printable]
    if isinstance(value, list):
        rules += [validate_no_separator, validate_single_line]
    elif field.name in LABEL_FIELDS:
        rules += [validate_no_separator]
    for text in value if isinstance(value, list) else [value]:
        for refuse in rules if isinstance(text, str) else ():
            try:
                refuse(text)
            except ValidationError as error:
                yield from error.messages
