"""How names are compared: without regard to case, accents, hyphens or spacing."""

import re
import unicodedata

from rapidfuzz import fuzz, process

MIN_SIMILARITY = 65  # Of a hundred: what is less alike was not meant.


def normalize_name(name: str) -> str:
    """The form in which two spellings of one name are the same."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[-‐‑–_/]+", " ", plain.casefold().replace("’", "'")).split())


def closest_match(word: str, known) -> str | None:
    """The known word that was probably meant, if any is near."""
    folded = {normalize_name(name): name for name in known}
    found = process.extractOne(normalize_name(word), folded.keys(), scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known) -> str:
    """A half sentence that names the nearest known word, or nothing."""
    found = closest_match(word, known)
    return f" Did you mean “{found}”?" if found else ""
