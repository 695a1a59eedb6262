"""Base ModelAdmin of versioned models: permissions, the form, saving through the editing service, bulk actions."""

from dataclasses import dataclass

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from kb.admin.forms import VersionedModelForm
from kb.admin.history import render_history
from kb.admin.read_only import error_text
from kb.admin.record_actions import RecordActionsMixin
from kb.admin.record_links import link_named_records
from kb.admin.text_cleaning import CleaningAdminMixin
from kb.editorial.content_rules import is_public
from kb.editorial.editing import create_draft, discard_draft, save_or_propose
from kb.editorial.preview import render_preview
from kb.editorial.suggestions import find_own_suggestions, link_suggestions
from kb.models import Change
from kb.permissions import PUBLISH, VIEW, WRITE, is_allowed
from kb.utils.urls import build_form_url, is_key

FORM_CONTROL_FIELDS = {
    "csrfmiddlewaretoken",
    "seen",
    "weighed",
    "answers_to",
    "_save",
    "_send",
    "_next",
    "_preview",
}


class EditRefused(Exception):
    """The editing service refused a valid form; `__cause__` says why."""


@dataclass(frozen=True)
class EditOutcome:
    """What became of a submitted form: a pending change, a preview, or neither where a draft was saved."""

    change: Change | None = None
    preview: HttpResponse | None = None


class VersionedModelAdmin(CleaningAdminMixin, RecordActionsMixin, admin.ModelAdmin):
    """A ModelAdmin that writes through the editing service: into drafts, or as changes that wait for review.

    The form validates and save_model() writes. What only the service can find, such as an edit conflict, rolls the
    request back, and changeform_view() shows the form again with it.
    """

    form = VersionedModelForm
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
        form_class = super().get_form(request, obj, **kwargs)  # Django makes a new class for each call.
        form_class.user, form_class.refusal = request.user, getattr(request, "edit_refusal", None)
        form_class.typed_text = getattr(request, "typed_text", None)
        return form_class

    def get_fieldsets(self, request, obj=None):
        if not self.has_change_permission(request, obj):
            return self.get_record_fieldsets(obj)
        answers = ["answers_to"] if obj and find_own_suggestions(request.user, obj).exists() else []
        return [*self.get_record_fieldsets(obj), ("Why", {"fields": ["why", *answers, "seen", "weighed"]})]

    def get_record_fieldsets(self, record):
        """Return the fieldsets of the record's own fields."""
        return []

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Show the form, or save it; show it again, as it was typed, where it is refused or the session had ended."""
        try:
            response = super().changeform_view(request, object_id, form_url, extra_context)
            if getattr(request, "typed_text", None) and self.has_change_permission(request):
                request.typed_text = None
                messages.warning(request, "Nothing is saved yet: this is what you had typed when your session ended.")
            return response
        except EditRefused as refused:  # Its transaction is rolled back.
            request.edit_refusal = refused.__cause__
            return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(self, request, context, *args, **kwargs):
        """Show the form; what is wrong stands above it, unless it only waits for the user to have seen its impact."""
        form = context["adminform"].form
        if form.is_bound and form.errors and not form.has_only_impact():
            context["error_links"] = form.list_errors()
            form.focus_first_error()
        context["errors"] = None  # Django's own note, which says how many there are and not where.
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request, obj, form, change):
        """Write the form through the editing service, or render its preview; the outcome is kept on the request."""
        try:
            request.edit_outcome = self.save_content(request, obj, form)
        except (ValidationError, PermissionDenied) as error:
            raise EditRefused from error

    def get_changeform_initial_data(self, request):
        """Return the values that the address fills in, without what cannot be the key of a record."""
        relations = {field.name for field in [*self.opts.fields, *self.opts.many_to_many] if field.is_relation}
        return {
            name: value
            for name, value in super().get_changeform_initial_data(request).items()
            if name not in relations or all(map(is_key, [value] if isinstance(value, str) else value))
        }

    def save_content(self, request, record, form):
        """Return the EditOutcome of a valid form; raise what the editing service or the preview raises."""
        if "_preview" in request.POST:
            return EditOutcome(preview=render_preview(request, record, form.content, form.build_resolver()))
        if record.pk:
            seen = form.cleaned_data["seen"] or "nothing"  # A form without its token conflicts with any version.
            outcome = EditOutcome(save_or_propose(record, form.content, form.edit_request, seen))
            if outcome.change:
                link_suggestions(request.user, outcome.change, form.cleaned_data.get("answers_to", ()))
            return outcome
        record.pk = create_draft(self.model, form.content, form.edit_request).pk
        record.refresh_from_db()
        return EditOutcome(Change.objects.for_records(record).first())

    def save_related(self, request, form, formsets, change):
        """Do nothing: the editing service writes the many-to-many fields with the record."""

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:
            messages.error(request, link_named_records(error_text(error)))
            return HttpResponseRedirect(self.filtered_list_url(request))

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """Show the submitted values on a page of their own, where the draft was discarded in the meantime."""
        submitted_values = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in FORM_CONTROL_FIELDS
            for value in values
            if value
        ]
        if not submitted_values:
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        context = self.admin_site.each_context(request) | {
            "title": "This draft was discarded meanwhile",
            "opts": opts,
            "typed": submitted_values,
            "object_id": object_id,
        }
        return TemplateResponse(request, "admin/kb/gone.html", context, status=410)

    def delete_model(self, request, obj):
        discard_draft(request.user, obj)

    def log_addition(self, *args):
        """Do nothing: versions and changes record more than Django's LogEntry."""

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
        """Return the preview, or redirect to the pending change or to the saved draft."""
        outcome = request.edit_outcome
        if outcome.preview:
            return outcome.preview
        kind = capfirst(obj._meta.verbose_name)
        if change := outcome.change:
            result = "sent for review" if change.state == "submitted" else "kept as a change, not sent for review yet"
            text = f"{kind} “{obj}”: {result}. The public sees what it saw before."
            messages.success(request, self.add_list_link(request, text))
            return HttpResponseRedirect(build_form_url(change))
        visibility = "The public does not see it before a published statement cites it."
        if hasattr(obj, "status"):
            visibility = "It is a draft: the public does not see it before somebody else has approved it."
        messages.success(request, self.add_list_link(request, f"{kind} “{obj}” saved. {visibility}"))
        filters = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return HttpResponseRedirect(add_preserved_filters(filters, build_form_url(obj)))

    def filtered_list_url(self, request):
        """Return the address of the list as it was filtered when the user opened a record from it."""
        list_url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        filters = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return add_preserved_filters(filters, list_url)

    def add_list_link(self, request, text):
        """Return a message with a link back to the list, as it was filtered."""
        return format_html('{} <a href="{}">Back to the list</a>', text, self.filtered_list_url(request))

    def history_view(self, request, object_id, extra_context=None):
        return render_history(request, self.model, object_id, self.admin_site)
