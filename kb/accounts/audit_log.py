"""Audit log of account events (sign-in, lockout, roles, passwords, second factor), recorded from signals."""

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
    """Middleware: keep the current request in a context variable, so that events tell who caused them, from where."""

    def middleware(request):
        token = current_request.set(request)
        try:
            return get_response(request)
        finally:
            current_request.reset(token)

    return middleware


def log_account_event(event_type, username, *, request=None, detail=""):
    """Record an event of an account, with the user, address and browser of the request (by default the current one)."""
    request = request or current_request.get()
    actor = request.user.get_username() if hasattr(request, "user") else ""  # An anonymous user has an empty name.
    return AccountEvent.objects.create(
        what=event_type,
        username=username[:150],
        by="" if actor == username else actor,
        address=client_ip(request) if request else None,
        on_server=request is None,
        browser=request.META.get("HTTP_USER_AGENT", "")[:255] if request else "",
        detail=detail[:255],
    )


def log_sign_in(sender, request, user, **kwargs):
    log_account_event(AccountEventType.SIGNED_IN, user.get_username(), request=request)


def log_sign_out(sender, request, user, **kwargs):
    if user:
        log_account_event(AccountEventType.SIGNED_OUT, user.get_username(), request=request)


def log_failed_sign_in(sender, credentials, request=None, **kwargs):
    if not getattr(request, "axes_locked_out", False):  # Else log_lockout records it.
        log_account_event(AccountEventType.FAILED, credentials.get("username") or "", request=request)


def log_lockout(sender, request, username, **kwargs):
    log_account_event(AccountEventType.LOCKED, username or "", request=request)


def detect_account_changes(sender, instance, raw, update_fields, **kwargs):
    """Before an account is saved, note the events that its changes amount to in `pending_events`."""
    instance.pending_events = []
    if raw or (update_fields and not {"password", "is_active"} & set(update_fields)):
        return
    before = sender.objects.filter(pk=instance.pk).first() if instance.pk else None
    if before is None:
        instance.pending_events.append(AccountEventType.CREATED)
        return
    rehashed = bool(update_fields) and instance._password is None  # Django upgrades the hash at sign-in.
    if before.password != instance.password and not rehashed:
        instance.pending_events.append(AccountEventType.PASSWORD)
    if before.is_active != instance.is_active:
        instance.pending_events.append(AccountEventType.REOPENED if instance.is_active else AccountEventType.CLOSED)


def log_account_changes(sender, instance, **kwargs):
    for event_type in instance.pending_events:
        log_account_event(event_type, instance.get_username())


def log_role_changes(sender, instance, action, reverse, pk_set, model, **kwargs):
    """Record roles that are given or taken away, whether through `user.groups` or through `group.user_set`."""
    event_type = {
        "post_add": AccountEventType.GIVEN,
        "post_remove": AccountEventType.TAKEN,
        "pre_clear": AccountEventType.TAKEN,
    }.get(action)
    if event_type is None or (action != "pre_clear" and not pk_set):
        return
    if action == "pre_clear":
        counterparts = instance.user_set.all() if reverse else instance.groups.all()
    else:
        counterparts = model.objects.filter(pk__in=pk_set)
    for counterpart in counterparts:
        user, role = (counterpart, instance) if reverse else (instance, counterpart)
        log_account_event(event_type, user.get_username(), detail=role.name)


def connect_signal_handlers():
    """Connect the handlers of sign-in signals and of changes to accounts."""
    user = get_user_model()
    user_logged_in.connect(log_sign_in)
    user_logged_out.connect(log_sign_out)
    user_login_failed.connect(log_failed_sign_in)
    user_locked_out.connect(log_lockout)
    pre_save.connect(detect_account_changes, sender=user)
    post_save.connect(log_account_changes, sender=user)
    m2m_changed.connect(log_role_changes, sender=user.groups.through)
