"""Confirmation: somebody who did not write a published record says that they reviewed it, and that it stands."""

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError

from kb.accounts.independence import find_dependence
from kb.choices import Status, Way
from kb.editorial.content_rules import apply_content
from kb.editorial.editing import EditConflict, concurrency_token, lock_record
from kb.editorial.review import review_dates
from kb.editorial.reviewers import require_independent_reviewer
from kb.editorial.snapshot import serialize_record
from kb.editorial.support import decide_support, find_authors
from kb.editorial.versioning import Attribution, record_versions, versioned_transaction
from kb.models import Record, Statement, Version


def require_confirmation_allowed(user: User, record: Record) -> None:
    """Raise PermissionDenied if the user may not confirm a record: nobody confirms what they wrote.

    Raise ValidationError if it is not published.
    """
    last = Version.objects.for_records(record).exclude(change=None).order_by("-number").first()
    require_independent_reviewer(user, record, last.change if last else None)
    if isinstance(record, Statement):
        authors = find_authors(record)
        if user.pk in authors:
            raise PermissionDenied("You wrote part of what it says: somebody else must decide on it.")
        if dependence := find_dependence(user, User.objects.filter(pk__in=authors)):
            raise PermissionDenied(dependence)
    if record.status != Status.PUBLISHED:
        raise ValidationError("Only what is published can be confirmed.")


def confirm_review(user: User, record: Record, token: str | None = None) -> None:
    """Set the review dates of a published record that a reviewer has read against its sources.

    Of a statement, that decides that its lines support it. `token` is the concurrency token of what the reviewer read;
    raise EditConflict if it is out of date.
    """
    with versioned_transaction():
        record = lock_record(record)
        if token is not None and token != concurrency_token(record):
            raise EditConflict("Somebody has written to this record since you opened it: read it again.")
        require_confirmation_allowed(user, record)
        apply_content(record, serialize_record(record) | review_dates())
        record_versions([record], Attribution(user, "Reviewed against its sources; it stands.", Way.REVIEW))
        if isinstance(record, Statement):
            decide_support(user, record)
