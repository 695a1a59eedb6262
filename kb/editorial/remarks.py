"""The conversation about a change: what its author and the reviewers say, and what became different since a refusal."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from kb.choices import ChangeState
from kb.editorial.comments import clean_comment
from kb.editorial.diff import Difference, diff_contents
from kb.editorial.snapshot import NaturalKeyResolver
from kb.models import MAX_REMARK_LENGTH, OPEN_STATES, Change, Remark
from kb.permissions import PUBLISH, WRITE, require_permission

TALKING_STATES = [*OPEN_STATES, ChangeState.REJECTED]


def clean_remark(text: str) -> str:
    """Return a remark as it is stored, which may be empty; raise ValidationError if it is too long or unprintable."""
    return clean_comment(text, "remark", MAX_REMARK_LENGTH)


def write_remark(user: User, change: Change, text: str) -> Remark:
    """Store and return a remark on a change as it is proposed now; raise ValidationError if it is empty."""
    text = clean_remark(text)
    if not text:
        raise ValidationError({"remark": "Write what you want to say, in the field of the remark."})
    return Remark.objects.create(change=change, by=user, text=text, content=change.content)


def answer(user: User, change: Change, expected_lock: int, remark: str) -> Remark:
    """Say something of a change without a decision, as its author or as a reviewer.

    `expected_lock` is not compared: what is said holds of whatever the change is by now, and decides nothing.
    """
    require_permission(user, WRITE if change.author_id == user.pk else PUBLISH)
    if change.state not in TALKING_STATES:
        raise ValidationError("It is decided: propose another change, and say there what is to be said.")
    return write_remark(user, change, remark)


def find_remarks(change: Change) -> list[Remark]:
    """Return what was said of a change, and of the rejected ones that it takes up again, oldest first."""
    keys, earlier = {change.pk}, change.continues
    while earlier is not None:
        keys.add(earlier.pk)
        earlier = earlier.continues
    return list(Remark.objects.filter(change__in=keys).select_related("by"))


def diff_since_refusal(change: Change, resolver: NaturalKeyResolver | None = None) -> list[Difference] | None:
    """Return what a change proposes otherwise than when it was last sent back or rejected; None if it never was."""
    if change.refusal is None:
        return None
    return diff_contents(change.model, change.refusal.content, change.content, resolver)
