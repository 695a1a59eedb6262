"""Spelling correction of search phrases: replaces an unknown word by the most similar word that is in a name."""

from kb.utils.fuzzy import closest_word
from kb.utils.text_analysis import stem

MAX_SPELLING_CHECKS = 5  # Words of a phrase; they are expensive to look up, so their number is capped.


def find_corrections(phrase, named, is_known):
    """Return the words of a phrase that no record searched holds, each with the most similar word of a name.

    `named` are the NamedEntries of the phrase, whose words need no correction; `is_known` tells whether some record
    searched holds a term. Short words and numbers are skipped.
    """
    unmatched = {term.stem: term for term in named.unmatched_terms}
    candidates = {word: unmatched.get(stem(word)) for word in phrase.words if len(word) > 3 and not word.isdigit()}
    candidates = [(word, term) for word, term in candidates.items() if term][:MAX_SPELLING_CHECKS]
    unknown = [word for word, term in candidates if not is_known(term)]
    vocabulary = named.names.count_words(named.statuses) if unknown else {}
    corrections = {word: closest_word(word, vocabulary) for word in unknown}
    return {word: correction for word, correction in corrections.items() if correction}
