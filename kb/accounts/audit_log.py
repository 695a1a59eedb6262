"""Writes down what happens to accounts: whoever does it, from wherever, on whatever way."""

from contextvars import ContextVar

from axes.signals import user_locked_out
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_save, pre_save

from kb.models import AccountEvent
from kb.utils.client_ip import address_of

What = AccountEvent.What
current = ContextVar("current", default=None)


def remember(get_response):
    """Middleware: keeps the request at hand, so that an event can say who did it, and from where."""

    def middleware(request):
        token = current.set(request)
        try:
            return get_response(request)
        finally:
            current.reset(token)

    return middleware


def note(what, username, *, request=None, detail=""):
    """Write down what happened to somebody's account."""
    request = request or current.get()
    actor = request.user.get_username() if hasattr(request, "user") else ""  # Nobody's user name is empty.
    return AccountEvent.objects.create(
        what=what,
        username=username[:150],
        by="" if actor == username else actor,
        address=address_of(request) if request else None,
        browser=request.META.get("HTTP_USER_AGENT", "")[:255] if request else "",
        detail=detail[:255],
    )


def signed_in(sender, request, user, **kwargs):
    note(What.SIGNED_IN, user.get_username(), request=request)


def signed_out(sender, request, user, **kwargs):
    if user:
        note(What.SIGNED_OUT, user.get_username(), request=request)


def failed(sender, credentials, request=None, **kwargs):
    if not getattr(request, "axes_locked_out", False):  # Else it is told as a lockout.
        note(What.FAILED, credentials.get("username") or "", request=request)


def locked(sender, request, username, **kwargs):
    note(What.LOCKED, username or "", request=request)


def account_changes(sender, instance, raw, update_fields, **kwargs):
    """Before an account is saved: what will have changed of it that matters."""
    instance.happened = []
    if raw or (update_fields and not {"password", "is_active"} & set(update_fields)):
        return
    before = sender.objects.filter(pk=instance.pk).first() if instance.pk else None
    if before is None:
        instance.happened.append(What.CREATED)
        return
    rehashed = bool(update_fields) and instance._password is None  # By Django, at a sign-in, with more rounds.
    if before.password != instance.password and not rehashed:
        instance.happened.append(What.PASSWORD)
    if before.is_active != instance.is_active:
        instance.happened.append(What.REOPENED if instance.is_active else What.CLOSED)


def account_saved(sender, instance, **kwargs):
    for what in instance.happened:
        note(what, instance.get_username())


def roles_changed(sender, instance, action, reverse, pk_set, model, **kwargs):
    """Roles given or taken away, from the side of the person or of the role."""
    what = {"post_add": What.GIVEN, "post_remove": What.TAKEN, "pre_clear": What.TAKEN}.get(action)
    if what is None or (action != "pre_clear" and not pk_set):
        return
    if action == "pre_clear":
        others = instance.user_set.all() if reverse else instance.groups.all()
    else:
        others = model.objects.filter(pk__in=pk_set)
    for other in others:
        person, role = (other, instance) if reverse else (instance, other)
        note(what, person.get_username(), detail=role.name)


def listen():
    """Hear of everything that is to be written down."""
    user = get_user_model()
    user_logged_in.connect(signed_in)
    user_logged_out.connect(signed_out)
    user_login_failed.connect(failed)
    user_locked_out.connect(locked)
    pre_save.connect(account_changes, sender=user)
    post_save.connect(account_saved, sender=user)
    m2m_changed.connect(roles_changed, sender=user.groups.through)
