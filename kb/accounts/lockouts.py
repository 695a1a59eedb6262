"""Who failed too often waits: who is locked out, until when, how it is told, and how it ends sooner."""

from http import HTTPStatus
from math import ceil

from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from axes.utils import reset
from django.contrib import admin
from django.shortcuts import render
from django.utils import timezone

from kb.accounts.audit_log import AccountEventType, log_account_event


def get_lockout_end(username, address):
    """When a lockout ends, which is as soon as enough of the failures are long ago; None if there is none."""
    cool_off, limit = get_cool_off(), get_failure_limit(None, None)
    attempts = AccessAttempt.objects.filter(username=username, ip_address=address)
    recent = attempts.filter(attempt_time__gte=timezone.now() - cool_off).order_by("attempt_time")
    left, until = sum(attempt.failures_since_start for attempt in recent), None
    for attempt in recent:
        if left < limit:
            break
        left, until = left - attempt.failures_since_start, attempt.attempt_time + cool_off
    return until


def list_lockouts(username):
    """Each address from which somebody is locked out, with the time until when."""
    addresses = AccessAttempt.objects.filter(username=username).order_by().values_list("ip_address", flat=True)
    found = ((address, get_lockout_end(username, address)) for address in addresses.distinct())
    return [(address, until) for address, until in found if until]


def lift_lockout(username, address=None):
    """Let somebody try again at once, from one address or from all; whether there was anything to forget."""
    if not reset(ip=address, username=username):
        return False
    log_account_event(AccountEventType.RELEASED, username, detail=f"from {address}" if address else "")
    return True


def render_lockout_page(request, response, credentials):
    """The page that tells of a lockout and of the time to wait, in place of the form."""
    username = (credentials or {}).get("username") or ""
    until = get_lockout_end(username, request.axes_ip_address) or timezone.now()
    seconds = max(1, ceil((until - timezone.now()).total_seconds()))
    context = {
        **admin.site.each_context(request),
        "title": "Too many failed sign-ins",
        "username": username,
        "until": until,
        "minutes": ceil(seconds / 60),
        "limit": get_failure_limit(request, credentials),
    }
    answer = render(request, "admin/locked.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    answer["Retry-After"], answer["Cache-Control"] = seconds, "no-store"
    return answer
