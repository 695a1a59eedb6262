"""Spelling correction: which words of a phrase are typing errors, and what they were probably meant to be."""

from collections import Counter

from django.db import connection
from rapidfuzz.distance import DamerauLevenshtein

from kb.models import Entry, Statement, concrete_models
from kb.search.fulltext import select_ids_with_terms
from kb.utils.text_analysis import stem, tokenize

SHORT_WORD_LENGTH = 5  # Letters: so short a word has one error at most.


MAX_SPELLING_CHECKS = 5  # Words of a phrase that may be typing errors; looking them up is dear.


def find_corrections(phrase, named):
    """The words that are in no name and in no text, each with the words of names that were probably meant."""
    left = {term.stem: term for term in named.unmatched_terms}
    doubtful = {word: left.get(stem(word)) for word in phrase.words if len(word) > 3 and not word.isdigit()}
    doubtful = dict([(word, term) for word, term in doubtful.items() if term][:MAX_SPELLING_CHECKS])
    known = find_known_terms({*doubtful.values()}) if doubtful else set()
    unknown = [word for word, term in doubtful.items() if term not in known]
    words = count_name_words() if unknown else {}
    near = {word: closest_word(word, words) for word in unknown}
    return {word: found for word, found in near.items() if found}


def closest_word(word, words):
    """The nearest word, letters that changed places being one error; or two words that were written as one."""
    for place in range(3, len(word) - 2):
        if {word[:place], word[place:]} <= words.keys():
            return f"{word[:place]} {word[place:]}"
    most = 1 if len(word) <= SHORT_WORD_LENGTH else 2
    away = {other: DamerauLevenshtein.distance(word, other, score_cutoff=most) for other in words}
    near = [other for other, errors in away.items() if errors <= most]
    return min(near, key=lambda other: (away[other], other[0] != word[0], -words[other], other), default=None)


def find_known_terms(terms):
    """Those of the words that some published record holds, in one query."""
    terms, columns, parameters = list(terms), [], []
    for term in terms:
        rows = [
            kind.objects.public().filter(pk__in=select_ids_with_terms(kind, [term]))
            for kind in [*concrete_models(Entry), *concrete_models(Statement)]
        ]
        queries = [found.order_by().values("pk").query.sql_with_params() for found in rows]
        columns.append(" OR ".join(f"EXISTS ({sql})" for sql, values in queries))
        parameters += [value for sql, values in queries for value in values]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", parameters)
        return {term for term, there in zip(terms, cursor.fetchone(), strict=True) if there}


def count_name_words():
    """Every word of a name, as it is written, and in how many it stands."""
    indexes = (
        index
        for model in concrete_models(Entry)
        for index in model.objects.public().values_list("name_index", flat=True)
    )
    return Counter(word for index in indexes for word in tokenize(index) if len(word) > 2)
