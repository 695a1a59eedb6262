"""Who may do what: four roles, each a group, and the permissions that they hold."""

from django.core.exceptions import PermissionDenied

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
# Each role may do what the one before it may.
ROLES = {
    role: list(PERMISSIONS)[: place + 1] for place, role in enumerate(["viewer", "editor", "reviewer", "administrator"])
}


def may(user, permission):
    """Whether somebody may do something."""
    return user is not None and user.is_active and user.has_perm(permission)


def require(user, permission):
    """Refuse whoever may not do something, and say who may."""
    if not may(user, permission):
        role = next(name for name, held in ROLES.items() if permission in held)
        raise PermissionDenied(f"To {PERMISSIONS[permission]} takes the role of {role}.")
