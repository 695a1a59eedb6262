"""Who may decide on a change: somebody who wrote no part of it, with an account that no author can be behind."""

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models

from kb.accounts.independence import find_dependence
from kb.editorial.content_rules import is_public
from kb.editorial.new_editions import find_senders
from kb.editorial.snapshot import format_key, serialize_key
from kb.models import Change, Version, VersionedRecord
from kb.permissions import PUBLISH, require_permission


def require_independent_reviewer(user: User, record: VersionedRecord | None, change: Change | None = None) -> None:
    """Raise PermissionDenied if the user may not publish, wrote the change, or wrote any part of the draft.

    So it does if the user may be the same person as somebody who did, with two accounts (decision 26).
    """
    require_permission(user, PUBLISH)
    if change is not None and find_senders(change).filter(pk=user.pk).exists():
        raise PermissionDenied("Nobody decides on their own change: somebody else must.")
    if record is not None and not is_public(record) and has_contributed_to(user, record):
        raise PermissionDenied("You wrote part of this draft: somebody else must decide on it.")
    authors = User.objects.none() if change is None else find_senders(change)
    if record is not None and not is_public(record):
        authors |= find_contributors(record)
    if dependence := find_dependence(user, authors):
        raise PermissionDenied(dependence)


def find_contributors(record: VersionedRecord) -> models.QuerySet[User]:
    """Return who wrote a version under this slug, including that of a draft that was discarded."""
    kind = ContentType.objects.get_for_model(record)
    versions = Version.objects.filter(kind=kind, slug=format_key(serialize_key(record)))
    return User.objects.filter(pk__in=versions.values("by"))


def has_contributed_to(user: User, record: VersionedRecord) -> bool:
    """Return whether the user is one of the contributors of a record."""
    return find_contributors(record).filter(pk=user.pk).exists()
