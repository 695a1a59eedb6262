"""Named entries: which entries records and statements name, by model and primary key."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias, cast

from django.db.models import ManyToManyField, Model, QuerySet

from kb.models import Entry, Record, Statement, entry_model
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey

EntryIds: TypeAlias = Mapping[type[Entry], AbstractSet[int]]  # Primary keys by model.


def entry_keys_named_by_each(records: Sequence[Record]) -> list[set[EntryKey]]:
    """Return, for each record by its index, the entries that it is or names."""
    named_entries: list[set[EntryKey]] = [set() for _ in records]
    for model in {type(record) for record in records}:
        indexes = {record.pk: index for index, record in enumerate(records) if type(record) is model}
        if issubclass(model, Entry):
            for key, index in indexes.items():
                named_entries[index].add((model, key))
        for field in model.entry_fields() if issubclass(model, Statement) else ():
            if isinstance(field, ManyToManyField):
                own, other = field.m2m_field_name(), field.m2m_reverse_field_name()
                links = cast("type[Model]", field.remote_field.through)._default_manager
                rows = links.filter(**{f"{own}__in": indexes})
                pairs: Iterable[tuple[int, int | None]] = rows.values_list(f"{own}_id", f"{other}_id")
            else:
                pairs = [(key, getattr(records[index], field.attname)) for key, index in indexes.items()]
            for key, entry_id in pairs:
                if entry_id is not None:
                    named_entries[indexes[key]].add((entry_model(field), entry_id))
    return named_entries


def entry_keys_by_field(statements: QuerySet[Any]) -> dict[int, dict[str, set[EntryKey]]]:
    """Map the primary key of each of these statements of one model to the entries in each of its fields."""
    model, statements = statements.model, statements.order_by()
    foreign_keys = [field for field in model.entry_fields() if field.many_to_one]
    named: dict[int, dict[str, set[EntryKey]]] = {}
    for pk, *keys in statements.values_list("pk", *(field.attname for field in foreign_keys)):
        pairs = zip(foreign_keys, keys, strict=True)
        named[pk] = {field.name: {(entry_model(field), key)} for field, key in pairs if key is not None}
    for field in model.entry_fields():
        if field.many_to_many:
            linked = model.objects.filter(pk__in=statements.values("pk")).exclude(**{field.name: None}).order_by()
            for pk, key in linked.values_list("pk", field.name):
                named[pk].setdefault(field.name, set()).add((entry_model(field), key))
    return named


def entry_keys_named_by_statements(statements: QuerySet[Any]) -> dict[int, set[EntryKey]]:
    """Map the primary key of each of these statements of one model to the entries that it names."""
    return {pk: set().union(*by_field.values()) for pk, by_field in entry_keys_by_field(statements).items()}


def group_ids_by_model(entries: Iterable[EntryKey]) -> dict[type[Entry], set[int]]:
    """Group the keys of entries by their model."""
    ids: defaultdict[type[Entry], set[int]] = defaultdict(set)
    for model, key in entries:
        ids[model].add(key)
    return ids


def entry_ids_named_by(records: Iterable[Record]) -> dict[type[Entry], set[int]]:
    """Return the keys of the entries that these records are or name, by the model of the entry."""
    return group_ids_by_model(set().union(*entry_keys_named_by_each(list(records))))


def find_entries_nearby(entry_ids: EntryIds, hierarchies: EntryHierarchies) -> set[EntryKey]:
    """Return these entries, their kinds and broader ones; none of a model whose members inherit from classes."""
    return {
        (model, key)
        for model, ids in entry_ids.items()
        if ids and not model.inherits
        for key in hierarchies[model].get_ancestors_and_descendants(ids)
    }


def find_entries_near_named(named: EntryIds, asked: EntryIds, hierarchies: EntryHierarchies) -> set[EntryKey]:
    """Return the entries near those that an answer names: of what is broader than one asked about, not its kinds."""
    nearby: set[EntryKey] = set()
    for model, ids in named.items():
        broader = ids & hierarchies[model].get_ancestors(asked.get(model, set())) if not model.inherits else set[int]()
        nearby |= find_entries_nearby({model: ids - broader}, hierarchies)
        nearby |= {(model, key) for one in broader for key in hierarchies[model].get_self_and_ancestors(one)}
    return nearby
