"""Versions: the history of every record, written with each save, whatever code makes it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.http import HttpRequest, HttpResponse

from kb.choices import Way
from kb.dataset.writes import get_pending_writes, publish_everything, publish_writes
from kb.editorial.public_events import Transition, record_public_events
from kb.editorial.snapshot import format_key, serialize_key, serialize_record
from kb.editorial.support import reopen_changed_statements
from kb.models import (
    Change,
    Passage,
    Record,
    RecordQuerySet,
    Version,
    VersionedRecord,
    VersionedT,
    is_versioned,
    versioned_models,
)
from kb.models.data_revision import in_versioned_transaction
from kb.models.querysets import BATCH_SIZE, post_bulk_write, pre_bulk_write


@dataclass(frozen=True)
class Attribution:
    """Author, reason and origin of a version."""

    by: User | None = None
    why: str = "Written outside of the editor."
    way: str = Way.OUTSIDE
    change: Change | None = None


PROGRAM_ATTRIBUTION = Attribution()
in_request = ContextVar("in_request", default=False)  # True while a request from outside is handled.


def direct_write_guard_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: during a request, refuse writes to records outside of `versioned_transaction()`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = in_request.set(True)
        try:
            return get_response(request)
        finally:
            in_request.reset(token)

    return middleware


@contextmanager
def versioned_transaction() -> Iterator[None]:
    """Open a transaction in which the caller records the versions of what it writes, so that signal handlers do not."""
    outermost, token = not in_versioned_transaction.get(), in_versioned_transaction.set(True)
    try:
        with transaction.atomic():
            yield
            if outermost and not connection.needs_rollback:
                # Last, so that whoever waits for the lock on the revision holds no lock that others wait for.
                publish_writes()
    finally:
        in_versioned_transaction.reset(token)
        if outermost:
            get_pending_writes().clear()


def record_versions(
    records: Iterable[VersionedRecord], attribution: Attribution, *, deleted: bool = False
) -> list[Version]:
    """Store and return a new version of each record that differs from its last one, and the public events.

    What was decided and checked of statements that are no longer what they were is open again.
    """
    transitions: list[Transition] = []
    for model, same_model in group_by_model(records).items():
        kind = ContentType.objects.get_for_model(model)
        last_versions = {
            version.object_id: version for version in Version.objects.for_records(*same_model).latest_per_record()
        }
        for record in same_model:
            last, content = last_versions.get(record.pk), None if deleted else serialize_record(record)
            if last is None or last.content != content:
                version = Version(
                    kind=kind,
                    object_id=record.pk,
                    slug=format_key(serialize_key(record)),
                    number=last.number + 1 if last else 1,
                    content=content,
                    by=attribution.by,
                    why=attribution.why,
                    way=attribution.way,
                    change=attribution.change,
                )
                transitions.append((model, last.content if last else None, version))
    record_public_events(transitions)
    versions = Version.objects.bulk_create(version for *_, version in transitions)
    reopen_changed_statements((model, version) for model, before, version in transitions if before is not None)
    return versions


def group_by_model(records: Iterable[VersionedRecord]) -> dict[type[VersionedRecord], list[VersionedRecord]]:
    by_model = defaultdict(list)
    for record in records:
        by_model[type(record)].append(record)
    return by_model


def record_untracked_changes(attribution: Attribution = PROGRAM_ATTRIBUTION) -> int:
    """Record versions of all records written past the ORM, such as by fixtures or SQL; return how many."""
    count = sum(
        len(record_versions(batch, attribution))
        for model in versioned_models()
        for batch in iterate_batches(model.objects.all())
    )
    publish_everything()
    return count


def iterate_batches(queryset: models.QuerySet[VersionedT]) -> Iterator[list[VersionedT]]:
    """Yield the records of a queryset with their relations loaded, BATCH_SIZE at a time, in the order of keys."""
    last_key = 0
    queryset = queryset.with_related() if isinstance(queryset, RecordQuerySet) else queryset.select_related("source")
    while batch := list(queryset.filter(pk__gt=last_key).order_by("pk")[:BATCH_SIZE]):
        yield batch
        last_key = batch[-1].pk


def refuse_direct_write(sender: type[models.Model], raw: bool = False, **kwargs: Any) -> None:
    if is_versioned(sender) and not raw:
        refuse_write_in_request(sender)


def refuse_write_in_request(sender: type[models.Model], **kwargs: Any) -> None:
    if in_request.get() and not in_versioned_transaction.get():
        raise PermissionDenied("Records are changed by proposals that somebody else approves, never past them.")


def record_saved_version(sender: type[Any], instance: models.Model, raw: bool = False, **kwargs: Any) -> None:
    if is_versioned(sender) and not in_versioned_transaction.get():
        record_bulk_write(sender, [] if raw else [instance.pk])


def record_deletion(sender: type[Any], instance: VersionedRecord, **kwargs: Any) -> None:
    if is_versioned(sender) and not in_versioned_transaction.get():
        record_versions([instance], PROGRAM_ATTRIBUTION, deleted=True)
        publish_writes()


def record_bulk_write(sender: type[VersionedRecord], keys: Sequence[int], **kwargs: Any) -> None:
    if is_versioned(sender) and not in_versioned_transaction.get():
        for batch in iterate_batches(sender.objects.filter(pk__in=keys)):
            record_versions(batch, PROGRAM_ATTRIBUTION)
        publish_writes()


def record_relation_change(
    sender: type[models.Model],
    instance: models.Model,
    action: str,
    reverse: bool,
    model: type[VersionedRecord],
    pk_set: set[int] | None,
    **kwargs: Any,
) -> None:
    if not isinstance(instance, Record | Passage):
        return
    if action.startswith("pre_"):
        refuse_write_in_request(sender)
    elif not in_versioned_transaction.get():
        if reverse:  # Of links that were cleared, nothing tells any more which records they led to.
            keys = model.objects.values_list("pk", flat=True) if action == "post_clear" else pk_set or ()
            record_bulk_write(model, list(keys))
        else:
            record_bulk_write(type(instance), [instance.pk])


def connect_signal_handlers() -> None:
    """Connect the handlers that refuse direct writes during a request, and record versions of all others."""
    pre_save.connect(refuse_direct_write)
    pre_delete.connect(refuse_direct_write)
    pre_bulk_write.connect(refuse_direct_write)
    post_save.connect(record_saved_version)
    post_delete.connect(record_deletion)
    post_bulk_write.connect(record_bulk_write)
    m2m_changed.connect(record_relation_change)
