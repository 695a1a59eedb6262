"""The queue of changes: their pages, who may decide on each, what rivals it has, and which comes next."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from kb.choices import ChangeState
from kb.editorial import review
from kb.models import OPEN_STATES, Change
from kb.utils.urls import build_form_url

MAX_NEXT_CHANGES = 20  # How many that wait are tried, to find the next one that the reviewer may decide.


def may_decide(user, change):
    """Return whether a user may decide on a change that waits: neither it nor its draft is theirs."""
    try:
        review.require_independent_reviewer(user, change.record, change)
    except PermissionDenied:
        return False
    return change.record is not None


def find_rivals(change, record):
    """Return the open changes that others propose of the same record."""
    others = Change.objects.for_records(record).filter(state__in=OPEN_STATES).exclude(pk=change.pk)
    return others.select_related("author", "kind")


def decision_page_url(change):
    """Return the page on which a change is decided: that of its batch, where others are published together with it."""
    return build_form_url(change.batch if review.find_companions(change).exists() else change)


def find_next_url(user, *seen):
    """Return the page of the change that waits for a reviewer after those just seen; "" if no other does."""
    waiting = Change.objects.filter(state=ChangeState.SUBMITTED).exclude(author=user)
    waiting = waiting.exclude(pk__in=[change.pk for change in seen]).select_related("batch", "kind", "author")
    last_at, last_key = max((change.submitted_at, change.pk) for change in seen)
    after = waiting.filter(Q(submitted_at__gt=last_at) | Q(submitted_at=last_at, pk__gt=last_key))
    for queue in (after, waiting):
        for change in queue.order_by("submitted_at", "pk")[:MAX_NEXT_CHANGES]:
            if may_decide(user, change):
                return decision_page_url(change)
    return ""
