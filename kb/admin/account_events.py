"""Read-only lists of account events and of failed sign-ins, for administrators."""

from axes.models import AccessAttempt
from django.contrib import admin, messages
from django.utils.dateformat import format as format_date
from django.utils.timezone import localtime

from kb.accounts.lockouts import get_lockout_end, lift_lockout
from kb.admin.users import AdministratorOnlyMixin
from kb.models import AccountEvent


class AdministratorReadOnlyMixin(AdministratorOnlyMixin):
    """A list for administrators in which rows cannot be added, changed or deleted."""

    def deny_permission(self, request, obj=None):
        return False

    has_add_permission = has_change_permission = has_delete_permission = deny_permission


@admin.register(AccountEvent)
class AccountEventAdmin(AdministratorReadOnlyMixin, admin.ModelAdmin):
    title = "What happened to accounts"
    list_display = ["at", "username", "event", "origin"]
    list_filter = ["what", "at"]
    search_fields = ["username", "by", "=address", "detail"]
    search_help_text = "A user name, an address or a role."
    date_hierarchy = "at"
    list_per_page = 100

    @admin.display(description="what", ordering="what")
    def event(self, event):
        return f"{event.get_what_display()}: {event.detail}" if event.detail else event.get_what_display()

    @admin.display(description="by whom, from where", ordering="by")
    def origin(self, event):
        if not event.address:
            return "by a command on the server"
        return f"by {event.by}, from {event.address}" if event.by else f"from {event.address}"


@admin.register(AccessAttempt)
class AccessAttemptAdmin(AdministratorReadOnlyMixin, admin.ModelAdmin):
    """Failed sign-ins that still count, with an action that lifts the lock-out before its end."""

    title = "Failed sign-ins that count"
    list_display = ["username", "ip_address", "failures_since_start", "attempt_time", "locked"]
    search_fields = ["username", "=ip_address"]
    list_display_links = None
    actions = ["let_in"]

    @admin.display(description="locked out")
    def locked(self, attempt):
        until = get_lockout_end(attempt.username, attempt.ip_address)
        return f"until {format_date(localtime(until), 'H:i')} (UTC)" if until else "no"

    @admin.action(description="Forget the failures, so that they can sign in at once")
    def let_in(self, request, queryset):
        for username, address in set(queryset.values_list("username", "ip_address")):
            lift_lockout(username, address)
        messages.success(request, "They can try again at once.")
