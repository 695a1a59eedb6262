"""Names of entries in the texts of statements, as the search index has them."""

import re
from collections.abc import Collection

PAIR_OF_NAMES = re.compile(r" (\w+) (?:and|or) (\w+) (\w+) ")  # Two names that share their last word.


def has_any_name(text: str, names: Collection[str]) -> bool:
    """Return whether a text holds one of these names, or all of one in a pair: bone pain in “bone and joint pain”.

    Both are given as the search index has them: in lower case, with one space between words.
    """
    padded = f" {' '.join(text.split())} "
    readings = [padded, PAIR_OF_NAMES.sub(r" \1 \3 ", padded)]
    return any(f" {name} " in reading for name in names for reading in readings)
