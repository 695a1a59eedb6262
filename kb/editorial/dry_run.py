"""Dry runs: apply proposed content to a record in a transaction that is rolled back, for preview and impact."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.db import transaction

from kb.choices import Status
from kb.dataset.writes import publish_writes
from kb.editorial.content_rules import apply_content
from kb.editorial.snapshot import Content, NaturalKeyResolver
from kb.editorial.versioning import versioned_transaction
from kb.models import Record, VersionedRecord, VersionedT


def fetch_stored_record(record: VersionedT) -> VersionedT:
    """Return the record as stored, as a separate instance; a blank one if it was never saved."""
    model = type(record)
    return cast("VersionedT", model._default_manager.get(pk=record.pk)) if record.pk else model()


def content_if_published(record: VersionedRecord, content: Content) -> Content:
    """Return the content as it would be published: a draft gets that status, a saved record keeps its slug."""
    published = dict(content)
    if isinstance(record, Record):
        if published.get("status", record.status) == Status.DRAFT:
            published["status"] = Status.PUBLISHED
        if record.pk:
            published["slug"] = record.slug
    return published


@contextmanager
def dry_run(
    record: VersionedT, content: Content, resolver: NaturalKeyResolver | None = None, *, renews_mark: bool = True
) -> Iterator[VersionedT]:
    """Publish the content as the record inside the block, and roll everything back at its end.

    Yield a separate instance; the caller's `record` is not touched. Raise ValidationError if the content may not
    become the record, as on saving. Without a new mark of the revision, on which all writers wait for each other,
    what the block reads must not be kept by that mark.
    """
    with versioned_transaction():
        candidate = fetch_stored_record(record)
        apply_content(candidate, content_if_published(candidate, content), resolver)
        if renews_mark:
            publish_writes()  # Caches of the stored data do not serve the changed data.
        yield candidate
        transaction.set_rollback(True)
