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
from kb.editorial.snapshot import content_of, key_of, title
from kb.models import Passage, Record, Revision, Version, kinds_of
from kb.models.querysets import BATCH, about_to_write, written


@dataclass(frozen=True)
class Hand:
    """Who writes, why, and on what way."""

    by: Any = None
    why: str = "Written outside of the editor."
    way: str = Way.OUTSIDE
    change: Any = None


BY_PROGRAM = Hand()
in_request = ContextVar("in_request", default=False)  # Whether a request from outside is being answered.
keeping = ContextVar("keeping", default=False)  # Whether what is written now is written down by the one who writes it.


class Guard:
    """Middleware: in the course of a request, records are written by the editing service and by nothing else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        before = in_request.set(True)
        try:
            return self.get_response(request)
        finally:
            in_request.reset(before)


def is_kept(model):
    return issubclass(model, Record | Passage)


def kept_models():
    """Every kind of thing whose history is kept."""
    return [Passage, *kinds_of(Record)]


@contextmanager
def by_hand():
    """Writes in here are written down by who makes them: in one transaction, or not at all."""
    outermost, before = not keeping.get(), keeping.set(True)
    try:
        with transaction.atomic():
            yield
            if outermost and not connection.needs_rollback:
                Revision.objects.touch()  # Last of all: who waits for that row holds no other that somebody waits for.
    finally:
        keeping.reset(before)


def write_down(records, hand, *, gone=False):
    """Keep what these records are now, where that differs from what they last were; gives the new versions.

    What the public sees of it is told in the feed of changes.
    """
    steps = []
    for model, same in grouped(records).items():
        kind = ContentType.objects.get_for_model(model)
        last = {version.object_id: version for version in Version.objects.about(*same).latest_of_each()}
        for record in same:
            before, content = last.get(record.pk), None if gone else content_of(record)
            if before is None or before.content != content:
                version = Version(
                    kind=kind,
                    object_id=record.pk,
                    slug=title(key_of(record)),
                    number=before.number + 1 if before else 1,
                    content=content,
                    by=hand.by,
                    why=hand.why,
                    way=hand.way,
                    change=hand.change,
                )
                steps.append((model, before and before.content, version))
    feed.tell(steps)
    return Version.objects.bulk_create(version for *_, version in steps)


def grouped(records):
    found = defaultdict(list)
    for record in records:
        found[type(record)].append(record)
    return found


def catch_up(hand=BY_PROGRAM):
    """Write down every record that is not what it last was: what came in past the ORM, such as fixtures and SQL."""
    found = sum(len(write_down(batch, hand)) for model in kept_models() for batch in batches(model.objects.all()))
    Revision.objects.touch()
    return found


def batches(queryset):
    """The records of a queryset with all that they name, some hundreds at a time."""
    last = 0
    queryset = queryset.select_related("source") if queryset.model is Passage else queryset.with_related()
    while batch := list(queryset.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


@receiver([pre_save, pre_delete])
def refuse_past_the_service(sender, raw=False, **kwargs):
    if is_kept(sender) and not raw:
        refuse_in_a_request(sender)


@receiver(about_to_write)
def refuse_in_a_request(sender, **kwargs):
    if in_request.get() and not keeping.get():
        raise PermissionDenied("Records are changed by proposals that somebody else approves, never past them.")


@receiver(post_save)
def keep_what_was_saved(sender, instance, raw=False, **kwargs):
    if is_kept(sender) and not keeping.get():
        keep_what_was_written(sender, [] if raw else [instance.pk])


@receiver(post_delete)
def keep_what_was_deleted(sender, instance, **kwargs):
    if is_kept(sender) and not keeping.get():
        write_down([instance], BY_PROGRAM, gone=True)
        Revision.objects.touch()


@receiver(written)
def keep_what_was_written(sender, keys, **kwargs):
    if not keeping.get():
        for batch in batches(sender.objects.filter(pk__in=keys)):
            write_down(batch, BY_PROGRAM)
        Revision.objects.touch()


@receiver(m2m_changed)
def keep_what_was_linked(sender, instance, action, reverse, model, pk_set, **kwargs):
    if not isinstance(instance, Record | Passage):
        return
    if action.startswith("pre_"):
        refuse_in_a_request(sender)
    elif not keeping.get():
        changed, keys = (model, pk_set or ()) if reverse else (type(instance), [instance.pk])
        keep_what_was_written(changed, keys)
