"""Batches: drafts and changes that are sent for one reason, reviewed on one page, and published together or not at all.

What was changed, withdrawn, sent back or rejected waits no longer, and has left the batch until its author sends it
again. The rest is decided together: it is published if each holds without what has left.
"""

from collections.abc import Collection, Iterable, Sequence

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kb.choices import ChangeState, Status, Way
from kb.editorial.content_rules import is_public
from kb.editorial.editing import EditConflict, EditRequest, get_lock_order, is_outdated, lock_record, propose_change
from kb.editorial.new_editions import lock_followers
from kb.editorial.publication_order import Proposal, find_prerequisites, include_dependents, sort_for_publication
from kb.editorial.publication_trial import Errors, describe_errors, try_publication
from kb.editorial.remarks import clean_remark, write_remark
from kb.editorial.review import approve, refuse_change, require_author, withdraw
from kb.editorial.snapshot import serialize_record
from kb.editorial.versioning import versioned_transaction
from kb.models import MAX_REMARK_LENGTH, OPEN_STATES, Batch, Change, VersionedRecord
from kb.permissions import PUBLISH, require_permission

MAX_DECIDED_TOGETHER = 50  # So many changes are shown on one page, and decided at once.
MAX_NAME_LENGTH = 200


class BatchRefused(ValidationError):
    """Nothing of a batch was sent; `errors` holds what is wrong with each record."""

    def __init__(self, errors: list[tuple[VersionedRecord, list[str]]]) -> None:
        self.errors = errors
        super().__init__([f"“{record}”: {' '.join(messages)}" for record, messages in errors])


def send_batch(user: User, records: Sequence[VersionedRecord], why: str, batch: Batch | None = None) -> Batch:
    """Send drafts, and changes that the user has not sent yet, for review together; return their batch.

    `batch` is given where they are sent again. Raise BatchRefused, and send nothing, if one of them could not be
    published after those that it names.
    """
    if not records:
        raise ValidationError("Tick what is to be sent.")
    if len(records) > MAX_DECIDED_TOGETHER:
        raise ValidationError(f"These are {len(records)}; {MAX_DECIDED_TOGETHER} at most are decided together.")
    with versioned_transaction():
        batch = batch or Batch(name=name_batch(records), by=user, done_at=timezone.now(), together=True)
        request = EditRequest(user, why, Way.BULK, batch, submit=True)
        batch.why = request.why
        batch.save()
        proposals, errors = build_proposals(user, lock_records(records))
        errors = propose_in_order(proposals, request, errors)
        if errors:
            raise BatchRefused([(proposals[position].record, errors[position]) for position in sorted(errors)])
    return batch


def name_batch(records: Sequence[VersionedRecord]) -> str:
    """Return the name of a batch: that of its first record, and how many come with it."""
    more = f" and {len(records) - 1} more" if len(records) > 1 else ""
    return f"{str(records[0])[: MAX_NAME_LENGTH - len(more)]}{more}"


def lock_records(records: Iterable[VersionedRecord]) -> list[VersionedRecord]:
    """Lock records in an order that is the same for everybody, so that no two wait for each other; return them."""
    return [lock_record(record) for record in sorted(records, key=get_lock_order)]


def build_proposals(user: User, records: Sequence[VersionedRecord]) -> tuple[list[Proposal], Errors]:
    """Return what each record is to become, in the order of publication, and why some cannot be sent at all."""
    proposals, errors = [], {}
    for record in records:
        base = serialize_record(record)
        change = Change.objects.for_records(record).filter(author=user, state__in=OPEN_STATES).first()
        content = base | {"status": Status.PUBLISHED}
        if is_public(record):
            content = change.content if change else base
            if change is None:
                errors[record] = ["It is no draft, and you propose no change of it."]
            elif is_outdated(change, record):
                errors[record] = ["The record has moved on since you wrote this: bring your change up to date first."]
        proposals.append(Proposal(record, base, content))
    proposals = [proposals[position] for position in sort_for_publication(proposals)]
    return proposals, {n: errors[proposal.record] for n, proposal in enumerate(proposals) if proposal.record in errors}


def propose_in_order(proposals: Sequence[Proposal], request: EditRequest, errors: Errors) -> Errors:
    """Propose each of them as a change that waits for review; return the known errors with those that refuse it."""
    errors = try_publication(proposals).errors | errors
    for position, (record, _, content) in enumerate(proposals):
        if position not in errors:
            try:
                propose_change(record, content, request)
            except ValidationError as error:
                errors[position] = describe_errors(record, error)
    return errors


