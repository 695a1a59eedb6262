"""Text as it is searched: its words in the form in which spellings, endings, case and accents do not matter."""

import re
from functools import lru_cache
from threading import Lock

import snowballstemmer

from kb.utils.fuzzy import normalize_name

# Words that carry no meaning of their own, ignored wherever texts are compared.
FUNCTION_WORDS = frozenset("a an and at for in is of on or that the their to your".split())
# Search also ignores the words with which people put a question.
STOP_WORDS = FUNCTION_WORDS | frozenset(
    """
    am are as be been but by can cause caused causes causing could did do does feel feeling feels from had has
    have help helps how i if into it its may me might my our she should so than them then there these they this
    those was we were what when where which who why will with would you
    """.split()
)
SPELLING_RULES = [  # Applied to both sides, so a rule need only bring two spellings together, not be right.
    (re.compile(pattern), other)
    for pattern, other in [
        ("[ao]e", "e"),  # anaemia, oestrogen
        ("sulph", "sulf"),
        (r"(?<=\w\w)our", "or"),  # tumour
        (r"(?<=\w[aeioy])sis$", "ses"),  # metastasis, metastases
        (r"(?<=\w\w)([iy])s(e[ds]?|ing|ations?)$", r"\1z\2"),  # immobilise, analyse
        (r"(?<=\w)([btv])re(s?)$", r"\1er\2"),  # centre, fibre
    ]
]
MAX_WORD_LENGTH = 60  # Longer ones are no words, and PostgreSQL refuses very long ones.
STEMMER, STEMMER_LOCK = snowballstemmer.stemmer("english"), Lock()  # The stemmer keeps the word that it works on.


def tokenize(text):
    """The words of a text as they are typed, folded, less small words."""
    words = re.findall(r"[^\W_]+", re.sub(r"'s\b", "", normalize_name(text)))
    return [word[:MAX_WORD_LENGTH] for word in words if word not in STOP_WORDS]


@lru_cache(maxsize=50_000)
def stem(word):
    """What all spellings and endings of a word have in common."""
    for spelling, other in SPELLING_RULES:
        word = spelling.sub(other, word)
    return snowball_stem(word)


def snowball_stem(word: str) -> str:
    """Return the stem of a word by the English Snowball algorithm."""
    with STEMMER_LOCK:
        return str(STEMMER.stemWord(word))


def stem_words(text):
    """The roots of the words of a text."""
    return [stem(word) for word in tokenize(text)]


def build_index_text(names, texts):
    """What a record is searched in: a line for each of its names, then a marked one for all its other texts."""
    lines = [" ".join(stem_words(name)) for name in names]
    return "\n{}\n".format("\n".join([*lines, " ".join(["|", *(word for text in texts for word in stem_words(text))])]))
