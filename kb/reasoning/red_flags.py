"""Red flags: the statements that come with every answer about a symptom, or about a broader or narrower one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import cast

from django.db.models import ManyToManyField, Model, Q

from kb.models import Entry, Record, Statement, concrete_models, entry_model
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey


def red_flag_models() -> list[type[Statement]]:
    """Return the models of statements that stay in every answer about what they name."""
    return [model for model in concrete_models(Statement) if model.vital]


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


def group_ids_by_model(entries: Iterable[EntryKey]) -> dict[type[Entry], set[int]]:
    """Group the keys of entries by their model."""
    ids: defaultdict[type[Entry], set[int]] = defaultdict(set)
    for model, key in entries:
        ids[model].add(key)
    return ids


def entry_ids_named_by(records: Iterable[Record]) -> dict[type[Entry], set[int]]:
    """Return the keys of the entries that these records are or name, by the model of the entry."""
    return group_ids_by_model(set().union(*entry_keys_named_by_each(list(records))))


def find_red_flags(
    entry_ids: Mapping[type[Entry], AbstractSet[int]], hierarchies: EntryHierarchies | None = None
) -> list[Statement]:
    """Return the red flags that touch these entries: that name one, a kind of one or a broader one.

    `entry_ids` are keys by the model of the entry. Only signs and conditions count: that a cancer may be suspected does
    not make a red flag of everything that is said about that cancer.
    """
    hierarchies = hierarchies or EntryHierarchies()
    nearby_ids = {
        model: hierarchies[model].get_ancestors_and_descendants(ids)
        for model, ids in entry_ids.items()
        if ids and not model.inherits
    }
    flags: list[Statement] = []
    for model in red_flag_models():
        names_nearby = Q()
        for field in model.entry_fields():
            if field.related_model in nearby_ids:
                names_nearby |= Q(**{f"{field.name}__in": nearby_ids[field.related_model]})
        if names_nearby:
            matches = model.objects.filter(names_nearby).order_by().values("pk")
            flags += model.objects.public().with_related().filter(pk__in=matches)
    return flags


def find_red_flags_for_each(records: Sequence[Record], hierarchies: EntryHierarchies) -> list[list[Statement]]:
    """Return, for each record by its index, the red flags that touch what it is or names."""
    named_by_record = entry_keys_named_by_each(records)
    entry_ids = group_ids_by_model(set().union(*named_by_record))
    flags = find_red_flags(entry_ids, hierarchies)
    named_by_flag = entry_keys_named_by_each(flags)
    nearby_entries = {
        (model, key): {(model, near) for near in hierarchies[model].get_ancestors_and_descendants({key})}
        for model, keys in entry_ids.items()
        if not model.inherits
        for key in keys
    }
    return [
        [
            flag
            for flag, signs in zip(flags, named_by_flag, strict=True)
            if any(signs & nearby_entries.get(entry, set()) for entry in entries)
        ]
        for entries in named_by_record
    ]
