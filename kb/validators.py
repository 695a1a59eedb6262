"""The characters that a text may not hold: what no XML can, and what stands between the items of a table's cell."""

import re

from django.core.exceptions import ValidationError

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
BETWEEN = " | "  # Stands between the items of a cell.
LIKE_BETWEEN = re.compile(r"(?:^|\s)\|(?:\s|$)")
SAID_OF_A_RECORD = ("name", "text")  # By what it is told in a cell, among others.
SHOWN = 20  # As many characters before one that is refused as let a person find it.


def in_xml(words):
    """Words without the characters that no XML can hold; in an answer, all its words."""
    if isinstance(words, dict):
        return {name: in_xml(value) for name, value in words.items()}
    if isinstance(words, list):
        return [in_xml(value) for value in words]
    return NOT_XML.sub(" ", words) if isinstance(words, str) else words


def is_legible(text):
    """Whether every format, and every database, can hold a text."""
    return not NOT_XML.search(text)


def refuse_unreadable(text):
    """No control characters, such as a word processor leaves behind: told by their number and where they stand."""
    if found := NOT_XML.search(text):
        before = text[: found.start()]
        where = f"after “{before[-SHOWN:]}”" if before else "at the beginning"
        raise ValidationError(f"There is a character that cannot be shown, U+{ord(found[0]):04X}, {where}: delete it.")


def refuse_divided(text):
    """No name that a table would show as two."""
    if LIKE_BETWEEN.search(text):
        raise ValidationError(f"“{text}” holds a bar with a space beside it, which stands between names in a table.")


def refuse_broken(item):
    """No item of a list in two lines: each line is an item, where people write them and in files."""
    if len(f"{item}.".splitlines()) > 1:
        raise ValidationError(f"“{item}” holds a line break: write it in one line.")


def unfit(field, value):
    """What is wrong with the words of a field, each fault once."""
    rules = [refuse_unreadable]
    if isinstance(value, list):
        rules += [refuse_divided, refuse_broken]
    elif field.name in SAID_OF_A_RECORD:
        rules += [refuse_divided]
    for text in value if isinstance(value, list) else [value]:
        for refuse in rules if isinstance(text, str) else ():
            try:
                refuse(text)
            except ValidationError as error:
                yield from error.messages
