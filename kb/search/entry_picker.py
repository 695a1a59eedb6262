"""Which entries somebody means who is typing a name: by its beginning, its meaning, and in spite of typing errors."""

from rapidfuzz.distance import DamerauLevenshtein

from kb.models import Entry
from kb.search.entry_names import EntryNames
from kb.search.lay_words import is_opposite
from kb.search.nearest_names import NearestNames
from kb.utils.fuzzy import normalize_name

MIN_FORGIVEN_LENGTH = 5  # Letters; in a shorter beginning of a word, no typing error is assumed.
MIN_INNER_LENGTH = 3  # Letters; shorter ones are sought at the beginning of words only.


def select_not_retired(model):
    """Return the records of a model that a form may refer to: published ones and drafts."""
    return model.objects.not_retired()


def pick_entries(model: type[Entry], text: str) -> list[Entry]:
    """Return the entries of a model that a text may name, the likeliest first; never the opposite of what it says.

    First come those with this name or code, then those with a name that begins so, with words that begin so, and with
    a meaning near it; last those with a typing error in the beginning of a word, or with the letters within a word.
    """
    typed = normalize_name(text).strip()
    if not typed:
        return []
    names = EntryNames([model], select_not_retired)
    exact, _ = names.find(text)
    ranked = sorted(
        (rank, entry.name, entry) for entry in names.entries if (rank := rank_names(entry, typed)) is not None
    )
    near = NearestNames(names).find([text])[text]
    groups = [
        exact,
        [entry for rank, _, entry in ranked if rank < 2],
        near,
        [entry for rank, _, entry in ranked if rank >= 2],
    ]
    picked = {entry.pk: entry for group in groups for entry in group}
    certain = {entry.pk for entry in exact}
    return [entry for entry in picked.values() if entry.pk in certain or not is_opposite(text, entry.names())]


def rank_names(entry: Entry, typed: str) -> int | None:
    """Return how well the names of an entry fit a folded text: 0 to 3, the best first; None if they do not."""
    names = [normalize_name(name) for name in entry.names()]
    if any(name.startswith(typed) for name in names):
        return 0
    words = [name.split() for name in names]
    if any(all(any(word.startswith(part) for word in name) for part in typed.split()) for name in words):
        return 1
    if len(typed) >= MIN_FORGIVEN_LENGTH and any(is_misspelt_beginning(typed, name) for name in names):
        return 2
    return 3 if len(typed) >= MIN_INNER_LENGTH and any(typed in name for name in names) else None


def is_misspelt_beginning(typed: str, name: str) -> bool:
    """Return whether a name begins with a text but for one typing error."""
    return any(
        DamerauLevenshtein.distance(typed, name[: len(typed) + extra], score_cutoff=1) <= 1 for extra in (-1, 0, 1)
    )
