"""Review: the state transitions of a proposed change (submit, withdraw, approve, reject, send back), and who may."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypedDict

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.utils import timezone

from kb.choices import ChangeState
from kb.editorial.comments import is_reason
from kb.editorial.content_rules import apply_content, is_public, validate_content
from kb.editorial.diff import changed_field_names
from kb.editorial.editing import (
    EditConflict,
    EditRequest,
    is_outdated,
    lock_record,
    propose_change,
    three_way_merge,
)
from kb.editorial.new_editions import follow_new_edition, is_new_edition, lock_followers
from kb.editorial.notifications import notify_author, notify_reviewers_after_commit
from kb.editorial.remarks import clean_remark, write_remark
from kb.editorial.reviewers import require_independent_reviewer
from kb.editorial.snapshot import Content, serialize_record
from kb.editorial.suggestions import link_suggestions, publish_suggestions
from kb.editorial.support import decide_support
from kb.editorial.versioning import Attribution, record_versions, versioned_transaction
from kb.models import (
    OPEN_STATES,
    Batch,
    Change,
    Passage,
    Source,
    Statement,
    Version,
    VersionedRecord,
)
from kb.models.records import next_review
from kb.permissions import PUBLISH, WRITE, require_permission


class Decision(TypedDict):
    """The columns of a change that a reviewer's decision sets."""

    state: str
    reviewer: User
    decided_at: datetime


@contextmanager
def transition_change(change: Change, expected_lock: int, *from_states: str, **values: Any) -> Iterator[None]:
    """Set columns of a change if it is in one of these states and nobody has written it since `expected_lock`.

    Of two concurrent transitions exactly one succeeds; the other raises EditConflict. The block belongs to the same
    transaction.
    """
    unchanged = Change.objects.filter(pk=change.pk, lock=expected_lock, state__in=from_states)
    with versioned_transaction():
        if not unchanged.update(lock=expected_lock + 1, **values):
            current = Change.objects.get(pk=change.pk)
            raise EditConflict(
                f"Somebody was faster: this change is now “{current.get_state_display()}”. Look at it again."
            )
        yield
    change.refresh_from_db()


def submit(user: User, change: Change, expected_lock: int, remark: str = "") -> None:
    """Send a change for review, as its author; a remark answers what a reviewer said."""
    require_author(user, change)
    values = {"state": ChangeState.SUBMITTED, "submitted_at": timezone.now()}
    with versioned_transaction():
        record = lock_record(change.record)
        with transition_change(change, expected_lock, *OPEN_STATES, **values):
            if is_outdated(change, record):
                raise EditConflict("The record has moved on since this was written: bring it up to date first.")
            validate_content(record, change.content)
            if clean_remark(remark):
                write_remark(user, change, remark)
            notify_reviewers_after_commit()


def withdraw(user: User, change: Change, expected_lock: int) -> None:
    """Withdraw an open change, or let a rejected one rest, as its author."""
    require_author(user, change)
    with transition_change(change, expected_lock, *OPEN_STATES, ChangeState.REJECTED, state=ChangeState.WITHDRAWN):
        pass


def take_up_again(user: User, change: Change, expected_lock: int) -> Change | None:
    """Write what a rejected change proposed as a new change of its author, which is not sent yet; return it.

    Nothing that was typed is lost: where the record has another value by now, the proposed one stands. A draft that was
    never public holds what was typed itself: then nothing is written, and None is returned.
    """
    require_author(user, change)
    if change.state != ChangeState.REJECTED or change.lock != expected_lock:
        raise EditConflict("Only a rejected change is taken up again, as it stands. Look at it again.")
    with versioned_transaction():
        record: VersionedRecord = lock_record(change.record)
        if not is_public(record):
            return None
        if Change.objects.for_records(record).filter(author=user, state__in=OPEN_STATES).exists():
            raise EditConflict("You propose another change of this record already: go on with that one.")
        names = changed_field_names(change.base, change.content)
        content = serialize_record(record) | {name: change.content[name] for name in names}
        why = change.why if is_reason(change.why) else f"Taken up again: {change.why}"
        proposed = propose_change(record, content, EditRequest(user, why, change.way, change.batch))
        link_suggestions(user, proposed, change.suggestions.all())
        return proposed


def require_author(user: User, change: Change) -> None:
    """Raise PermissionDenied unless the user may write and is the author of the change."""
    require_permission(user, WRITE)
    if change.author_id != user.pk:
        raise PermissionDenied("Only its author can do this: a change of somebody else is approved, or sent back.")


def find_companions(change: Change) -> models.QuerySet[Change]:
    """Return the other changes that wait and are published together with a change."""
    if change.batch is None or not change.batch.together:
        return Change.objects.none()
    return change.batch.changes.filter(state=ChangeState.SUBMITTED).exclude(pk=change.pk)


