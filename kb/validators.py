"""What people type: folded alike and checked alike on every way in, by what a field holds: names or free text."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models

from kb.utils.characters import clean_name, clean_text, describe_character, find_invisible, find_mixed_lookalike

INVALID_XML_CHARACTERS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CELL_SEPARATOR = " | "  # Joins the items of a list in one cell of a table.
CELL_SEPARATOR_PATTERN = re.compile(r"(?:^|\s)\|(?:\s|$)")
LABEL_FIELDS = ("name", "text")  # Name a record in the cells of other tables, so that they must not hold the separator.
# Name something, and are looked up and compared: what nobody sees in them is refused, and not removed unseen.
NAME_FIELDS = ("name", "synonyms", "brand_names", "slug", "username", "first_name", "last_name")
ERROR_CONTEXT_LENGTH = 20  # Characters shown before an invalid one, to help find it.
# Characters that XML can hold, but that say nothing to a reader, or something else than is stored.
UNREADABLE = {
    "[\x7f-\x9f]": "cannot be shown: delete it",
    "[\u202d\u202e]": "turns the order in which the letters after it are shown: delete it",
    "\ufffd": "stands for one that was lost: look at the original",
    "[\ue000-\uf8ff\U000f0000-\U0010ffff]": "is a sign of one symbol font, in others an empty box: write it anew",
}
# UTF-8 that was read as Windows-1252: the two or three characters that each letter or sign became.
CONTINUATION = "".join(bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xC0)).replace("\u00a0", "")
MISREAD = re.compile(f"[ÂÃÎÏ][{CONTINUATION}]|[âï][{CONTINUATION}]{{2}}")


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


@dataclass(frozen=True)
class Folded:
    """A value as it is stored, and what was done to it that its writer is to be told."""

    value: Any
    notes: tuple[str, ...] = ()


def fold_text(text: str, *, is_name: bool = False) -> Folded:
    """Return a typed text in the form in which all that reads the same is stored alike.

    Free text loses what nobody sees; in a name that stays, to be refused by `validate_name`.
    """
    folded, notes = clean_name(text) if is_name else clean_text(text)
    return Folded(folded.strip(" \t\n"), tuple(notes))


def fold_value(field: "models.Field[Any, Any]", value: Any) -> Folded:
    """Return a value for a field of a model as it is stored: its text, or each text of its list, folded."""
    if isinstance(value, list):
        items = [fold_value(field, item) for item in value]
        return Folded([item.value for item in items], tuple(note for item in items for note in item.notes))
    return fold_text(value, is_name=not is_free_text(field)) if isinstance(value, str) else Folded(value)


def is_name_field(field: "models.Field[Any, Any]") -> bool:
    return field.name in NAME_FIELDS or isinstance(field, models.SlugField)


def is_free_text(field: "models.Field[Any, Any]") -> bool:
    """Return whether a field holds sentences, or a list of them: no names, keys, enumerations, numbers or days."""
    holds_text = isinstance(field, models.CharField | models.TextField | models.JSONField)
    return holds_text and not (is_name_field(field) or field.choices or getattr(field, "enum", None))


def locate(text: str, index: int) -> str:
    """Return where a character of a text stands, for people."""
    before = text[:index]
    return f"after “{before[-ERROR_CONTEXT_LENGTH:]}”" if before else "at the beginning"


def validate_printable(text: str) -> None:
    """Refuse characters that say nothing, such as a word processor leaves behind; the error tells code and place."""
    if match := INVALID_XML_CHARACTERS.search(text):
        code = f"U+{ord(match[0]):04X}"
        raise ValidationError(
            f"There is a character that cannot be shown, {code}, {locate(text, match.start())}: delete it."
        )
    for pattern, problem in UNREADABLE.items():
        if match := re.search(pattern, text):
            place = locate(text, match.start())
            raise ValidationError(f"This character, {describe_character(match[0])}, {place}, {problem}.")


def validate_encoding(text: str) -> None:
    """Refuse a text that was read in another encoding than it was written in, and tell what it was."""
    for match in MISREAD.finditer(text):
        try:
            meant = match[0].encode("cp1252").decode()
        except UnicodeError:
            continue
        if not meant.isprintable():  # “Â” before a closing quotation mark, and the like.
            continue
        raise ValidationError(
            f"“{match[0]}”, {locate(text, match.start())}, was “{meant}” before it was read in the wrong encoding: "
            "save the file as UTF-8, or type it anew."
        )


def validate_name(name: str) -> None:
    """Refuse a name with a character that nobody sees, or with a letter that only looks like one of the Latin ones."""
    if (index := find_invisible(name)) is not None:
        raise ValidationError(
            f"“{name}” holds a character that nobody sees, {describe_character(name[index])}, at position {index + 1}, "
            f"{locate(name, index)}: delete it."
        )
    if found := find_mixed_lookalike(name):
        index, lookalike = found
        raise ValidationError(
            f"“{name}” holds “{name[index]}”, {describe_character(name[index])}, at position {index + 1}, "
            f"{locate(name, index)}: it looks like “{lookalike}”. Type it anew in plain letters."
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
    validators = [validate_printable, validate_encoding]
    if is_name_field(field):
        validators += [validate_name]
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
