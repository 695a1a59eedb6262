"""The entries that whole pages name, read without their statements and kept for a state of the data."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet, Value

from kb.models import Entry, Source, Statement, concrete_models, entry_model
from kb.reasoning.citing_statements import CitingStatements
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey
from kb.reasoning.named_entries import EntryIds
from kb.reasoning.statements_about import filter_statements_about
from kb.utils.bounded_dict import BoundedDict

MAX_INDEXED_PAGES = 5_000
StatementsByModel = Mapping[type[Statement], "QuerySet[Any]"]


class PageEntryIndex(BoundedDict[Any, set[EntryKey]]):
    """The entries that pages name in one state of the data, by what they are about."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        super().__init__(MAX_INDEXED_PAGES)


def find_entries_on_pages_of(entry_ids: EntryIds, hierarchies: EntryHierarchies) -> set[EntryKey]:
    """Return the entries that the pages of these entries name: those in the public statements about them.

    Entries of models whose members inherit from classes do not count as named.
    """
    key = frozenset((model, frozenset(ids)) for model, ids in entry_ids.items())
    return find_entries_on_page(
        key,
        lambda: {
            model: filter_statements_about(model.objects.public(), entry_ids, hierarchies)
            for model in concrete_models(Statement)
        },
        hierarchies,
    )


def find_entries_on_page_of_source(source: Source, hierarchies: EntryHierarchies) -> set[EntryKey]:
    """Return the entries that the public statements name which cite a source, as `find_entries_on_pages_of` does."""
    return find_entries_on_page((Source, source.pk), CitingStatements(source, hierarchies).find_statements, hierarchies)


def find_entries_on_page(
    key: Any, find_statements: Callable[[], StatementsByModel], hierarchies: EntryHierarchies
) -> set[EntryKey]:
    """Return the entries that the statements of a page name; they are looked up once for a state of the data."""
    index = hierarchies.derive(PageEntryIndex)
    entries = index.get(key)
    return index.remember(key, read_entries_named_by(find_statements())) if entries is None else entries


def read_entries_named_by(statements: StatementsByModel) -> set[EntryKey]:
    """Read the entries that these statements name from the database (one query), each once."""
    models = [model for model in concrete_models(Entry) if not model.inherits]
    named = [
        model.objects.filter(pk__in=about.order_by().values("pk"))
        .exclude(**{field.name: None})
        .order_by()
        .values_list(Value(models.index(entry_model(field))), field.name)
        for model, about in statements.items()
        if not about.query.is_empty()
        for field in model.entry_fields()
        if entry_model(field) in models
    ]
    return {(models[index], key) for index, key in named[0].union(*named[1:])} if named else set()
