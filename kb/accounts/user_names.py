"""User names that cannot be mistaken for others: no letters that only look like Latin ones, nothing unseen.

Held by a signal, so that it holds on every way: forms, commands, a shell. What is there already stays as it is.
"""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models.signals import pre_save

from kb.utils.fuzzy import fold_spelling, normalize_name
from kb.validators import validate_name

PERSON_NAME_FIELDS = ("username", "first_name", "last_name")


def find_mistakable_name(username: str, own_key: int | None = None) -> str | None:
    """Return the user name of somebody else that differs from this one only by letters that look alike, if any."""
    folded, spelling = normalize_name(username), fold_spelling(username)
    others = User.objects.exclude(pk=own_key).values_list("username", flat=True)
    return next((o for o in others if normalize_name(o) == folded and fold_spelling(o) != spelling), None)


def validate_user(user: User, names: Collection[str] = PERSON_NAME_FIELDS) -> None:
    """Raise ValidationError, by field, if one of these names of a user holds what could be mistaken for another."""
    errors: dict[str, list[str]] = {}
    for field_name in PERSON_NAME_FIELDS:
        if field_name not in names:
            continue
        try:
            validate_name(getattr(user, field_name))
        except ValidationError as error:
            errors[field_name] = error.messages
    is_new_name = "username" in names and "username" not in errors
    if is_new_name and (other := find_mistakable_name(user.username, user.pk)):
        errors["username"] = [f"“{user.username}” looks like “{other}”, who is somebody else: choose another."]
    if errors:
        raise ValidationError(errors)


def check_new_user(sender: type[User], instance: User, raw: bool, **kwargs: Any) -> None:
    if instance._state.adding and not raw:
        validate_user(instance)


def connect_signal_handlers() -> None:
    """Connect the handler that refuses a new user with a name that could be mistaken."""
    pre_save.connect(check_new_user, sender=User)
