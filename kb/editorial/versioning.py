"""What every record has been: written down whenever one is written, whatever way that is tried."""

from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver

from kb.choices import Way
from kb.editorial import public_events as feed
from kb.editorial.snapshot import format_key, serialize_key, serialize_record
from kb.models import Passage, Record, Revision, Version, is_versioned, versioned_models
from kb.models.querysets import BATCH_SIZE, post_bulk_write, pre_bulk_write


@dataclass(frozen=True)
class Attribution:
    """Who writes, why, and on what way."""

    by: Any = None
    why: str = "Written outside of the editor."
    way: str = Way.OUTSIDE
    change: Any = None


PROGRAM_ATTRIBUTION = Attribution()
in_request = ContextVar("in_request", default=False)  # Whether a request from outside is being answered.
in_versioned_transaction = ContextVar(
    "keeping", default=False
)  # Whether what is written now is written down by the one who writes it.


class DirectWriteGuard:
    """Middleware: in the course of a request, records are written by the editing service and by nothing else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        before = in_request.set(True)
        try:
            return self.get_response(request)
        finally:
            in_request.reset(before)


@contextmanager
def versioned_transaction():
    """Writes in here are written down by who makes them: in one transaction, or not at all."""
    outermost, before = not in_versioned_transaction.get(), in_versioned_transaction.set(True)
    try:
        with transaction.atomic():
            yield
            if outermost and not connection.needs_rollback:
                Revision.objects.touch()  # Last of all: who waits for that row holds no other that somebody waits for.
    finally:
        in_versioned_transaction.reset(before)


def record_versions(records, hand, *, gone=False):
    """Keep what these records are now, where that differs from what they last were; gives the new versions.

    What the public sees of it is told in the feed of changes.
    """
    steps = []
    for model, same in group_by_model(records).items():
        kind = ContentType.objects.get_for_model(model)
        last = {version.object_id: version for version in Version.objects.for_records(*same).latest_per_record()}
        for record in same:
            before, content = last.get(record.pk), None if gone else serialize_record(record)
            if before is None or before.content != content:
                version = Version(
                    kind=kind,
                    object_id=record.pk,
                    slug=format_key(serialize_key(record)),
                    number=before.number + 1 if before else 1,
                    content=content,
                    by=hand.by,
                    why=hand.why,
                    way=hand.way,
                    change=hand.change,
                )
                steps.append((model, before and before.content, version))
    feed.record_public_events(steps)
    return Version.objects.bulk_create(version for *_, version in steps)


def group_by_model(records):
    found = defaultdict(list)
    for record in records:
        found[type(record)].append(record)
    return found


def record_untracked_changes(hand=PROGRAM_ATTRIBUTION):
    """Write down every record that is not what it last was: what came in past the ORM, such as fixtures and SQL."""
    found = sum(
        len(record_versions(batch, hand))
        for model in versioned_models()
        for batch in iterate_batches(model.objects.all())
    )
    Revision.objects.touch()
    return found


def iterate_batches(queryset):
    """The records of a queryset with all that they name, some hundreds at a time."""
    last = 0
    queryset = queryset.select_related("source") if queryset.model is Passage else queryset.with_related()
    while batch := list(queryset.filter(pk__gt=last).order_by("pk")[:BATCH_SIZE]):
        yield batch
        last = batch[-1].pk


@receiver([pre_save, pre_delete])
def refuse_direct_write(sender, raw=False, **kwargs):
    if is_versioned(sender) and not raw:
        refuse_write_in_request(sender)


@receiver(pre_bulk_write)
def refuse_write_in_request(sender, **kwargs):
    if in_request.get() and not in_versioned_transaction.get():
        raise PermissionDenied("Records are changed by proposals that somebody else approves, never past them.")


@receiver(post_save)
def record_saved_version(sender, instance, raw=False, **kwargs):
    if is_versioned(sender) and not in_versioned_transaction.get():
        record_bulk_write(sender, [] if raw else [instance.pk])


@receiver(post_delete)
def record_deletion(sender, instance, **kwargs):
    if is_versioned(sender) and not in_versioned_transaction.get():
        record_versions([instance], PROGRAM_ATTRIBUTION, gone=True)
        Revision.objects.touch()


@receiver(post_bulk_write)
def record_bulk_write(sender, keys, **kwargs):
    if not in_versioned_transaction.get():
        for batch in iterate_batches(sender.objects.filter(pk__in=keys)):
            record_versions(batch, PROGRAM_ATTRIBUTION)
        Revision.objects.touch()


@receiver(m2m_changed)
def record_relation_change(sender, instance, action, reverse, model, pk_set, **kwargs):
    if not isinstance(instance, Record | Passage):
        return
    if action.startswith("pre_"):
        refuse_write_in_request(sender)
    elif not in_versioned_transaction.get():
        changed, keys = (model, pk_set or ()) if reverse else (type(instance), [instance.pk])
        record_bulk_write(changed, keys)
