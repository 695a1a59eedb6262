"""Fuzzy matching of names: normalisation (case, accents, hyphens, spacing) and the closest match, by rapidfuzz."""

import re
import unicodedata
from collections.abc import Iterable

from rapidfuzz import fuzz, process

MIN_SIMILARITY = 65  # Of 100; a less similar word is not suggested.


def normalize_name(name: str) -> str:
    """Return a name in the form in which all its spellings are equal."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[-‐‑–_/]+", " ", plain.casefold().replace("’", "'")).split())


def closest_match(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most similar to a word; None if none is similar enough."""
    normalized = {normalize_name(name): name for name in candidates}
    match = process.extractOne(normalize_name(word), normalized.keys(), scorer=fuzz.ratio, score_cutoff=MIN_SIMILARITY)
    return normalized[match[0]] if match else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return a sentence that names the closest candidate, with a space before it; an empty string if there is none."""
    match = closest_match(word, candidates)
    return f" Did you mean “{match}”?" if match else ""
