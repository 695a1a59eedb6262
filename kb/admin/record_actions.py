"""The actions of the lists of records: send drafts for review, and confirm what was reviewed."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import CharField
from django.utils.html import format_html

from kb.admin.read_only import error_text
from kb.admin.record_links import link_named_records
from kb.admin.text_cleaning import read_posted_text
from kb.editorial import confirmation
from kb.editorial.content_rules import is_public
from kb.editorial.editing import EditRequest, save_or_propose
from kb.utils.urls import build_form_url


class ReasonActionForm(ActionForm):
    """The form of bulk actions, with a reason."""

    why = CharField(required=False, max_length=500, label="Why (once it is published, everybody can read it)")


class RecordActionsMixin:
    """Adds the actions on several records at once, each with a reason; a mixin of admins of versioned models."""

    action_form = ReasonActionForm
    actions = ["send_for_review", "confirm"]

    @admin.action(description="Send the selected drafts for review", permissions=["change"])
    def send_for_review(self, request, queryset):
        why = read_posted_text(request, "why")

        def submit(record):
            if is_public(record):
                raise ValidationError("It is no draft: its changes are sent one by one.")
            save_or_propose(record, {}, EditRequest(request.user, why, "bulk", submit=True))

        self.apply_to_each(request, queryset, submit, "sent for review")

    @admin.action(description="Confirm: reviewed against the sources, and it stands", permissions=["publish"])
    def confirm(self, request, queryset):
        self.apply_to_each(
            request, queryset, lambda record: confirmation.confirm_review(request.user, record), "confirmed as reviewed"
        )

    def apply_to_each(self, request, queryset, action, message):
        """Apply an action to each record; show which ones it was refused for and why, and how many it was done for."""
        count = 0
        for record in queryset:
            try:
                action(record)
                count += 1
            except (ValidationError, PermissionDenied) as error:
                link = format_html('<a href="{}">{}</a>', build_form_url(record), record)
                messages.error(request, format_html("{}: {}", link, link_named_records(error_text(error))))
        if count:
            messages.success(request, f"{count} {message}.")