def require_decided_alone(change: Change, batch: Batch | None) -> None:
    """Raise ValidationError if others wait that are published together with a change; `batch` is decided as a whole."""
    if change.batch != batch and find_companions(change).exists():
        raise ValidationError(f"It is published together with “{change.batch}”: decide on the page of that batch.")


def decision_values(user: User, state: str) -> Decision:
    return {"state": state, "reviewer": user, "decided_at": timezone.now()}


def approve(
    user: User,
    change: Change,
    expected_lock: int,
    *,
    reviewed: bool = False,
    remark: str = "",
    batch: Batch | None = None,
) -> VersionedRecord:
    """Publish a change that somebody else proposed, and return its record.

    `reviewed` says that the whole record was reviewed, which sets its review dates; of a statement, that its lines
    support it. `batch` is decided as a whole.
    """
    require_decided_alone(change, batch)
    with versioned_transaction():
        # The record before the change, in the same order as edits lock them: otherwise the two could deadlock.
        lock_followers(change)
        record: VersionedRecord = lock_record(change.record)
        require_independent_reviewer(user, record, change)
        decision = decision_values(user, ChangeState.APPROVED)
        with transition_change(change, expected_lock, ChangeState.SUBMITTED, **decision):
            if is_outdated(change, record):
                raise EditConflict(
                    "The record has moved on since this was written: it cannot be approved as it stands."
                )
            require_unchanged_passages(change)
            if clean_remark(remark):
                write_remark(user, change, remark)
            apply_content(record, change.content | (review_dates() if reviewed else {}))
            versions = record_versions([record], Attribution(change.author, change.why, change.way, change))
            if isinstance(record, Source) and is_new_edition(change):
                follow_new_edition(record, change)
            publish_suggestions(change, versions)
            if reviewed and isinstance(record, Statement):
                decide_support(user, record)
            earlier = Change.objects.for_records(record).filter(state=ChangeState.APPROVED).exclude(pk=change.pk)
            earlier.update(state=ChangeState.SUPERSEDED)
    return record


def require_unchanged_passages(change: Change) -> None:
    """Raise EditConflict if a newly cited passage, not protected before, was written after the change was sent."""
    new_citations = [key for key in change.content.get("citations", []) if key not in change.base["citations"]]
    for source, first_line, last_line, *edition in new_citations:
        lines = {"first_line": first_line, "last_line": last_line, "edition": edition[0] if edition else 1}
        passage = Passage.objects.filter(source__slug=source, **lines).first()
        if passage and Version.objects.for_records(passage).filter(at__gt=change.submitted_at).exists():
            raise EditConflict(
                f"“{passage}”, which it cites, was written since it was sent: its author sends it again."
            )


def review_dates() -> Content:
    """Return today as the day of review, and the day on which the next one is due."""
    return {"reviewed_on": timezone.localdate().isoformat(), "review_due": next_review().isoformat()}


def reject(user: User, change: Change, expected_lock: int, remark: str, batch: Batch | None = None) -> None:
    """Reject a change of somebody else for good; the remark is required. `batch` is decided as a whole."""
    refuse_change(user, change, expected_lock, remark, ChangeState.REJECTED, batch)


def send_back(user: User, change: Change, expected_lock: int, remark: str, batch: Batch | None = None) -> None:
    """Return a change to its author; the remark, which says what to do, is required. `batch` is decided as a whole."""
    refuse_change(user, change, expected_lock, remark, ChangeState.RETURNED, batch)


def refuse_change(
    user: User, change: Change, expected_lock: int, remark: str, state: str, batch: Batch | None = None
) -> None:
    require_independent_reviewer(user, change.record, change)
    require_decided_alone(change, batch)
    if not clean_remark(remark):
        raise ValidationError({"remark": "Give the reason: its author must know what to do."})
    with versioned_transaction():
        decision = decision_values(user, state)
        refusal = write_remark(user, change, remark)
        with transition_change(change, expected_lock, ChangeState.SUBMITTED, refusal=refusal, **decision):
            pass
        notify_author(change)


def bring_up_to_date(user: User, change: Change, expected_lock: int) -> None:
    """Merge the current content of the record into an open change; raise EditConflict where both changed a field."""
    require_permission(user, PUBLISH if change.author_id != user.pk else WRITE)
    with versioned_transaction():
        record = lock_record(change.record)
        content, conflicts = three_way_merge(change, record)
        if conflicts:
            raise EditConflict(f"Both changed the same: {', '.join(conflicts)}. Its author must choose.")
        base = serialize_record(record)
        with transition_change(change, expected_lock, *OPEN_STATES, base=base, content=content):
            pass
