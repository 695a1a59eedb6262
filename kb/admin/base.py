"""What the pages of everything have in common whose history is kept: who may do what, the form, what follows a save."""

from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import CharField
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from kb.admin.forms import VersionedModelForm
from kb.admin.history import render_history
from kb.admin.read_only import error_text
from kb.editorial import review
from kb.editorial.content_rules import is_public
from kb.editorial.editing import EditRequest, discard_draft, save_or_propose
from kb.permissions import PUBLISH, VIEW, WRITE, is_allowed

FORM_CONTROL_FIELDS = {"csrfmiddlewaretoken", "seen", "weighed", "_save", "_send", "_preview"}


class ReasonActionForm(ActionForm):
    """What is done to many records at once has its reason too."""

    why = CharField(required=False, max_length=500, label="Why (once it is published, everybody can read it)")


class VersionedModelAdmin(admin.ModelAdmin):
    """Every form hands what was written to the editing service, which decides what becomes of it."""

    form = VersionedModelForm
    action_form = ReasonActionForm
    actions = ["send_for_review", "confirm"]
    change_form_template = "admin/kb/record.html"
    save_on_top = False

    def has_module_permission(self, request):
        return is_allowed(request.user, VIEW)

    def has_view_permission(self, request, obj=None):
        return is_allowed(request.user, VIEW)

    def has_add_permission(self, request):
        return is_allowed(request.user, WRITE)

    def has_change_permission(self, request, obj=None):
        return is_allowed(request.user, WRITE)

    def has_delete_permission(self, request, obj=None):
        return is_allowed(request.user, WRITE) and not (obj and is_public(obj))

    def has_publish_permission(self, request):
        return is_allowed(request.user, PUBLISH)

    def get_actions(self, request):
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def get_form(self, request, obj=None, **kwargs):
        return type("Form", (super().get_form(request, obj, **kwargs),), {"request": request})

    def get_fieldsets(self, request, obj=None):
        writes = self.has_change_permission(request, obj)
        return [*self.get_record_fieldsets(obj), *([("Why", {"fields": ["why", "seen", "weighed"]})] if writes else [])]

    def get_record_fieldsets(self, record):
        """The fields of the form, in groups."""
        return []

    def save_form(self, request, form, change):
        return form.instance

    def save_model(self, request, obj, form, change):
        """Nothing more: the form has handed it over."""

    def save_related(self, request, form, formsets, change):
        form.instance.pending_change, form.instance.preview_response = form.pending_change, form.preview_response

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:
            messages.error(request, error_text(error))
            return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Who saves what somebody discarded meanwhile keeps what was typed."""
        typed = [(n, v) for n, values in request.POST.lists() if n not in FORM_CONTROL_FIELDS for v in values if v]
        if not typed:
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        shown = {"title": "This draft was discarded meanwhile", "opts": opts, "typed": typed, "object_id": object_id}
        context = self.admin_site.each_context(request) | shown
        return TemplateResponse(request, "admin/kb/gone.html", context, status=410)

    def delete_model(self, request, obj):
        discard_draft(request.user, obj)

    def log_addition(self, *args):
        """The history keeps more than the admin's own log would."""

    log_change = log_deletions = log_addition

    def response_add(self, request, obj, post_url_continue=None):
        return (
            super().response_add(request, obj)
            if IS_POPUP_VAR in request.POST
            else self.response_after_save(request, obj)
        )

    def response_change(self, request, obj):
        return (
            super().response_change(request, obj)
            if IS_POPUP_VAR in request.POST
            else self.response_after_save(request, obj)
        )

    def response_after_save(self, request, obj):
        """Where somebody stands who has saved: at the change that waits, or at the draft; or at the page to come."""
        if obj.preview_response:
            return obj.preview_response
        kind = capfirst(obj._meta.verbose_name)
        if change := obj.pending_change:
            words = "sent for review" if change.state == "submitted" else "kept as a change, not sent for review yet"
            messages.success(request, f"{kind} “{obj}”: {words}. The public sees what it saw before.")
            return HttpResponseRedirect(reverse("admin:kb_change_change", args=[change.pk]))
        words = "The public does not see it before a published statement cites it."
        if hasattr(obj, "status"):
            words = "It is a draft: the public does not see it before somebody else has approved it."
        messages.success(request, f"{kind} “{obj}” saved. {words}")
        return HttpResponseRedirect(self.change_form_url(obj))

    def change_form_url(self, record):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[record.pk])

    def history_view(self, request, object_id, extra_context=None):
        return render_history(request, self.model, object_id, self.admin_site)

    @admin.action(description="Send the selected drafts for review", permissions=["change"])
    def send_for_review(self, request, queryset):
        def send(record):
            if is_public(record):
                raise ValidationError("It is no draft: its changes are sent one by one.")
            save_or_propose(record, {}, EditRequest(request.user, request.POST.get("why", ""), "bulk", submit=True))

        self.apply_to_each(request, queryset, send, "sent for review")

    @admin.action(description="Confirm: reviewed against the sources, and it stands", permissions=["publish"])
    def confirm(self, request, queryset):
        self.apply_to_each(
            request, queryset, lambda record: review.confirm_review(request.user, record), "confirmed as reviewed"
        )

    def apply_to_each(self, request, queryset, act, words):
        """Do one thing to each of many records, and tell for which it could not be done, and why."""
        done = 0
        for record in queryset:
            try:
                act(record)
                done += 1
            except (ValidationError, PermissionDenied) as error:
                link = format_html('<a href="{}">{}</a>', self.change_form_url(record), record)
                messages.error(request, format_html("{}: {}", link, error_text(error)))
        if done:
            messages.success(request, f"{done} {words}.")
