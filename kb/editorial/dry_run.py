"""A content tried on: for as long as somebody looks, it is the record; then nothing of it has ever been."""

from contextlib import contextmanager

from django.db import transaction

from kb.choices import Status
from kb.editorial.editing import apply_content
from kb.editorial.versioning import versioned_transaction
from kb.models import Record, Revision


def fetch_stored_record(record):
    """The record as the database holds it, apart from the caller's own; a blank one, where it was never saved."""
    return type(record)._default_manager.get(pk=record.pk) if record.pk else type(record)()


def content_if_published(record, content):
    """What a stored record becomes with this content: a draft is taken as published, a saved one keeps its slug."""
    wanted = dict(content)
    if isinstance(record, Record):
        if wanted.get("status", record.status) == Status.DRAFT:
            wanted["status"] = Status.PUBLISHED
        if record.pk:
            wanted["slug"] = record.slug
    return wanted


@contextmanager
def dry_run(record, content, library=None):
    """The knowledge base in which this content is the record, in public; gives that record.

    It is written by the editing service itself and rolled back at the end, whatever happens. The caller's `record` is
    not touched. What may not become the record raises ValidationError, as when it is saved.
    """
    with versioned_transaction():
        trial = fetch_stored_record(record)
        apply_content(trial, content_if_published(trial, content), library)
        Revision.objects.touch()  # What is remembered of the data as they are is not taken for these.
        yield trial
        transaction.set_rollback(True)