def find_waiting(batch: Batch) -> list[Change]:
    """Return the changes of a batch that wait for review, in the order of publication, as many as one page shows.

    Only an import has more: they are decided page by page, and what a page names stands on it or on one before.
    """
    waiting = batch.changes.filter(state=ChangeState.SUBMITTED).select_related("kind", "author", "batch")
    changes = [change for change in waiting.prefetch_related("record") if change.record is not None]
    order = sort_for_publication([Proposal.from_change(change) for change in changes])
    return [changes[position] for position in order][:MAX_DECIDED_TOGETHER]


def describe_state(changes: Iterable[Change]) -> str:
    """Return a text that is the same as long as nobody writes to one of these changes: what a reviewer has seen."""
    return ",".join(sorted(f"{change.pk}.{change.lock}" for change in changes))


def claim_waiting(batch: Batch, seen: str) -> list[Change]:
    """Lock what waits of a batch and return it; raise EditConflict if it is not what the reviewer has seen."""
    waiting = find_waiting(batch)
    for change in waiting:
        lock_followers(change)
    lock_records(Proposal.from_change(change).record for change in waiting)
    changes = find_waiting(batch)
    if not changes or describe_state(changes) != seen:
        raise EditConflict("Somebody was faster: what waits of this batch is not what you saw. Look at it again.")
    return changes


def approve_batch(
    user: User, batch: Batch, seen: str, remark: str = "", *, reviewed: bool = False
) -> list[VersionedRecord]:
    """Publish all that waits of a batch, as the reviewer has seen it, and return the records; all of them or none.

    `reviewed` says that each record was reviewed as a whole, which sets its review dates.
    """
    require_permission(user, PUBLISH)
    with versioned_transaction():
        return [approve_one(user, change, batch, remark, reviewed) for change in claim_waiting(batch, seen)]


def approve_one(user: User, change: Change, batch: Batch, remark: str, reviewed: bool) -> VersionedRecord:
    """Approve a change of a batch; an error names its record."""
    record = Proposal.from_change(change).record
    try:
        return approve(user, change, change.lock, reviewed=reviewed, remark=remark, batch=batch)
    except PermissionDenied as error:
        raise PermissionDenied(f"“{record}”: {error}") from error
    except ValidationError as error:
        raise ValidationError([f"“{record}”: {message}" for message in describe_errors(record, error)]) from error


def refuse_batch(
    user: User, batch: Batch, seen: str, remark: str, state: str, chosen: Collection[int] | None = None
) -> list[Change]:
    """Send back or reject all that waits of a batch, or those with the chosen keys; return what is refused.

    What needs one of the chosen goes back with it: it could not be published alone.
    """
    require_permission(user, PUBLISH)
    with versioned_transaction():
        changes = claim_waiting(batch, seen)
        prerequisites = find_prerequisites([Proposal.from_change(change) for change in changes])
        picked = {n for n, change in enumerate(changes) if chosen is None or change.pk in chosen}
        if not picked:
            raise ValidationError("Tick what is to go back.")
        refused = sorted(include_dependents(picked, prerequisites))
        for n in refused:
            if n in picked:
                refuse_change(user, changes[n], changes[n].lock, remark, state, batch)
            else:
                words = f"Something that it needs is not approved. {clean_remark(remark)}"[:MAX_REMARK_LENGTH]
                refuse_change(user, changes[n], changes[n].lock, words, ChangeState.RETURNED, batch)
    return [changes[n] for n in refused]


def find_own_open(user: User, batch: Batch) -> list[Change]:
    """Return the open changes of a batch, whose author the user must be."""
    changes = list(batch.changes.filter(state__in=OPEN_STATES).prefetch_related("record"))
    for change in changes:
        require_author(user, change)
    if not changes:
        raise ValidationError("Nothing of this batch is open any more.")
    return changes


def send_batch_again(user: User, batch: Batch, remark: str = "") -> Batch:
    """Send again what is open of a batch, as its records and changes are now; the remark answers the reviewer."""
    with versioned_transaction():
        changes = find_own_open(user, batch)
        send_batch(user, [Proposal.from_change(change).record for change in changes], batch.why, batch)
        if clean_remark(remark):
            for change in Change.objects.filter(pk__in=[change.pk for change in changes]):
                write_remark(user, change, remark)
    return batch


def withdraw_batch(user: User, batch: Batch) -> None:
    """Withdraw all that is open of a batch, as its author; the drafts and what is public stay as they are."""
    with versioned_transaction():
        for change in find_own_open(user, batch):
            withdraw(user, change, change.lock)
