"""What is derived from hierarchies is kept over a write that does not touch it, and made anew after one that does."""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.models import Entry, Passage, Record, concrete_models, record_models
from kb.reasoning.disagreement_index import find_all_disagreements
from kb.reasoning.hierarchies import FIND_DEPENDENCIES, EntryHierarchies, get_current_hierarchies
from kb.reasoning.inheritance import TreatmentUses
from kb.reasoning.red_flags import SignIndex, find_flag_triggers
from kb.search.name_index import NameIndex
from symptoms.models import Manifestation, RedFlag, SideEffect, Symptom
from treatments.models import Treatment

USES = {
    TreatmentUses: lambda uses: uses.stated_uses,
    NameIndex: lambda names: names.count_words(frozenset({"published"})),
}


def find_owner(model):
    """Return the model of the records to which the rows of a table belong: links belong to the record that has them."""
    if issubclass(model, Record):
        return model
    if model.__name__.endswith("Ancestry"):
        return model._meta.get_field("descendant").related_model
    return next(
        (m for m in record_models() for field in m._meta.many_to_many if field.remote_field.through is model), model
    )


@pytest.fixture
def models_by_table():
    return {model._meta.db_table: find_owner(model) for model in apps.get_models(include_auto_created=True)}


@pytest.mark.parametrize("factory", FIND_DEPENDENCIES)
def test_a_factory_declares_every_model_that_it_reads(universe, models_by_table, factory):
    hierarchies = EntryHierarchies()
    with CaptureQueriesContext(connection) as queries:
        USES.get(factory, lambda derived: derived)(hierarchies.derive(factory))
    tables = {table for query in queries for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', query["sql"])}
    read = {models_by_table[table] for table in tables} - {Passage}  # A change of one renews what cites it.
    assert read
    assert read <= {*FIND_DEPENDENCIES[factory](), *concrete_models(Entry)}


@pytest.mark.parametrize("factory", FIND_DEPENDENCIES)
def test_a_factory_keeps_no_hierarchies_with_what_is_derived_from_them(universe, factory):
    waiting, seen = [EntryHierarchies().derive(factory)], set()
    while waiting:
        one = waiting.pop()
        assert not isinstance(one, EntryHierarchies)
        if id(one) not in seen and not isinstance(one, type):  # A model leads everywhere.
            seen.add(id(one))
            waiting += getattr(one, "__dict__", {}).values()
            waiting += one.values() if isinstance(one, dict) else ()


def fetch_state():
    """Return the hierarchies and what is derived from them now, read or kept."""
    hierarchies = get_current_hierarchies()
    derived = {factory: hierarchies.derive(factory) for factory in FIND_DEPENDENCIES}
    return {model: hierarchies[model] for model in concrete_models(Entry)}, derived


def find_unchanged(before):
    """Return what of the hierarchies, and of what is derived from them, is still the same."""
    return {key for old, new in zip(before, fetch_state(), strict=True) for key in old if old[key] is new[key]}


EVERYTHING = {*concrete_models(Entry), *FIND_DEPENDENCIES}


def test_a_statement_that_nothing_is_derived_from_takes_nothing_away(universe):
    before = fetch_state()
    universe.make_statement(
        SideEffect, "said", treatment=Treatment.objects.last(), symptom=Symptom.objects.last(), effect="protects"
    )
    assert find_unchanged(before) == EVERYTHING - {find_all_disagreements}  # All else is derived from other kinds.


@pytest.mark.parametrize(
    ("model", "stale"),
    [(Manifestation, {SignIndex, find_flag_triggers, find_all_disagreements}), (RedFlag, {find_flag_triggers})],
)
def test_a_statement_takes_away_what_is_derived_from_its_kind(universe, model, stale):
    subjects = {"symptom": Symptom.objects.first(), "condition": Symptom.objects.last()}
    if model is RedFlag:
        subjects = {"suspects": Symptom.objects.last()}
    universe.make_statement(model, "said", **subjects)
    before = fetch_state()
    model.objects.filter(slug="said").update(status="retired")
    assert find_unchanged(before) == EVERYTHING - stale


@pytest.mark.parametrize("status", ["draft", "published"])
def test_an_entry_takes_away_its_hierarchy_and_all_that_is_derived(universe, status):
    before = fetch_state()
    universe.make(Symptom, "one-more", status=status)
    assert find_unchanged(before) == {*concrete_models(Entry)} - {Symptom}


def test_a_parent_of_an_entry_takes_away_its_hierarchy(universe):
    child, parent = universe.make(Symptom, "child"), universe.make(Symptom, "parent")
    before = fetch_state()
    child.parents.add(parent)
    assert find_unchanged(before) == {*concrete_models(Entry)} - {Symptom}
    assert parent.pk in get_current_hierarchies()[Symptom].get_self_and_ancestors(child.pk)
