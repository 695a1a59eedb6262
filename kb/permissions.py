"""Permissions and roles: four roles, each a group of users, and the permissions that each holds."""

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
# Permissions that need a second factor if the setting TWO_FACTOR is on.
SECOND_FACTOR_PERMISSIONS = [PUBLISH, ADMINISTER]
# Each role also holds the permissions of the one before it.
ROLES = {
    role: list(PERMISSIONS)[: index + 1] for index, role in enumerate(["viewer", "editor", "reviewer", "administrator"])
}


def is_allowed(user: "User | AnonymousUser | None", permission: str) -> bool:
    """Return whether an active user holds a permission."""
    return user is not None and user.is_active and user.has_perm(permission)


def needs_second_factor(user: "User | AnonymousUser") -> bool:
    """Return whether a user holds a permission that needs a second factor, so that a password alone is not enough."""
    return settings.TWO_FACTOR and any(is_allowed(user, permission) for permission in SECOND_FACTOR_PERMISSIONS)


def is_verified(user: "User | AnonymousUser") -> bool:
    """Return whether a user has given a code in this session; always false outside of a session."""
    return getattr(user, "is_verified", lambda: False)()


def require_permission(user: "User | AnonymousUser", permission: str) -> None:
    """Raise PermissionDenied unless a user holds a permission and has given a code if it needs a second factor."""
    if not is_allowed(user, permission):
        role = next(name for name, permissions in ROLES.items() if permission in permissions)
        raise PermissionDenied(f"To {PERMISSIONS[permission]} takes the role of {role}.")
    if permission in SECOND_FACTOR_PERMISSIONS and needs_second_factor(user) and not is_verified(user):
        raise PermissionDenied(f"To {PERMISSIONS[permission]} takes a second factor: sign in with a code as well.")
