"""The record cache: public records with what the API shows of them, read once for each state of the data."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, TypeVar

from django.db.models import QuerySet

from kb.models import Record
from kb.reasoning.hierarchies import EntryHierarchies
from kb.utils.bounded_dict import BoundedDict

MAX_RECORDS = 5_000
RecordT = TypeVar("RecordT", bound=Record)


class RecordCache(BoundedDict[Any, Any]):
    """Public records by model and key. They are shared: whoever gets one must not change it, but may copy it."""

    def __init__(self, hierarchies: EntryHierarchies) -> None:
        super().__init__(MAX_RECORDS)


def fetch_records(
    keys: Iterable[tuple[type[RecordT], int]], hierarchies: EntryHierarchies
) -> dict[tuple[type[RecordT], int], RecordT]:
    """Return records with what the API shows of them, by model and key; the keys are those of public records."""
    keys_by_model: defaultdict[type[RecordT], dict[tuple[type[RecordT], int], int]] = defaultdict(dict)
    for model, key in keys:
        keys_by_model[model][model, key] = key
    cache = hierarchies.derive(RecordCache)
    records: dict[tuple[type[RecordT], int], RecordT] = {}
    for model, of_model in keys_by_model.items():
        records |= cache.get_all(of_model, partial(read_records, model))
    return records


def read_records(model: type[RecordT], keys: Collection[int]) -> dict[tuple[type[RecordT], int], RecordT]:
    """Read records with what the API shows of them from the database."""
    queryset: Any = model._default_manager
    records: dict[int, RecordT] = queryset.with_related().in_bulk(keys)
    return {(model, key): record for key, record in records.items()}


def fetch_queryset(queryset: "QuerySet[RecordT]", hierarchies: EntryHierarchies) -> list[RecordT]:
    """Return the public records of a queryset in its order, each once, with what the API shows of them.

    Annotations are lost. A join to what a record names may give it several times.
    """
    keys = [(queryset.model, key) for key in dict.fromkeys(queryset.values_list("pk", flat=True))]
    records = fetch_records(keys, hierarchies)
    return [records[key] for key in keys if key in records]


def fetch_annotated_records(
    model: type[RecordT], rows: Sequence[Mapping[str, Any]], annotations: Sequence[str], hierarchies: EntryHierarchies
) -> list[RecordT]:
    """Return the public records of these rows, which hold their keys, with the annotations that the rows have.

    A record that was unpublished since the rows were read is left out.
    """
    records = fetch_records([(model, row["pk"]) for row in rows], hierarchies)
    found = [(records[model, row["pk"]], row) for row in rows if (model, row["pk"]) in records]
    if not annotations:
        return [record for record, _ in found]
    annotated = [(copy(record), {name: row[name] for name in annotations}) for record, row in found]
    for record, values in annotated:
        vars(record).update(values)
    return [record for record, _ in annotated]
