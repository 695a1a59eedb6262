"""What becomes of a proposed change: sent, approved, rejected, sent back; each step once, by who may take it."""

from contextlib import contextmanager

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kb.choices import ChangeState, Status, Way
from kb.editorial.editing import (
    EditConflict,
    apply_content,
    clean_comment,
    is_outdated,
    is_public,
    lock_record,
    three_way_merge,
    validate_content,
)
from kb.editorial.snapshot import format_key, serialize_key, serialize_record
from kb.editorial.versioning import Attribution, record_versions, versioned_transaction
from kb.models import OPEN_STATES, Change, Passage, Version
from kb.models.records import next_review
from kb.permissions import PUBLISH, WRITE, require_permission


@contextmanager
def transition_change(change, seen, *states, **becomes):
    """Take a change one step on, if nobody else has taken one since it was seen; exactly one of two can win.

    The rest of the step stands in the block: it happens with it, or not at all.
    """
    mine = Change.objects.filter(pk=change.pk, lock=seen, state__in=states)
    with versioned_transaction():
        if not mine.update(lock=seen + 1, **becomes):
            now = Change.objects.get(pk=change.pk)
            raise EditConflict(
                f"Somebody was faster: this change is now “{now.get_state_display()}”. Look at it again."
            )
        yield
    change.refresh_from_db()


def submit(user, change, seen):
    """The author sends a change for review."""
    require_author(user, change)
    becomes = {"state": ChangeState.SUBMITTED, "submitted_at": timezone.now(), "remark": ""}
    with versioned_transaction():
        record = lock_record(change.record)
        with transition_change(change, seen, *OPEN_STATES, **becomes):
            if is_outdated(change, record):
                raise EditConflict("The record has moved on since this was written: bring it up to date first.")
            validate_content(record, change.content)


def withdraw(user, change, seen):
    """The author takes a change back."""
    require_author(user, change)
    with transition_change(change, seen, *OPEN_STATES, state=ChangeState.WITHDRAWN):
        pass


def require_author(user, change):
    require_permission(user, WRITE)
    if change.author_id != user.pk:
        raise PermissionDenied("Only its author can do this: a change of somebody else is approved, or sent back.")


def require_independent_reviewer(user, record, change=None):
    """Nobody publishes what they wrote: neither the change, nor any part of a draft, however often others wrote too."""
    require_permission(user, PUBLISH)
    if change is not None and change.author_id == user.pk:
        raise PermissionDenied("Nobody decides on their own change: somebody else must.")
    if record is not None and not is_public(record) and has_contributed_to(user, record):
        raise PermissionDenied("You wrote part of this draft: somebody else must decide on it.")


def has_contributed_to(user, record):
    """Whether somebody wrote into a draft of this slug: into an earlier one that was discarded, too."""
    kind = ContentType.objects.get_for_model(record)
    return Version.objects.filter(kind=kind, slug=format_key(serialize_key(record)), by=user).exists()


def decision_values(user, state, remark):
    return {"state": state, "remark": remark, "reviewer": user, "decided_at": timezone.now()}


def approve(user, change, seen, *, reviewed=False, remark=""):
    """Publish what somebody else proposed, in one transaction; `reviewed` says that the whole record was reviewed."""
    remark = clean_comment(remark, "remark", 1000)
    with versioned_transaction():
        record = lock_record(
            change.record
        )  # Before the change, in the order of whoever writes one: so none waits for ever.
        require_independent_reviewer(user, record, change)
        with transition_change(
            change, seen, ChangeState.SUBMITTED, **decision_values(user, ChangeState.APPROVED, remark)
        ):
            if is_outdated(change, record):
                raise EditConflict(
                    "The record has moved on since this was written: it cannot be approved as it stands."
                )
            require_unchanged_passages(change)
            apply_content(record, change.content | (review_dates() if reviewed else {}))
            record_versions([record], Attribution(change.author, change.why, change.way, change))
            earlier = Change.objects.for_records(record).filter(state=ChangeState.APPROVED).exclude(pk=change.pk)
            earlier.update(state=ChangeState.SUPERSEDED)
    return record


def require_unchanged_passages(change):
    """A place that is cited for the first time is still written freely: not after it was sent for review."""
    places = [place for place in change.content.get("citations", []) if place not in change.base["citations"]]
    for place in places:
        passage = Passage.objects.filter(source__slug=place[0], first_line=place[1], last_line=place[2]).first()
        if passage and Version.objects.for_records(passage).filter(at__gt=change.submitted_at).exists():
            raise EditConflict(
                f"“{passage}”, which it cites, was written since it was sent: its author sends it again."
            )


def review_dates():
    return {"reviewed_on": timezone.localdate().isoformat(), "review_due": next_review().isoformat()}


def reject(user, change, seen, remark):
    """Refuse what somebody else proposed, for good, and say why."""
    refuse_change(user, change, seen, remark, ChangeState.REJECTED)


def send_back(user, change, seen, remark):
    """Give a change back to its author, and say what is to be done."""
    refuse_change(user, change, seen, remark, ChangeState.RETURNED)


def refuse_change(user, change, seen, remark, state):
    require_independent_reviewer(user, change.record, change)
    remark = clean_comment(remark, "remark", 1000)
    if not remark:
        raise ValidationError({"remark": "Give the reason: its author must know what to do."})
    with transition_change(change, seen, ChangeState.SUBMITTED, **decision_values(user, state, remark)):
        pass


def bring_up_to_date(user, change, seen):
    """Write a change anew upon what the record is now; where both changed the same field, only a person can decide."""
    require_permission(user, PUBLISH if change.author_id != user.pk else WRITE)
    with versioned_transaction():
        record = lock_record(change.record)
        content, clash = three_way_merge(change, record)
        if clash:
            raise EditConflict(f"Both changed the same: {', '.join(clash)}. Its author must choose.")
        with transition_change(change, seen, *OPEN_STATES, base=serialize_record(record), content=content):
            pass


def confirm_review(user, record):
    """A reviewer has read the whole published record against its sources, and it stands."""
    with versioned_transaction():
        record = lock_record(record)
        last = Version.objects.for_records(record).exclude(change=None).order_by("-number").first()
        require_independent_reviewer(user, record, last and last.change)
        if record.status != Status.PUBLISHED:
            raise ValidationError("Only what is published can be confirmed.")
        apply_content(record, serialize_record(record) | review_dates())
        record_versions([record], Attribution(user, "Reviewed against its sources; it stands.", Way.REVIEW))
