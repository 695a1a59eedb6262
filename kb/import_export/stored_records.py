"""The records that the rows of a file refer to, by model and key, with the open changes of the importing user."""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import Model

from kb.editorial.snapshot import format_key, serialize_key, serialize_record
from kb.editorial.versioning import iterate_batches
from kb.import_export.rows import RecordKey
from kb.models import OPEN_STATES, Change, Passage
from kb.models.querysets import BATCH_SIZE


class StoredRecord(NamedTuple):
    """A record in the database, and its content."""

    record: Model
    content: dict[str, Any]


def fetch_records(keys: Collection[RecordKey]) -> dict[RecordKey, StoredRecord]:
    """Return the records that exist under these keys, each with its content."""
    records: dict[RecordKey, StoredRecord] = {}
    for model in {model for model, _ in keys}:
        names = {key for other, key in keys if other is model}
        lookup = "source__slug__in" if model is Passage else "slug__in"
        slugs = sorted({name.partition(":")[0] for name in names} if model is Passage else names)
        for start in range(0, len(slugs), BATCH_SIZE):
            queryset = model.objects.filter(**{lookup: slugs[start : start + BATCH_SIZE]})
            for record in (record for batch in iterate_batches(queryset) for record in batch):
                records[model, format_key(serialize_key(record))] = StoredRecord(record, serialize_record(record))
    return records


def fetch_open_changes(author):
    """Return the open changes of an author, by content type and primary key of their records."""
    changes = Change.objects.filter(author=author, state__in=OPEN_STATES)
    return {(change.kind_id, change.object_id): change for change in changes}
