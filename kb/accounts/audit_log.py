"""Writes down what happens to accounts: whoever does it, from wherever, on whatever way."""

from contextvars import ContextVar

from axes.signals import user_locked_out
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import m2m_changed, post_save, pre_save

from kb.models import AccountEvent
from kb.utils.client_ip import client_ip

AccountEventType = AccountEvent.EventType
current_request = ContextVar("current", default=None)


def current_request_middleware(get_response):
    """Middleware: keeps the request at hand, so that an event can say who did it, and from where."""

    def middleware(request):
        token = current_request.set(request)
        try:
            return get_response(request)
        finally:
            current_request.reset(token)

    return middleware


def log_account_event(what, username, *, request=None, detail=""):
    """Write down what happened to somebody's account."""
    request = request or current_request.get()
    actor = request.user.get_username() if hasattr(request, "user") else ""  # Nobody's user name is empty.
    return AccountEvent.objects.create(
        what=what,
        username=username[:150],
        by="" if actor == username else actor,
        address=client_ip(request) if request else None,
        browser=request.META.get("HTTP_USER_AGENT", "")[:255] if request else "",
        detail=detail[:255],
    )


def log_sign_in(sender, request, user, **kwargs):
    log_account_event(AccountEventType.SIGNED_IN, user.get_username(), request=request)


def log_sign_out(sender, request, user, **kwargs):
    if user:
        log_account_event(AccountEventType.SIGNED_OUT, user.get_username(), request=request)


def log_failed_sign_in(sender, credentials, request=None, **kwargs):
    if not getattr(request, "axes_locked_out", False):  # Else it is told as a lockout.
        log_account_event(AccountEventType.FAILED, credentials.get("username") or "", request=request)


def log_lockout(sender, request, username, **kwargs):
    log_account_event(AccountEventType.LOCKED, username or "", request=request)


def detect_account_changes(sender, instance, raw, update_fields, **kwargs):
    """Before an account is saved: what will have changed of it that matters."""
    instance.pending_events = []
    if raw or (update_fields and not {"password", "is_active"} & set(update_fields)):
        return
    before = sender.objects.filter(pk=instance.pk).first() if instance.pk else None
    if before is None:
        instance.pending_events.append(AccountEventType.CREATED)
        return
    rehashed = bool(update_fields) and instance._password is None  # By Django, at a sign-in, with more rounds.
    if before.password != instance.password and not rehashed:
        instance.pending_events.append(AccountEventType.PASSWORD)
    if before.is_active != instance.is_active:
        instance.pending_events.append(AccountEventType.REOPENED if instance.is_active else AccountEventType.CLOSED)


def log_account_changes(sender, instance, **kwargs):
    for what in instance.pending_events:
        log_account_event(what, instance.get_username())


def log_role_changes(sender, instance, action, reverse, pk_set, model, **kwargs):
    """Roles given or taken away, from the side of the person or of the role."""
    what = {
        "post_add": AccountEventType.GIVEN,
        "post_remove": AccountEventType.TAKEN,
        "pre_clear": AccountEventType.TAKEN,
    }.get(action)
    if what is None or (action != "pre_clear" and not pk_set):
        return
    if action == "pre_clear":
        others = instance.user_set.all() if reverse else instance.groups.all()
    else:
        others = model.objects.filter(pk__in=pk_set)
    for other in others:
        person, role = (other, instance) if reverse else (instance, other)
        log_account_event(what, person.get_username(), detail=role.name)


def connect_signal_handlers():
    """Hear of everything that is to be written down."""
    user = get_user_model()
    user_logged_in.connect(log_sign_in)
    user_logged_out.connect(log_sign_out)
    user_login_failed.connect(log_failed_sign_in)
    user_locked_out.connect(log_lockout)
    pre_save.connect(detect_account_changes, sender=user)
    post_save.connect(log_account_changes, sender=user)
    m2m_changed.connect(log_role_changes, sender=user.groups.through)
