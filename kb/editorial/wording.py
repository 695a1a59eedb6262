"""Wording: the words of frequency, certainty and time in a text, and where a field contradicts its sentence."""

import re
from collections.abc import Mapping

from kb.choices import Certainty, Frequency
from kb.editorial.snapshot import Content


def compile_words(words_by_value: Mapping[str, str]) -> Mapping[str, re.Pattern[str]]:
    """Return a pattern of whole words for each value."""
    return {value: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for value, words in words_by_value.items()}


# The words of each frequency, the more particular before those that stand in them.
FREQUENCY_WORDS = compile_words(
    {
        Frequency.MOST_COMMON: "most common(?:ly)?|commonest|most often|most frequent(?:ly)?",
        Frequency.VERY_COMMON: "very common(?:ly)?",
        Frequency.VERY_RARE: "very rare(?:ly)?",
        Frequency.COMMON: "common(?:ly)?",
        Frequency.OFTEN: "often|frequent(?:ly)?",
        Frequency.SOMETIMES: "sometimes|occasional(?:ly)?|in some cases",
        Frequency.RARE: "rare(?:ly)?|uncommon(?:ly)?",
    }
)
HEDGES = "may|perhaps|possibly"  # What no plain fact is said with.
CERTAINTY_WORDS = compile_words(
    {
        Certainty.AIM: "aims? (?:to|at)|aimed at|(?:is|are) used to|(?:designed|intended|meant) to",
        Certainty.LIKELY: "likely|usually|generally|typically|normally|tends? to|in most cases",
        Certainty.POSSIBLE: f"{HEDGES}|might|can(?! ?not)|could|possible",
    }
)
POSSIBILITY_WORDS = compile_words({Certainty.POSSIBLE: HEDGES})[Certainty.POSSIBLE]
NUMBER_WORDS = "an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a few|several"
NUMBER = rf"(?:\d{{1,3}}(?:\s?(?:[-‐‑‒–]|to|or)\s?\d{{1,3}})?|{NUMBER_WORDS})"
DURATION = re.compile(rf"\b{NUMBER}\s(?:hour|day|week|month|year)s?\b", re.IGNORECASE)


def find_words(text: str, patterns: Mapping[str, re.Pattern[str]]) -> dict[str, str]:
    """Map each value of which a text speaks to its words there; words of one value are not also those of the next."""
    found, rest = {}, text
    for value, pattern in patterns.items():
        if match := pattern.search(rest):
            found[value] = match[0]
            rest = pattern.sub(" ", rest)
    return found


def find_frequency_words(text: str) -> dict[str, str]:
    """Map each frequency of which a text speaks to its words there: “very common” is not also common."""
    return find_words(text, FREQUENCY_WORDS)


def find_certainty_words(text: str) -> dict[str, str]:
    """Map each certainty of which a text speaks to its words there: “can” is possible, “aims to” an aim."""
    return find_words(text, CERTAINTY_WORDS)


def find_durations(text: str) -> list[str]:
    """Return the lengths of time of which a text speaks, as they stand there, each once: “4 weeks”, “a few days”."""
    return list(dict.fromkeys(match[0] for match in DURATION.finditer(text)))


def find_longest(duration: str) -> str:
    """Return the longest time that words such as “2–3 weeks” mean, as a form takes it: 3 weeks; empty if no figure."""
    match = re.search(r"(\d{1,3})\s((?:hour|day|week)s?)$", duration, re.IGNORECASE)
    return f"{match[1]} {match[2].lower()}" if match else ""


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
