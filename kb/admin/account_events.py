"""What administrators see of signing in: what happened to accounts, and whose sign-ins failed."""

from axes.models import AccessAttempt
from django.contrib import admin, messages
from django.utils.dateformat import format as dated
from django.utils.timezone import localtime

from kb.accounts.lockouts import get_lockout_end, lift_lockout
from kb.admin.users import AdministratorOnlyMixin
from kb.models import AccountEvent


class AdministratorReadOnlyMixin(AdministratorOnlyMixin):
    """A list to read: nothing in it is added, changed or deleted by hand."""

    def forbidden(self, request, obj=None):
        return False

    has_add_permission = has_change_permission = has_delete_permission = forbidden


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
    """Failed sign-ins that still count; whoever is locked out may be let in before the time."""

    title = "Failed sign-ins that count"
    list_display = ["username", "ip_address", "failures_since_start", "attempt_time", "locked"]
    search_fields = ["username", "=ip_address"]
    list_display_links = None
    actions = ["let_in"]

    @admin.display(description="locked out")
    def locked(self, attempt):
        until = get_lockout_end(attempt.username, attempt.ip_address)
        return f"until {dated(localtime(until), 'H:i')} (UTC)" if until else "no"

    @admin.action(description="Forget the failures, so that they can sign in at once")
    def let_in(self, request, queryset):
        for username, address in set(queryset.values_list("username", "ip_address")):
            lift_lockout(username, address)
        messages.success(request, "They can try again at once.")
