"""Text analysis for search: tokenising, stop words, British and American spelling, stemming."""

import re
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock

import snowballstemmer

from kb.utils.fuzzy import MAX_WORD_LENGTH, normalize_name

# Words that carry no meaning of their own, ignored wherever texts are compared.
FUNCTION_WORDS = frozenset("a an and at for in is of on or that the their to your".split())
# Search also ignores the words with which people put a question.
STOP_WORDS = FUNCTION_WORDS | frozenset(
    """
    about after again am any anybody anyone anything are aren as be because been but by can cannot cause caused
    causes causing could couldn did didn do does doesn doing don feel feeling feels from get gets getting give given
    gives go goes going got had hadn happen happening happens has hasn have haven having he help helps her him his
    how i if into is isn it its just know let make makes making may me mean means might mine my myself need needs
    our ours patient patients please really report reporting reports said say says she should shouldn so some
    somebody someone something still take taken takes taking tell than them then there these they thing things
    think this those us want wants was wasn we were weren what whats when where whether which while who whom whose
    why will with won would wouldn you yours
    """.split()
)
SPELLING_RULES = [  # Applied to texts and queries alike: a rule need only make two spellings equal, not correct.
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        ("[ao]e", "e"),  # anaemia, oestrogen
        ("sulph", "sulf"),
        (r"(?<=\w\w)our", "or"),  # tumour
        (r"(?<=\w[aeioy])sis$", "ses"),  # metastasis, metastases
        (r"(?<=\w\w)([iy])s(e[ds]?|ing|ations?)$", r"\1z\2"),  # immobilise, analyse
        (r"(?<=\w)([btv])re(s?)$", r"\1er\2"),  # centre, fibre
    ]
]
STEMMER, STEMMER_LOCK = snowballstemmer.stemmer("english"), Lock()  # The stemmer is not thread-safe.


def tokenize(text: str) -> list[str]:
    """Return the words of a text, normalised but not stemmed, without stop words.

    Very long ones are cut: PostgreSQL refuses to index them.
    """
    words = re.findall(r"[^\W_]+", re.sub(r"'(?:s|t|m|d|re|ve|ll)\b", "", normalize_name(text)))
    return [word[:MAX_WORD_LENGTH] for word in words if word not in STOP_WORDS]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem that all spellings and endings of a word share."""
    for pattern, replacement in SPELLING_RULES:
        word = pattern.sub(replacement, word)
    return snowball_stem(word)


def snowball_stem(word: str) -> str:
    """Return the stem of a word by the English Snowball algorithm."""
    with STEMMER_LOCK:
        return str(STEMMER.stemWord(word))


def stem_words(text: str) -> list[str]:
    """Return the stems of the words of a text, in order."""
    return [stem(word) for word in tokenize(text)]


def build_index_text(names: Iterable[str], texts: Iterable[str]) -> str:
    """Return the stems that a record is searched by: a line for each name, then one for its texts, marked by “|”."""
    lines = [" ".join(stem_words(name)) for name in names]
    text_line = " ".join(["|", *(word for text in texts for word in stem_words(text))])
    return "\n{}\n".format("\n".join([*lines, text_line]))
