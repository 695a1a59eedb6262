"""Wording: where the fields of a statement contradict the words of its own sentence."""

import re
from collections.abc import Mapping

from kb.choices import Certainty, Frequency
from kb.editorial.snapshot import Content

# The words of each frequency, the more particular before those that stand in them.
FREQUENCY_WORDS: Mapping[str, re.Pattern[str]] = {
    value: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for value, words in {
        Frequency.MOST_COMMON: "most common(?:ly)?|commonest|most often|most frequent(?:ly)?",
        Frequency.VERY_COMMON: "very common(?:ly)?",
        Frequency.VERY_RARE: "very rare(?:ly)?",
        Frequency.COMMON: "common(?:ly)?",
        Frequency.OFTEN: "often|frequent(?:ly)?",
        Frequency.SOMETIMES: "sometimes|occasional(?:ly)?|in some cases",
        Frequency.RARE: "rare(?:ly)?|uncommon(?:ly)?",
    }.items()
}
POSSIBILITY_WORDS = re.compile(r"\b(?:may|perhaps|possibly)\b", re.IGNORECASE)


def find_frequency_words(text: str) -> dict[str, str]:
    """Map each frequency of which a sentence speaks to its words there: “very common” is not also common."""
    found, rest = {}, text
    for frequency, pattern in FREQUENCY_WORDS.items():
        if match := pattern.search(rest):
            found[frequency] = match[0]
            rest = pattern.sub(" ", rest)
    return found


def find_wording_conflicts(content: Content) -> dict[str, str]:
    """Map the fields of a statement that contradict its sentence to what both say; empty for other records.

    Only what both say is compared: a field that is unstated contradicts nothing.
    """
    text, conflicts = content.get("text") or "", {}
    frequency, certainty = content.get("frequency") or "", content.get("certainty")
    words = find_frequency_words(text)
    if frequency in FREQUENCY_WORDS and words and frequency not in words:
        said = " and ".join(f"“{word}”" for word in words.values())
        conflicts["frequency"] = f"The sentence says {said}, and this says “{Frequency(frequency).label}”."
    if certainty == Certainty.DEFINITE and (match := POSSIBILITY_WORDS.search(text)):
        conflicts["certainty"] = f"The sentence says “{match[0]}”, and this says “{Certainty(certainty).label}”."
    return conflicts
