"""API tokens of programs: issued and revoked by administrators."""

from django import forms
from django.contrib import admin
from django.db import models
from django.template.response import TemplateResponse

from kb.admin.text_cleaning import CleaningAdminMixin, TextCleaningMixin
from kb.admin.users import AdministratorOnlyMixin
from kb.choices import TokenScope
from kb.models import ApiToken


class ApiTokenForm(TextCleaningMixin, forms.ModelForm):
    """The form of a new token; it is validated before the secret is made."""

    class Meta:
        model = ApiToken
        fields = ["user", "name", "scopes", "expiry"]
        help_texts = {"user": "The person in whose name it sends; they need no role."}


@admin.register(ApiToken)
class ApiTokenAdmin(CleaningAdminMixin, AdministratorOnlyMixin, admin.ModelAdmin):
    """ModelAdmin of API tokens: added and deleted, never changed; the secret is shown once, right after it is made."""

    title = "Tokens of programs"
    form = ApiTokenForm
    fields = ["user", "name", "scopes", "expiry"]
    formfield_overrides = {
        models.DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
        }
    }
    autocomplete_fields = ["user"]
    list_display = ["name", "user", "allowed", "created", "expiry", "beginning"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "token_key"]

    def has_change_permission(self, request, obj=None):
        return False

    def get_fields(self, request, obj=None):
        return [*self.fields, *(["created", "beginning"] if obj else [])]

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        if user := form.base_fields.get("user"):  # Users have pages of their own.
            user.widget.can_add_related = user.widget.can_change_related = user.widget.can_view_related = False
        return form

    def get_changeform_initial_data(self, request):
        return {"scopes": [TokenScope.SUGGEST.value]} | super().get_changeform_initial_data(request)

    def render_change_form(self, request, context, **kwargs):
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, **kwargs)

    def save_model(self, request, obj, form, change):
        obj.secret = obj.issue()

    def response_add(self, request, obj, post_url_continue=None):
        """Show the secret in this response, once: a redirect would have to store it somewhere."""
        context = self.admin_site.each_context(request) | {"title": "Token made", "opts": self.opts, "token": obj}
        return TemplateResponse(request, "admin/kb/apitoken/made.html", context)

    @admin.display(description="may")
    def allowed(self, token):
        return ", ".join(token.scopes)

    @admin.display(description="begins with", ordering="token_key")
    def beginning(self, token):
        return f"{token.token_key[:8]}…"
