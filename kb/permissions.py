"""Who may do what: four roles, each a group, and the permissions that they hold."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

VIEW = "kb.view_knowledge"
WRITE = "kb.write_knowledge"
PUBLISH = "kb.publish_knowledge"
ADMINISTER = "kb.administer_knowledge"

PERMISSIONS = {
    VIEW: "read what is in the admin, drafts and history included",
    WRITE: "write drafts and propose changes",
    PUBLISH: "approve, send back or reject what somebody else proposed",
    ADMINISTER: "look after people, tokens and sign-ins",
}
# What takes a second factor, where TWO_FACTOR is on.
SECOND_FACTOR_PERMISSIONS = [PUBLISH, ADMINISTER]
# Each role may do what the one before it may.
ROLES = {
    role: list(PERMISSIONS)[: place + 1] for place, role in enumerate(["viewer", "editor", "reviewer", "administrator"])
}


def is_allowed(user: "User | AnonymousUser | None", permission: str) -> bool:
    """Whether somebody may do something."""
    return user is not None and user.is_active and user.has_perm(permission)


def needs_second_factor(user: "User | AnonymousUser") -> bool:
    """Whether somebody may do what takes a second factor, so that a password alone is not enough for them."""
    return settings.TWO_FACTOR and any(is_allowed(user, permission) for permission in SECOND_FACTOR_PERMISSIONS)


def is_verified(user: "User | AnonymousUser") -> bool:
    """Whether somebody has shown a second factor in this session; outside of one, nobody has."""
    return getattr(user, "is_verified", lambda: False)()


def require_permission(user: "User | AnonymousUser", permission: str) -> None:
    """Refuse whoever may not do something, or has not shown the second factor that it takes, and say so."""
    if not is_allowed(user, permission):
        role = next(name for name, held in ROLES.items() if permission in held)
        raise PermissionDenied(f"To {PERMISSIONS[permission]} takes the role of {role}.")
    if permission in SECOND_FACTOR_PERMISSIONS and needs_second_factor(user) and not is_verified(user):
        raise PermissionDenied(f"To {PERMISSIONS[permission]} takes a second factor: sign in with a code as well.")
