"""Spelling correction of search phrases: replaces an unknown word by the most similar word that is in a name."""

from collections import Counter

from django.db import connections

from kb.models import Entry, Statement, concrete_models
from kb.search.fulltext import select_ids_with_terms
from kb.utils.fuzzy import closest_word
from kb.utils.text_analysis import stem, tokenize

MAX_SPELLING_CHECKS = 5  # Words of a phrase; they are expensive to look up, so their number is capped.


def find_corrections(phrase, named):
    """Return the words of a phrase that no record searched holds, each with the most similar word of a name.

    `named` are the NamedEntries of the phrase, whose words need no correction. Short words and numbers are skipped.
    """
    unmatched = {term.stem: term for term in named.unmatched_terms}
    candidates = {word: unmatched.get(stem(word)) for word in phrase.words if len(word) > 3 and not word.isdigit()}
    candidates = dict([(word, term) for word, term in candidates.items() if term][:MAX_SPELLING_CHECKS])
    known = find_known_terms({*candidates.values()}, named.select_records) if candidates else set()
    unknown = [word for word, term in candidates.items() if term not in known]
    vocabulary = count_name_words(named.select_records) if unknown else {}
    corrections = {word: closest_word(word, vocabulary) for word in unknown}
    return {word: correction for word, correction in corrections.items() if correction}


def find_known_terms(terms, select_records):
    """Return those of the terms that some record searched holds, in one query."""
    terms, columns, parameters = list(terms), [], []
    for term in terms:
        querysets = [
            select_records(model).filter(pk__in=select_ids_with_terms(model, [term]))
            for model in [*concrete_models(Entry), *concrete_models(Statement)]
        ]
        queries = [queryset.order_by().values("pk").query.sql_with_params() for queryset in querysets]
        columns.append(" OR ".join(f"EXISTS ({sql})" for sql, values in queries))
        parameters += [value for sql, values in queries for value in values]
    with connections[querysets[0].db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", parameters)
        return {term for term, is_known in zip(terms, cursor.fetchone(), strict=True) if is_known}


def count_name_words(select_records):
    """Return a Counter of the words of the names of all entries searched, unstemmed."""
    indexes = (
        index
        for model in concrete_models(Entry)
        for index in select_records(model).values_list("name_index", flat=True)
    )
    return Counter(word for index in indexes for word in tokenize(index) if len(word) > 2)
