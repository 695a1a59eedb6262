"""What becomes of a proposed change: sent, approved, rejected, sent back; each step once, by who may take it."""

from contextlib import contextmanager

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kb.choices import ChangeState, Status, Way
from kb.editorial.editing import MovedOn, check, has_moved_on, is_public, locked, merged, spoken, write
from kb.editorial.snapshot import content_of, key_of, title
from kb.editorial.versioning import Hand, by_hand, write_down
from kb.models import OPEN, Change, Passage, Version
from kb.models.records import next_review
from kb.permissions import PUBLISH, WRITE, require


@contextmanager
def step(change, seen, *states, **becomes):
    """Take a change one step on, if nobody else has taken one since it was seen; exactly one of two can win.

    The rest of the step stands in the block: it happens with it, or not at all.
    """
    mine = Change.objects.filter(pk=change.pk, lock=seen, state__in=states)
    with by_hand():
        if not mine.update(lock=seen + 1, **becomes):
            now = Change.objects.get(pk=change.pk)
            raise MovedOn(f"Somebody was faster: this change is now “{now.get_state_display()}”. Look at it again.")
        yield
    change.refresh_from_db()


def submit(user, change, seen):
    """The author sends a change for review."""
    must_be_author(user, change)
    becomes = {"state": ChangeState.SUBMITTED, "submitted_at": timezone.now(), "remark": ""}
    with by_hand():
        record = locked(change.record)
        with step(change, seen, *OPEN, **becomes):
            if has_moved_on(change, record):
                raise MovedOn("The record has moved on since this was written: bring it up to date first.")
            check(record, change.content)


def withdraw(user, change, seen):
    """The author takes a change back."""
    must_be_author(user, change)
    with step(change, seen, *OPEN, state=ChangeState.WITHDRAWN):
        pass


def must_be_author(user, change):
    require(user, WRITE)
    if change.author_id != user.pk:
        raise PermissionDenied("Only its author can do this: a change of somebody else is approved, or sent back.")


def must_be_another(user, record, change=None):
    """Nobody publishes what they wrote: neither the change, nor any part of a draft, however often others wrote too."""
    require(user, PUBLISH)
    if change is not None and change.author_id == user.pk:
        raise PermissionDenied("Nobody decides on their own change: somebody else must.")
    if record is not None and not is_public(record) and wrote_part_of(user, record):
        raise PermissionDenied("You wrote part of this draft: somebody else must decide on it.")


def wrote_part_of(user, record):
    """Whether somebody wrote into a draft of this slug: into an earlier one that was discarded, too."""
    kind = ContentType.objects.get_for_model(record)
    return Version.objects.filter(kind=kind, slug=title(key_of(record)), by=user).exists()


def decided(user, state, remark):
    return {"state": state, "remark": remark, "reviewer": user, "decided_at": timezone.now()}


def approve(user, change, seen, *, reviewed=False, remark=""):
    """Publish what somebody else proposed, in one transaction; `reviewed` says that the whole record was reviewed."""
    remark = spoken(remark, "remark", 1000)
    with by_hand():
        record = locked(change.record)  # Before the change, in the order of whoever writes one: so none waits for ever.
        must_be_another(user, record, change)
        with step(change, seen, ChangeState.SUBMITTED, **decided(user, ChangeState.APPROVED, remark)):
            if has_moved_on(change, record):
                raise MovedOn("The record has moved on since this was written: it cannot be approved as it stands.")
            refuse_moved_places(change)
            write(record, change.content | (days_of_review() if reviewed else {}))
            write_down([record], Hand(change.author, change.why, change.way, change))
            earlier = Change.objects.about(record).filter(state=ChangeState.APPROVED).exclude(pk=change.pk)
            earlier.update(state=ChangeState.SUPERSEDED)
    return record


def refuse_moved_places(change):
    """A place that is cited for the first time is still written freely: not after it was sent for review."""
    places = [place for place in change.content.get("citations", []) if place not in change.base["citations"]]
    for place in places:
        passage = Passage.objects.filter(source__slug=place[0], first_line=place[1], last_line=place[2]).first()
        if passage and Version.objects.about(passage).filter(at__gt=change.submitted_at).exists():
            raise MovedOn(f"“{passage}”, which it cites, was written since it was sent: its author sends it again.")


def days_of_review():
    return {"reviewed_on": timezone.localdate().isoformat(), "review_due": next_review().isoformat()}


def reject(user, change, seen, remark):
    """Refuse what somebody else proposed, for good, and say why."""
    refuse(user, change, seen, remark, ChangeState.REJECTED)


def send_back(user, change, seen, remark):
    """Give a change back to its author, and say what is to be done."""
    refuse(user, change, seen, remark, ChangeState.RETURNED)


def refuse(user, change, seen, remark, state):
    must_be_another(user, change.record, change)
    remark = spoken(remark, "remark", 1000)
    if not remark:
        raise ValidationError({"remark": "Give the reason: its author must know what to do."})
    with step(change, seen, ChangeState.SUBMITTED, **decided(user, state, remark)):
        pass


def bring_up_to_date(user, change, seen):
    """Write a change anew upon what the record is now; where both changed the same field, only a person can decide."""
    require(user, PUBLISH if change.author_id != user.pk else WRITE)
    with by_hand():
        record = locked(change.record)
        content, clash = merged(change, record)
        if clash:
            raise MovedOn(f"Both changed the same: {', '.join(clash)}. Its author must choose.")
        with step(change, seen, *OPEN, base=content_of(record), content=content):
            pass


def confirm(user, record):
    """A reviewer has read the whole published record against its sources, and it stands."""
    with by_hand():
        record = locked(record)
        last = Version.objects.about(record).exclude(change=None).order_by("-number").first()
        must_be_another(user, record, last and last.change)
        if record.status != Status.PUBLISHED:
            raise ValidationError("Only what is published can be confirmed.")
        write(record, content_of(record) | days_of_review())
        write_down([record], Hand(user, "Reviewed against its sources; it stands.", Way.REVIEW))
