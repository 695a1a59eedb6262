"""What was written since the data version was last brought in step, found by signals, whatever code writes.

This is the only place that knows what the public row of a record depends on: on its own columns and links, on the slugs
of what it refers to, and on the passages that it cites.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextvars import ContextVar
from typing import Any

from django.db import models
from django.db.models.signals import m2m_changed, post_save, pre_delete

from kb.dataset.record_rows import counted_models
from kb.dataset.tallies import read_tallies, recount, renew_model_marks, split_into_batches, update_tally
from kb.models import CitationCheck, Passage, Record, Revision
from kb.models.data_revision import in_versioned_transaction
from kb.models.querysets import post_bulk_write

Keys = tuple[type[models.Model], set[int]]


class PendingWrites:
    """The keys of the rows that are to be counted anew. Too many do no harm: what has not changed changes nothing."""

    def __init__(self) -> None:
        self.keys: defaultdict[type[models.Model], set[int]] = defaultdict(set)
        self.is_everything = False

    def add(self, model: type[models.Model], keys: Collection[int]) -> None:
        if issubclass(model, Record | Passage | CitationCheck):
            self.keys[model].update(keys)

    def clear(self) -> None:
        self.keys.clear()
        self.is_everything = False


_pending_writes: ContextVar[PendingWrites | None] = ContextVar("_pending_writes", default=None)


def get_pending_writes() -> PendingWrites:
    """Return the pending writes of this thread."""
    if (pending := _pending_writes.get()) is None:
        _pending_writes.set(pending := PendingWrites())
    return pending


def publish_writes() -> None:
    """Renew the mark of the revision and bring the data version in step, in the transaction of the write.

    The mark comes first: it is the lock by which transactions count one after the other, so that of two of which one
    writes what the other's records depend on, the later one sees both.
    """
    Revision.objects.renew_mark()
    pending = get_pending_writes()
    if pending.is_everything:
        for model in counted_models():
            recount(model, store=True)
        renew_model_marks(counted_models())
    elif pending.keys:
        count_pending_writes(pending)
    if not in_versioned_transaction.get():  # Else they stay: a savepoint may take back what was counted within it.
        pending.clear()


def publish_everything() -> None:
    """Count all records anew, after writes of which no signal tells, such as SQL by hand.

    Inside `versioned_transaction()` they are counted at its end.
    """
    get_pending_writes().is_everything = True
    if not in_versioned_transaction.get():
        publish_writes()


def count_pending_writes(pending: PendingWrites) -> None:
    waiting: defaultdict[type[models.Model], set[int]] = defaultdict(set)
    tallies, counted = read_tallies(), set()
    for model, keys in pending.keys.items():
        if model is not Passage:
            waiting[model] |= keys
    for model, keys in find_referring_records(Passage, pending.keys.get(Passage, set())):
        waiting[model] |= keys
    while waiting:
        model, keys = waiting.popitem()
        counted.add(model)
        if model in tallies:
            renamed_keys = update_tally(model, keys, tallies[model])
        else:
            renamed_keys = recount(model, store=True).renamed_keys
        for referring_model, referring_keys in find_referring_records(model, renamed_keys):
            waiting[referring_model] |= referring_keys
    renew_model_marks(counted)


def find_referring_records(model: type[models.Model], keys: Collection[int]) -> Iterator[Keys]:
    """Yield, by model, the keys of the records whose public row names one of these rows, also by way of a passage."""
    for relation in model._meta.related_objects if keys else ():
        referring_model = relation.related_model
        if not issubclass(referring_model, Record | Passage):
            continue
        found: set[int] = set()
        for batch in split_into_batches(sorted(keys)):
            rows = referring_model._default_manager.filter(**{f"{relation.field.name}__in": batch})
            found.update(rows.order_by().values_list("pk", flat=True))
        if referring_model is Passage:
            yield from find_referring_records(Passage, found)
        elif found:
            yield referring_model, found


def note_save(sender: type[models.Model], instance: models.Model, created: bool, **kwargs: Any) -> None:
    if not (created and sender is Passage):  # Nothing cites a passage yet that is new.
        get_pending_writes().add(sender, [instance.pk])


def note_deletion(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    """Note a row before it is deleted, and what is linked to it as long as that can be found."""
    get_pending_writes().add(sender, [instance.pk])
    if isinstance(instance, Record | Passage):
        for model, keys in find_referring_records(sender, [instance.pk]):
            get_pending_writes().add(model, keys)


def note_bulk_write(sender: type[models.Model], keys: Collection[int], **kwargs: Any) -> None:
    get_pending_writes().add(sender, keys)


def note_change_of_links(
    sender: type[models.Model],
    instance: models.Model,
    action: str,
    reverse: bool,
    model: type[models.Model],
    pk_set: set[int] | None,
    **kwargs: Any,
) -> None:
    """Note the records whose links change; seen from the other side, before they are cleared, those that have some."""
    pending = get_pending_writes()
    if not reverse:
        pending.add(type(instance), [instance.pk])
    elif action == "pre_clear":
        field = next(f for f in model._meta.many_to_many if f.remote_field.through is sender)
        pending.add(model, model._default_manager.filter(**{field.name: instance.pk}).values_list("pk", flat=True))
    else:
        pending.add(model, pk_set or ())


def connect_signal_handlers() -> None:
    """Connect the handlers that note what is written; before those that publish it (kb.editorial.versioning)."""
    post_save.connect(note_save)
    pre_delete.connect(note_deletion)
    post_bulk_write.connect(note_bulk_write)
    m2m_changed.connect(note_change_of_links)
