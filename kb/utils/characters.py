"""Characters of typed and pasted texts: which nobody sees, which are written plainly, and which look like others.

The one list of them: what people write (`kb.validators.fold_value`), what they look for (`kb.utils.fuzzy`) and how
editions of a document are compared (`kb.editorial.edition_text`) go by it.
"""

import re
import unicodedata
from collections import Counter

from confusable_homoglyphs.confusables import confusables_data

# Default_Ignorable_Code_Point of Unicode (DerivedCoreProperties.txt): soft hyphen, characters without width, marks of
# direction, fillers, variation selectors, tags. Besides, the blank of Braille and the marks of annotations.
INVISIBLE_RANGES = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
    *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)),
    (0xE0000, 0xE0FFF),
)
INVISIBLE = frozenset(chr(code) for first, last in INVISIBLE_RANGES for code in range(first, last + 1))
# They turn the order in which letters are shown: without them, a text reads otherwise.
DIRECTION_OVERRIDES = frozenset("\u202d\u202e")
SOFT_HYPHEN = "\u00ad"
BROKEN_WORD = re.compile(rf"(?<=\w){SOFT_HYPHEN}[ \t]*\n[ \t]*(?=\w)")  # A soft hyphen that ends a line.
SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
# What reads the same when it is written with the keys of any keyboard.
PLAIN_FORMS = LIGATURES | dict.fromkeys(SPACES, " ") | dict.fromkeys("\u2028\u2029", "\n") | {"\u2011": "-"}
REMOVED = dict.fromkeys(INVISIBLE - DIRECTION_OVERRIDES, "")
PLAIN_TABLE = str.maketrans(PLAIN_FORMS)
CLEAN_TABLE = str.maketrans(REMOVED | PLAIN_FORMS)
# Letters of their own in names of medicine and biology: interferon α-2b, TNFα, NFκB. Not among them are ι, ν, ο and υ:
# nothing is named by these, and they look like i, v, o and u.
GREEK_SYMBOLS = frozenset("αβγδεζηθκλμξπρστφχψω")
# Letters of living alphabets though Unicode lists them as look-alikes: the i without a dot is Turkish.
LATIN_LETTERS = frozenset("ı")


def describe_character(char: str) -> str:
    """Return the name and the code point of a character: soft hyphen (U+00AD)."""
    name = "private-use character" if unicodedata.category(char) == "Co" else unicodedata.name(char, "without a name")
    return f"{name.lower()} (U+{ord(char):04X})"


def clean_text(text: str, *, keeps_lines: bool = False) -> tuple[str, list[str]]:
    """Return a text without what nobody sees and with plain forms of the rest, and notes on what was done.

    Canonical composition (NFC) and line ends make no difference to a reader: they are made alike without a note. A
    word that a soft hyphen breaks over two lines is joined; with `keeps_lines`, the hyphen is written, as it is shown
    there, and the number of lines stays.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text, []
    counts = Counter(char for char in text if char in REMOVED or char in PLAIN_FORMS)
    text = BROKEN_WORD.sub("-\n" if keeps_lines else "", text)
    return unicodedata.normalize("NFC", text.translate(CLEAN_TABLE)), describe_cleaning(counts)


def clean_name(name: str) -> tuple[str, list[str]]:
    """Return a name with plain forms of its characters, and notes; what nobody sees stays, to be refused."""
    if name.isascii():
        return name, []
    counts = Counter(char for char in name if char in PLAIN_FORMS)
    return unicodedata.normalize("NFC", name.translate(PLAIN_TABLE)), describe_cleaning(counts)


def describe_cleaning(counts: Counter[str]) -> list[str]:
    """Return a sentence for each character that was removed or written plainly, in the order of the text."""
    return [f"{count} × {describe_character(char)} {describe_fate(char)}." for char, count in counts.items()]


def describe_fate(char: str) -> str:
    if char in REMOVED:
        return "removed"
    return f"written as {({' ': 'a space', chr(10): 'a line break'}).get(PLAIN_FORMS[char], PLAIN_FORMS[char])}"


def find_invisible(text: str) -> int | None:
    """Return the position of the first character that nobody sees, from 0; None if there is none."""
    return next((index for index, char in enumerate(text) if char in INVISIBLE), None)


def find_ascii_lookalike(char: str) -> str | None:
    """Return the ASCII letters that look like a character, after the confusables of Unicode (UTS 39); None if none."""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    for prototype in confusables_data.get(char, ()):
        letters = remove_invisible(prototype["c"])
        if letters.isascii() and letters.isalnum():
            # Unicode gives l as what a capital I looks like: of a capital letter, I is meant.
            return "I" if letters == "l" and char.isupper() else letters
    return None


def remove_invisible(text: str) -> str:
    """Return a text in compatibility form without accents and characters that cannot be seen."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if c not in INVISIBLE and unicodedata.category(c) not in ("Cf", "Mn", "Me"))


def find_mixed_lookalike(name: str) -> tuple[int, str] | None:
    """Return the position of the first letter that poses as a Latin one, and that; None if there is none.

    That is a letter or digit of another script in a name that has Latin letters, or a variant of a Latin letter
    (full width, mathematical, phonetic). Accents and letters of Latin alphabets are none, nor are Greek letters that
    stand for themselves: beside no small Latin letter.
    """
    if name.isascii():
        return None
    has_latin = any(is_latin(char) for char in name)
    for index, char in enumerate(name):
        lookalike = find_posed_letter(char, has_latin)
        if lookalike and not is_greek_symbol(name, index):
            return index, lookalike
    return None


def is_latin(char: str) -> bool:
    """Return whether a character is a letter of the Latin script."""
    return char.isalpha() and (char.isascii() or unicodedata.name(char, "").startswith("LATIN "))


def find_posed_letter(char: str, has_latin: bool) -> str | None:
    """Return the ASCII letters as which a character of a name poses; None if it poses as none."""
    category = unicodedata.category(char)
    if char.isascii() or category not in ("Lu", "Ll", "Lo", "Nl", "Nd") or char in LATIN_LETTERS:
        return None
    plain = unicodedata.normalize("NFKC", char)
    if plain.isascii() and plain.isalnum():
        return None if category == "Lo" else plain  # The ordinals ª and º are seen for what they are.
    if is_latin(char):
        exact = [prototype["c"] for prototype in confusables_data.get(char, ()) if len(prototype["c"]) == 1]
        return next((letter for letter in exact if letter.isascii() and letter.isalpha()), None)
    return find_ascii_lookalike(char) if has_latin else None


def is_greek_symbol(name: str, index: int) -> bool:
    """Return whether a letter of a name is a Greek one that stands for itself."""
    beside = name[max(0, index - 1) : index] + name[index + 1 : index + 2]
    return name[index] in GREEK_SYMBOLS and not any(char.isascii() and char.islower() for char in beside)
