"""Lockouts after failed sign-ins (django-axes): when they end, the page that says so, and how to lift them."""

from http import HTTPStatus
from math import ceil

from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from axes.utils import reset
from django.contrib import admin
from django.shortcuts import render
from django.utils import timezone

from kb.accounts.audit_log import AccountEventType, log_account_event


def get_lockout_end(username, ip):
    """Return when the lockout of a user from an IP address ends; None if there is none.

    It ends once enough failures are older than the cool-off for the rest to be below the limit.
    """
    cool_off, limit = get_cool_off(), get_failure_limit(None, None)
    attempts = AccessAttempt.objects.filter(username=username, ip_address=ip)
    recent = attempts.filter(attempt_time__gte=timezone.now() - cool_off).order_by("attempt_time")
    failures, until = sum(attempt.failures_since_start for attempt in recent), None
    for attempt in recent:
        if failures < limit:
            break
        failures, until = failures - attempt.failures_since_start, attempt.attempt_time + cool_off
    return until


def list_lockouts(username):
    """Return the IP addresses from which a user is locked out, each with the time at which that ends."""
    ips = AccessAttempt.objects.filter(username=username).order_by().values_list("ip_address", flat=True)
    lockouts = ((ip, get_lockout_end(username, ip)) for ip in ips.distinct())
    return [(ip, until) for ip, until in lockouts if until]


def lift_lockout(username, ip=None):
    """Forget the failed sign-ins of a user, from one IP address or from all; return whether there were any."""
    if not reset(ip=ip, username=username):
        return False
    log_account_event(AccountEventType.RELEASED, username, detail=f"from {ip}" if ip else "")
    return True


def render_lockout_page(request, response, credentials):
    """Return the page that tells of a lockout and of the time to wait (the setting AXES_LOCKOUT_CALLABLE)."""
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
    response = render(request, "admin/locked.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"], response["Cache-Control"] = seconds, "no-store"
    return response
