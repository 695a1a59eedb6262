"""The queue of changes: in which order they are approved, who may decide on each, and what rivals it has."""

from django.core.exceptions import PermissionDenied

from kb.editorial import review
from kb.models import OPEN_STATES, Change, Entry, Passage, Source, Statement


def approval_sort_key(change):
    """Order sources before entries, broad entries before narrow ones, and statements last."""
    model = change.model
    depth = change.record.ancestor_rows.count() if issubclass(model, Entry) and change.record else 0
    rank = next(rank for rank, bases in enumerate([Passage | Source, Entry, Statement]) if issubclass(model, bases))
    return rank, depth


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
