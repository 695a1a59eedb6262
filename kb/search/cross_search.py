"""Search over all entries and statements: finds the entries that a phrase names, and the statements about them.

Where nothing holds all the words, those records come that hold most of them, the rare words before the common ones.
"""

import re
from dataclasses import dataclass, field
from functools import partial

from kb.choices import Status
from kb.models import Entry, Record, resource_name
from kb.reasoning.hierarchies import get_current_hierarchies
from kb.reasoning.record_cache import fetch_records
from kb.search.candidates import CandidateFinder
from kb.search.lay_words import find_meanings, find_wanted_kinds
from kb.search.literals import filter_by_literals, find_literal_words, split_literals
from kb.search.phrase_entries import NamedEntries
from kb.search.phrases import Phrase
from kb.search.ranking import Hit, HitRanker
from kb.search.spelling import find_corrections

MAX_PHRASE_WORDS = 12  # Words of a phrase; the others are ignored.
PUBLIC_STATUSES = frozenset({Status.PUBLISHED.value})


@dataclass(frozen=True)
class FoundRecord:
    """A record that was found, and why."""

    record: Record
    hit: Hit


@dataclass(frozen=True)
class SearchResult:
    """The hits, best first; the words that were corrected, with their corrections; and those that nothing holds.

    `is_complete` says whether some hit holds all the words, `named_ids` which entries they name, and `is_truncated`
    whether there may be more hits than are listed.
    """

    hits: list[Hit]
    corrections: dict[str, str]
    named_ids: dict[type[Entry], set[int]] = field(default_factory=dict)
    is_complete: bool = True
    missing_words: tuple[str, ...] = ()
    is_truncated: bool = False


def search(phrase, hierarchies=None, statuses=PUBLIC_STATUSES, kinds=()):
    """Return the entries and statements that match a phrase, after a correction of its spelling.

    `hierarchies` are those that the request has read already; `statuses` are the states of the records that are
    searched: the published ones, unless the searcher may see others. Of `kinds` alone are the hits, if there are any.
    """
    hierarchies = hierarchies or get_current_hierarchies()
    finder = build_finder(phrase, hierarchies, statuses)
    corrections = finder.named.joined_words | find_corrections(finder.phrase, finder.named, finder.is_known)
    for word in find_literal_words(phrase):
        corrections.pop(word, None)
    if corrections:
        corrected = replace_words(" ".join(finder.phrase.words), corrections)
        finder = build_finder(corrected, hierarchies, statuses)
    if not finder.phrase.terms:
        return SearchResult([], {})
    ranker = HitRanker(finder, hierarchies, find_wanted_kinds(phrase))
    keep_hits = partial(keep_wanted_hits, literals=split_literals(phrase)[1], kinds=kinds)
    matches, is_complete = ranker.rank_matches()
    hits = keep_hits(matches)
    is_complete = is_complete and bool(hits)  # Where only others hold all the words, those come that hold some.
    missing_words = ()
    if not is_complete:
        found = {(hit.model, hit.pk) for hit in hits}
        partial_hits, missing_words = ranker.rank_partial_matches()
        hits += keep_hits([hit for hit in partial_hits if (hit.model, hit.pk) not in found])
    return SearchResult(hits, corrections, finder.named.entry_ids, is_complete, missing_words, ranker.is_truncated)


def keep_wanted_hits(hits, literals, kinds):
    """Return the hits of these kinds, or of all if there are none, that hold all of these phrases word for word."""
    if kinds:
        hits = [hit for hit in hits if resource_name(hit.model) in kinds]
    if not literals:
        return hits
    held = set()
    for model in {hit.model for hit in hits}:
        records = model.objects.filter(pk__in=[hit.pk for hit in hits if hit.model is model])
        held |= {(model, pk) for pk in filter_by_literals(records, literals).order_by().values_list("pk", flat=True)}
    return [hit for hit in hits if (hit.model, hit.pk) in held]


def build_finder(text, hierarchies, statuses):
    """Return the CandidateFinder for a text."""
    phrase = read_phrase(text)
    named = NamedEntries(phrase, hierarchies, frozenset(statuses))
    if phrase.stems and phrase.stems[-1] not in {term.stem for term in named.unmatched_terms}:
        phrase.require_whole_words()  # The last word completes a name: it is no longer being typed.
    return CandidateFinder(phrase, named)


def read_phrase(text):
    """Return a phrase, cut off after `MAX_PHRASE_WORDS`, whose everyday words match what they mean, too."""
    phrase = Phrase(text)
    if len(phrase.words) > MAX_PHRASE_WORDS:
        phrase = Phrase(" ".join(phrase.words[:MAX_PHRASE_WORDS]))
    phrase.add_meanings(find_meanings)
    return phrase


def replace_words(text, replacements):
    """Return a text of plain words with some words, or pairs of words, replaced."""
    for words, replacement in replacements.items():
        text = re.sub(rf"\b{re.escape(words)}\b", replacement, text)
    return text


def load_records(hits, hierarchies):
    """Return some hits, such as those of one page, as FoundRecords in their order, ready for serialisation."""
    records = fetch_records([(hit.model, hit.pk) for hit in hits], hierarchies)
    return [FoundRecord(records[hit.model, hit.pk], hit) for hit in hits if (hit.model, hit.pk) in records]
