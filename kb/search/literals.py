"""Phrases in quotation marks: what a record must hold word for word, in any case, as it is written in its own texts."""

import json
import re

from django.db import connections
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast
from django.db.models.lookups import IRegex

from kb.fields import ListField
from kb.search.fulltext import select_ids_with_terms
from kb.search.phrases import Phrase
from kb.search.slug_lookup import build_value_error
from kb.utils.text_analysis import tokenize

QUOTED = re.compile('"([^"“”]*)"|“([^"“”]*)”')
QUOTATION_MARKS = re.compile('["“”]')
LITERAL_HELP_TEXT = "What stands in quotation marks must be there word for word."


def split_literals(text):
    """Return a text without what stands in quotation marks, and the phrases that stand there."""
    literals = [" ".join((straight or curly).split()) for straight, curly in QUOTED.findall(text)]
    return QUOTED.sub(" ", text), [*dict.fromkeys(literals)]


def validate_quotation_marks(text):
    """Refuse a quotation mark that stands alone, and marks with nothing between them."""
    rest, literals = split_literals(text)
    if QUOTATION_MARKS.search(rest):
        raise build_value_error("A quotation mark stands alone: put a phrase between two, or leave it out.")
    if not all(re.search(r"\w", literal) for literal in literals):
        raise build_value_error("There is no word between the quotation marks.")


def find_literal_words(text):
    """Return the words that stand in quotation marks, as search reads words."""
    return {word for literal in split_literals(text)[1] for word in tokenize(literal)}


def filter_by_literals(queryset, literals):
    """Return the records of which a text holds each of these phrases word for word, in any case."""
    for literal in literals:
        phrase = Phrase(literal)
        phrase.require_whole_words()
        if phrase.terms:  # The index finds the few records that may hold it.
            queryset = queryset.filter(pk__in=select_ids_with_terms(queryset.model, phrase.terms))
        queryset = queryset.filter(build_literal_condition(queryset, literal))
    return queryset


def build_literal_condition(queryset, literal):
    """Return the condition that a text of a record holds a phrase as it is written, between word boundaries."""
    condition, is_escaped = Q(), connections[queryset.db].vendor == "sqlite"
    for column in map(queryset.model._meta.get_field, queryset.model.text_fields()):
        is_list = isinstance(column, ListField)
        # SQLite keeps a list as JSON in ASCII.
        written = json.dumps(literal)[1:-1] if is_list and is_escaped else literal
        pattern = rf"(^|\W){re.escape(written)}(\W|$)".replace(r"\ ", r"\s+")
        text = Cast(F(column.name), TextField()) if is_list else F(column.name)
        condition |= Q(IRegex(text, Value(pattern)))
    return condition
