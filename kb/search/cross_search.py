"""Search over all entries and statements: finds the entries that a phrase names, and the statements about them.

Where nothing holds all the words, those records come that hold most of them, the rare words before the common ones.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Length

from kb.models import Entry, Statement, concrete_models, resource_name
from kb.reasoning.hierarchies import get_current_hierarchies
from kb.reasoning.record_cache import fetch_records
from kb.search.fulltext import Phrase, Term, find_entries_by_term, match_all_terms, match_relation, order_by_relevance
from kb.search.lay_words import find_meanings, find_wanted_kinds
from kb.search.phrase_entries import (
    MATCH_NONE,
    MAX_CANDIDATES,
    MAX_TREE_STEPS,
    NamedEntries,
    Rank,
    build_case,
    select_public,
)
from kb.search.spelling import find_corrections

MAX_PHRASE_WORDS = 12  # Words of a phrase; the others are ignored.


@dataclass(frozen=True)
class Hit:
    """A record that matches, not loaded yet."""

    model: type
    pk: int
    slug: str
    rank: Rank
    missing_words: tuple[str, ...] = ()  # Those that a partial hit does not hold.


@dataclass(frozen=True)
class SearchResult:
    """The hits, best first; the words that were corrected, with their corrections; and those that nothing holds.

    `is_complete` says whether some hit holds all the words, `named_ids` which entries they name.
    """

    hits: list[Hit]
    corrections: dict[str, str]
    named_ids: dict[type[Entry], set[int]] = field(default_factory=dict)
    is_complete: bool = True
    missing_words: tuple[str, ...] = ()


def search(phrase, hierarchies=None, select_records=select_public):
    """Return the entries and statements that match a phrase, after a correction of its spelling.

    `hierarchies` are those that the request has read already; `select_records` returns the records of a model that
    are searched: the published ones, unless the searcher may see others.
    """
    hierarchies = hierarchies or get_current_hierarchies()
    query = read_phrase(phrase)
    named = NamedEntries(query, hierarchies, select_records)
    corrections = named.joined_words | find_corrections(query, named)
    if corrections:
        query = read_phrase(replace_words(" ".join(query.words), corrections))
        named = NamedEntries(query, hierarchies, select_records)
    if not query.terms:
        return SearchResult([], {})
    if query.stems[-1] not in {term.stem for term in named.unmatched_terms}:
        query.require_whole_words()  # The last word completes a name: it is no longer being typed.
    ranked_hits = [hit for model in concrete_models(Entry) for hit in search_entries(model, query, named)]
    entries_by_term = find_entries_by_term(query.terms)
    wanted_kinds = find_wanted_kinds(phrase)
    for model in concrete_models(Statement):
        ranked_hits += search_statements(model, query, named, entries_by_term, resource_name(model) in wanted_kinds)
    hits = [hit for order, hit in sorted(ranked_hits, key=itemgetter(0))]
    if any(is_complete(order, hit, query) for order, hit in ranked_hits):
        return SearchResult(hits, corrections, named.entry_ids)
    found = {(hit.model, hit.pk) for hit in hits}
    partial_hits, missing_words = search_partially(query, named, entries_by_term)
    hits += [hit for hit in partial_hits if (hit.model, hit.pk) not in found]
    return SearchResult(hits, corrections, named.entry_ids, is_complete=False, missing_words=missing_words)


def is_complete(order, hit, phrase):
    """Return whether a hit, with its key for sorting, holds all the words of a phrase."""
    if hit.rank in {Rank.NAME_IN_PHRASE, Rank.IMPLIED_IN_PHRASE, Rank.AMBIGUOUS_IN_PHRASE}:
        return False
    far = order[4]
    return hit.rank != Rank.ABOUT_ENTRIES or far < MAX_CANDIDATES


def load_records(hits, hierarchies):
    """Return the records of some hits, such as those of one page, in their order, ready for serialisation."""
    records = fetch_records([(hit.model, hit.pk) for hit in hits], hierarchies)
    return [records[hit.model, hit.pk] for hit in hits if (hit.model, hit.pk) in records]


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


def search_entries(model, phrase, named):
    """Yield the entries of a model that are named, and those with all the words, as `select_candidates` does."""
    keys = {pk for group in named.entry_groups for pk in group.get(model, [])}
    meant, ambiguous = (
        {pk for group in named.groups if group.certainty == certainty for pk in group.entries.get(model, [])}
        for certainty in (Rank.IMPLIED_IN_PHRASE, Rank.AMBIGUOUS_IN_PHRASE)
    )
    entries = named.select_records(model).filter(Q(pk__in=keys) | match_all_terms(model, phrase.terms))
    # Ranks of `order_by_relevance`: 0 and 1 are whole names, 2 and 3 are words of names.
    why = [(Q(rank__lt=2), Rank.NAME), (Q(rank__lt=4), Rank.IN_NAME)]
    why += [(Q(pk__in=keys - meant - ambiguous), Rank.NAME_IN_PHRASE), (Q(pk__in=meant), Rank.IMPLIED_IN_PHRASE)]
    why += [(Q(pk__in=ambiguous), Rank.AMBIGUOUS_IN_PHRASE)]
    far = build_case(
        *((Q(rank__gte=4, pk__in=group.get(model, [])), index) for index, group in enumerate(named.entry_groups)),
        default=0,
    )
    return select_candidates(
        order_by_relevance(entries, phrase).annotate(why=build_case(*why, default=Rank.IN_SUMMARY), far=far)
    )


def search_statements(model, phrase, named, entries_by_term, is_wanted):
    """Yield the statements of a model about all named entries, and those with all the words, as `select_candidates`.

    `entries_by_term` are the entries with each term in a name; `is_wanted` says whether the phrase asks for statements
    of this kind.
    """
    about_by_distance = [
        match_statements_about(model, named.ids_within(steps, both_directions=model.vital))
        for steps in [*range(MAX_TREE_STEPS), MAX_CANDIDATES]
    ]
    has_rest = match_all_terms(model, named.unmatched_terms, entries_by_term)
    # With two names or more, the other words only affect the ranking.
    is_about = about_by_distance[-1] & (has_rest if len(named.entry_groups) < 2 else Q())
    statements = named.select_records(model).filter(is_about | match_all_terms(model, phrase.terms, entries_by_term))
    why = build_case((is_about, Rank.ABOUT_ENTRIES), default=Rank.IN_TEXT)
    distance = build_case(*((about, steps) for steps, about in enumerate(about_by_distance)), default=MAX_CANDIDATES)
    far = Case(When(has_rest, then=distance), default=Value(MAX_CANDIDATES)) if named.unmatched_terms else distance
    return select_candidates(order_by_relevance(statements, phrase).annotate(why=why, far=far), is_wanted)


def match_statements_about(model, groups):
    """Return a condition for statements that name an entry of every group; without groups, it matches none."""
    names_all = Q() if groups else MATCH_NONE
    for group in groups:
        names_one = MATCH_NONE
        for relation in model.entry_fields():
            if keys := group.get(relation.related_model):
                names_one |= match_relation(model, relation, keys)
        names_all &= names_one
    return names_all


def search_partially(phrase, named, entries_by_term):
    """Return the records that hold some of the words as hits, those with most and with the rarest words first.

    The words of a name count as one: a statement holds them if it is about the entry, or a class of it. With the hits
    come the words that none of them holds.
    """
    units = [(group.words, group) for group in named.groups]
    units += [(find_typed_word(phrase, term), term) for term in named.unmatched_terms]
    rows = []
    for model in [*concrete_models(Entry), *concrete_models(Statement)]:
        conditions = [match_unit(model, unit, named, entries_by_term) for words, unit in units]
        rows += [(model, *row) for row in select_partial_candidates(named.select_records(model), conditions)]
    counts = Counter(index for *_, held in rows for index in held)
    weights = [math.log1p(len(rows) / counts[index]) if counts[index] else 0.0 for index in range(len(units))]
    ranked = []
    for model, pk, slug, length, held in rows:
        missing = tuple(words for index, (words, unit) in enumerate(units) if index not in held)
        order = (-sum(weights[index] for index in held), not getattr(model, "vital", False), length, slug)
        ranked.append((*order, model._meta.label, Hit(model, pk, slug, Rank.PARTIAL, missing)))
    hits = [hit for *_, hit in sorted(ranked, key=itemgetter(slice(5)))]
    return hits, tuple(words for index, (words, unit) in enumerate(units) if not counts[index])


def find_typed_word(phrase, term):
    """Return the word of a phrase that a term stands for."""
    return phrase.words[phrase.stems.index(term.stem)]


def match_unit(model, unit, named, entries_by_term):
    """Return the condition for records of a model that hold a word, or that are or are about what a name names."""
    if isinstance(unit, Term):
        return match_all_terms(model, [unit], entries_by_term)
    if issubclass(model, Entry):
        return Q(pk__in=unit.entries.get(model, []))
    ids = named.ids_within(MAX_CANDIDATES, both_directions=model.vital)[named.groups.index(unit)]
    return match_statements_about(model, [ids])


def select_partial_candidates(records, conditions):
    """Return the records that meet most of some conditions: key, slug, length, and which they meet."""
    base = 2 ** len(conditions)  # The sum of base + 2 ** index tells how many are met, and which.
    met = sum(build_case((condition, base + 2**index), default=0) for index, condition in enumerate(conditions))
    text_field = "text" if issubclass(records.model, Statement) else "name"
    rows = records.annotate(met=met, length=Length(text_field))
    rows = rows.order_by("-met", "length", "slug").values_list("pk", "slug", "length", "met")[:MAX_CANDIDATES]
    return [
        (pk, slug, length, frozenset(index for index in range(len(conditions)) if met % base >> index & 1))
        for pk, slug, length, met in rows
        if met
    ]


def select_candidates(queryset, is_wanted=False):
    """Yield the best records of one model as hits, each with a key that orders the hits of all models.

    Red flags come first among equals, the most urgent first, then the kinds for which the phrase asks.

    The relevance that a database computes is not in the key, since it compares
    neither across tables nor across databases; the length of the text, which is most of it, stands in for it.
    """
    model = queryset.model
    text_field = "text" if issubclass(model, Statement) else "name"
    label, vital = model._meta.label, getattr(model, "vital", False)
    urgency = getattr(model, "urgency_order", Value(0))
    order = ("why", "urgency_rank", "far", "rank", "length", "slug")
    rows = queryset.annotate(length=Length(text_field), urgency_rank=urgency).order_by(*order)
    for why, urgency_rank, *rest, slug, pk in rows.values_list(*order, "pk")[:MAX_CANDIDATES]:
        yield (why, not vital, urgency_rank, not is_wanted, *rest, slug, label), Hit(model, pk, slug, Rank(why))
