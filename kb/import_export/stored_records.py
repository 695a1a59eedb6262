"""What the database holds for the rows of a file: their records, open changes, and the tables that they write to."""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import Model

from kb.editorial.snapshot import format_key, serialize_key, serialize_record
from kb.editorial.versioning import iterate_batches
from kb.import_export.rows import RecordKey, Row
from kb.models import (
    OPEN_STATES,
    Ancestry,
    Batch,
    Change,
    CitationCheck,
    Event,
    Finding,
    Passage,
    Source,
    SupportDecision,
    Version,
)
from kb.models.querysets import BATCH_SIZE

# What an edit of any record may write to beside its own tables.
HISTORY_MODELS = (Batch, Change, CitationCheck, Event, Finding, SupportDecision, Version)


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


def find_written_models(rows: Collection[Row]) -> set[type[Model]]:
    """Return the models whose tables are written to when rows are brought in."""
    models = {row.model_class for row in rows if row.model}
    related = {relation.related_model for model in models for relation in model._meta.related_objects}
    ancestries = {model for model in related if issubclass(model, Ancestry)}
    places = {Passage, Source}  # The one is locked where the other is written, since statements rest on both.
    return {*models, *ancestries, *(places if models & places else ()), *HISTORY_MODELS}
