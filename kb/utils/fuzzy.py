"""Fuzzy matching of names: folding (case, accents, look-alikes, hyphens, spacing), closest match and closest word."""

import re
from collections.abc import Iterable, Mapping
from itertools import permutations

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from kb.utils.characters import find_ascii_lookalike, remove_invisible

MIN_SIMILARITY = 65  # Of 100; a less similar word is not suggested.
MAX_WORD_LENGTH = (
    60  # Letters; what is longer is no word, and looking for the nearest one takes the square of its length.
)
SHORT_WORD_LENGTH = 7  # Letters; up to this length, one typing error in a word is allowed, else two.
# Beginnings that turn a word into its opposite: hypercalcaemia, hypocalcaemia. An empty one is the word without any.
OPPOSITE_PREFIXES = [
    {"hyper", "hypo"},
    {"pre", "post"},
    {"intra", "extra"},
    {"macro", "micro"},
    {"tachy", "brady"},
    {"poly", "oligo"},
    {"over", "under"},
    {"in", "de"},
    {"inter", "intra"},
    *({"", prefix} for prefix in ("un", "non", "in", "im", "dis", "anti")),
]
TRADEMARK_SIGNS = re.compile(r"[®™℠©Ⓡ]|\((?:r|tm|sm)\)", re.IGNORECASE)
APOSTROPHES = re.compile("[’‘ʼ′´`]")
SEPARATORS = re.compile(r"[-_/‐‑‒–—―−⁃]+")
DIGITS_IN_WORDS = re.compile(r"(?<=[^\W\d_])[01](?=[^\W\d_])")  # Typed for the letters o and l: letroz0le.


def replace_lookalikes(text: str) -> str:
    """Return a text with ASCII letters and digits for all that look like them, and nothing that cannot be seen."""
    return text if text.isascii() else "".join(map(replace_lookalike, text))


def replace_lookalike(char: str) -> str:
    """Return the ASCII letters or digits that a character is, or looks like; else the character without accents."""
    plain = remove_invisible(char)
    if char.isascii() or (plain.isascii() and plain.strip()):
        return plain
    return find_ascii_lookalike(char) or "".join(find_ascii_lookalike(c) or c for c in plain)


def fold_spelling(name: str) -> str:
    """Return a name with its letters as they are, in the form in which its spellings (case, hyphens …) are equal."""
    letters = APOSTROPHES.sub("'", remove_invisible(name).casefold())
    return " ".join(SEPARATORS.sub(" ", letters).split())


def normalize_name(name: str) -> str:
    """Return a name in the form in which all its spellings are equal, and all that only look like it.

    Trademark signs, characters that cannot be seen, and letters of other alphabets make no difference.
    """
    return DIGITS_IN_WORDS.sub(
        lambda digit: "ol"[int(digit[0])], fold_spelling(replace_lookalikes(TRADEMARK_SIGNS.sub(" ", name)))
    )


def closest_match(word: str, candidates: Iterable[str], min_similarity: int = MIN_SIMILARITY) -> str | None:
    """Return the candidate most similar to a word; None if none is similar enough."""
    normalized = {normalize_name(name): name for name in candidates}
    match = process.extractOne(normalize_name(word), normalized.keys(), scorer=fuzz.ratio, score_cutoff=min_similarity)
    return normalized[match[0]] if match else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return a sentence that names the closest candidate, with a space before it; an empty string if there is none."""
    match = closest_match(word, candidates)
    return f" Did you mean “{match}”?" if match else ""


def are_opposites(word: str, other: str) -> bool:
    """Return whether two words differ by a beginning that turns one into its opposite.

    Where both have such a beginning (hyper-, hypo-), the rest may differ by one typing error.
    """
    return any(
        word.startswith(left)
        and other.startswith(right)
        and DamerauLevenshtein.distance(word.removeprefix(left), other.removeprefix(right)) <= bool(left and right)
        for prefixes in OPPOSITE_PREFIXES
        for left, right in permutations(prefixes)
    )


def closest_word(word: str, vocabulary: Mapping[str, int]) -> str | None:
    """Return the most similar word of a vocabulary (with frequencies), or two words that were written as one; or None.

    Similarity is the Damerau-Levenshtein distance, then the same first letter, then the frequency of the word. The
    opposite of a word is not similar to it, however few letters differ.
    """
    if len(word) > MAX_WORD_LENGTH:
        return None
    for index in range(3, len(word) - 2):
        if {word[:index], word[index:]} <= vocabulary.keys():
            return f"{word[:index]} {word[index:]}"
    max_errors = 1 if len(word) <= SHORT_WORD_LENGTH else 2
    distances = {other: DamerauLevenshtein.distance(word, other, score_cutoff=max_errors) for other in vocabulary}
    return min(
        [other for other, distance in distances.items() if distance <= max_errors and not are_opposites(word, other)],
        key=lambda other: (distances[other], other[0] != word[0], -vocabulary[other], other),
        default=None,
    )
