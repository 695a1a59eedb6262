"""Headings of a text: the lines under which others stand."""

from collections.abc import Collection, Sequence

from kb.editorial.text_matching import LIST_INTRODUCTION, LIST_MARK
from kb.utils.fuzzy import normalize_name

MAX_HEADING_WORDS = 14
MAX_SECTION_LENGTH = 200  # Of the field of a passage.


def is_heading(lines: Sequence[str], number: int, known: Collection[str] = ()) -> bool:
    """Return whether a line, counted from 1, is a heading: a known one, or a short line that looks like one.

    `known` are headings that passages name, as `normalize_name` has them. A line looks like a heading if it begins with
    a capital letter, does not end as a sentence does, is no item of a list, and an empty line, a longer one or a list
    comes after it.
    """
    line = lines[number - 1].strip()
    if not line or len(line) > MAX_SECTION_LENGTH or LIST_MARK.match(line):
        return False
    if normalize_name(line) in known:
        return True
    following = (lines[place].strip() for place in range(number, len(lines)))  # No copy: each line of a text asks this.
    after = next(filter(None, following), "")
    stands_alone = bool(after) and not lines[number].strip()
    return (
        line[0].isupper()
        and len(line.split()) <= MAX_HEADING_WORDS
        and line[-1] not in ".!,;:"
        and not LIST_INTRODUCTION.search(line)
        and (stands_alone or len(after) > len(line) or bool(LIST_MARK.match(after)))
    )


def find_section(lines: Sequence[str], number: int, known: Collection[str] = ()) -> str:
    """Return the nearest heading at or above a line, as it stands there; empty before the first one."""
    above = (above for above in range(number, 0, -1) if is_heading(lines, above, known))
    return next((" ".join(lines[above - 1].split()) for above in above), "")
