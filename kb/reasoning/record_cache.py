"""The record cache: public records with what the API shows of them, read once for each state of the data."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from functools import partial
from typing import Any, TypeVar

from django.db.models import QuerySet

from kb.models import Record
from kb.reasoning.hierarchies import EntryHierarchies
from kb.utils.bounded_dict import BoundedDict

MAX_RECORDS = 5_000
KEY_COLUMNS = ("pk", "slug")  # The slug is what cursors go by.
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


def select_keys(queryset: "QuerySet[RecordT]") -> "QuerySet[RecordT, dict[str, Any]]":
    """Return a queryset of the keys of its records and of its annotations, in its order, without the rest of a row."""
    annotations = queryset.query.annotation_select
    return queryset.select_related(None).prefetch_related(None).values(*KEY_COLUMNS, *annotations)


def fetch_selected_records(
    model: type[RecordT], rows: Iterable[Mapping[str, Any]], hierarchies: EntryHierarchies
) -> list[RecordT]:
    """Return the public records of rows of `select_keys`, in their order, with the annotations that the rows have.

    A record that was unpublished since the rows were read is left out.
    """
    rows_by_key = {(model, row["pk"]): row for row in rows}
    records = fetch_records(rows_by_key, hierarchies)
    return [annotate_record(records[key], row) for key, row in rows_by_key.items() if key in records]


def annotate_record(record: RecordT, row: Mapping[str, Any]) -> RecordT:
    """Return a record with the annotations of its row: a copy, since others share the record; itself without any."""
    annotations = {name: value for name, value in row.items() if name not in KEY_COLUMNS}
    if annotations:
        record = copy(record)
        vars(record).update(annotations)
    return record
