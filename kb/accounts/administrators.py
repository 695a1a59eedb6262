"""Somebody can always look after accounts: the last active administrator, and the last active superuser, stay.

Held by signals, so that it holds on every way: forms, commands, a shell. `manage.py restore_administrator` is the way
back in where it was lost all the same (SQL, a restored database).
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.db.models.signals import m2m_changed, pre_delete, pre_save

from kb.permissions import ADMINISTER
from kb.utils.locks import ADMINISTRATORS_LOCK_ID, lock_until_commit

Memberships = User.groups.through


class LastAdministratorError(PermissionDenied):
    """After this, nobody who can sign in could look after accounts."""


def find_administrators(lost_memberships: Q | None = None) -> set[int]:
    """Return the keys of active users who may administer; `lost_memberships` are those of groups to leave out."""
    app_label, codename = ADMINISTER.split(".")
    permission = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
    memberships = Memberships.objects.filter(group__permissions__in=permission)
    if lost_memberships is not None:
        memberships = memberships.exclude(lost_memberships)
    holders = Q(is_superuser=True) | Q(user_permissions__in=permission) | Q(pk__in=memberships.values("user"))
    return set(User.objects.filter(holders, is_active=True).values_list("pk", flat=True))


def require_remaining(before: Iterable[int], after: Iterable[int], role: str) -> None:
    """Raise LastAdministratorError if there was somebody of a role, and nobody stays."""
    if set(before) and not set(after):
        raise LastAdministratorError(f"This is the last active {role}: make another one first.")


def refuse_losing_user(user: User, *, stays_active: bool, stays_superuser: bool) -> None:
    """Raise LastAdministratorError if an account is the last of a role, and would not be that any more."""
    lock_until_commit(ADMINISTRATORS_LOCK_ID)  # Two administrators who close each other's account wait for each other.
    superusers = set(User.objects.filter(is_superuser=True, is_active=True).values_list("pk", flat=True))
    if not (stays_active and stays_superuser):
        require_remaining(superusers, superusers - {user.pk}, "superuser")
    administrators = find_administrators()
    is_one_without = User.objects.filter(pk=user.pk, groups__permissions__codename=ADMINISTER.split(".")[1]).exists()
    if not (stays_active and (stays_superuser or is_one_without)):
        require_remaining(administrators, administrators - {user.pk}, "administrator")


def check_saved_user(sender: type[User], instance: User, raw: bool, update_fields: Any = None, **kwargs: Any) -> None:
    is_relevant = not update_fields or {"is_active", "is_superuser"} & set(update_fields)
    if instance.pk and is_relevant and not raw and not (instance.is_active and instance.is_superuser):
        refuse_losing_user(instance, stays_active=instance.is_active, stays_superuser=instance.is_superuser)


def check_deleted_user(sender: type[User], instance: User, **kwargs: Any) -> None:
    refuse_losing_user(instance, stays_active=False, stays_superuser=False)


def refuse_losing_memberships(lost: Q) -> None:
    """Raise LastAdministratorError if without these memberships nobody would be an administrator."""
    lock_until_commit(ADMINISTRATORS_LOCK_ID)
    require_remaining(find_administrators(), find_administrators(lost), "administrator")


def check_lost_groups(
    sender: Any, instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **kwargs: Any
) -> None:
    """Before groups are taken from a user, or users from a group."""
    if action in ("pre_remove", "pre_clear"):
        own, others = ("group", "user") if reverse else ("user", "group")
        lost = Q(**{own: instance.pk})
        refuse_losing_memberships(lost if pk_set is None else lost & Q(**{f"{others}__in": pk_set}))


def check_deleted_group(sender: type[Group], instance: Group, **kwargs: Any) -> None:
    refuse_losing_memberships(Q(group=instance.pk))


def connect_signal_handlers() -> None:
    """Connect the handlers of what could take the last administrator away."""
    pre_save.connect(check_saved_user, sender=User)
    pre_delete.connect(check_deleted_user, sender=User)
    pre_delete.connect(check_deleted_group, sender=Group)
    m2m_changed.connect(check_lost_groups, sender=Memberships)
