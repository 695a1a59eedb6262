"""The limits of statements in words: for whom, for which use, from which cause, in which part of the body."""

import re

from kb.choices import UNLIMITED_POPULATIONS
from kb.models import Statement

NO_LIMIT = (None, "", *UNLIMITED_POPULATIONS)  # Values of a limiting field that do not limit.


def describe_limits(statement: Statement) -> list[str]:
    """Return a sentence for each limit of a statement, in the order in which its model declares them.

    It reads the entries that the statement names: fetch them with it (`with_related`).
    """
    return [
        limit.sentence.format(lower_first_word(format_value(statement, limit.field)))
        for limit in statement.limits
        if getattr(statement, limit.field) not in NO_LIMIT
    ]


def format_value(statement: Statement, field_name: str) -> str:
    """Return the value of a field in words: the label of a choice, the name of an entry, or the text."""
    get_label = getattr(statement, f"get_{field_name}_display", None)
    return get_label() if get_label else str(getattr(statement, field_name))


def lower_first_word(text: str) -> str:
    """Return a name as it stands inside a sentence: prostate cancer, but GnRH agonists and COX-2 inhibitors."""
    return re.sub(r"^[A-Z](?=[a-z]+\b)", lambda letter: letter[0].lower(), text)
