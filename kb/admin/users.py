"""User accounts and their roles, removal of a second factor, and release of a lock-out."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.urls import path
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_static import admin as static_admin
from django_otp.plugins.otp_totp import admin as totp_admin

from kb.accounts.lockouts import lift_lockout, list_lockouts
from kb.accounts.two_factor import get_totp_device, remove_two_factor
from kb.accounts.user_names import validate_user
from kb.admin.text_cleaning import CleaningAdminMixin, TextCleaningMixin
from kb.permissions import ADMINISTER, PERMISSIONS, ROLES, is_allowed
from kb.utils.urls import build_form_url


class AdministratorOnlyMixin:
    """Restricts a ModelAdmin to administrators."""

    section = "auth"
    change_list_template = "admin/people_list.html"

    def has_administrator_permission(self, request, obj=None):
        return is_allowed(request.user, ADMINISTER)

    has_module_permission = has_view_permission = has_add_permission = has_administrator_permission
    has_change_permission = has_delete_permission = has_administrator_permission

    def changelist_view(self, request, extra_context=None):
        context = {"title": self.title} if hasattr(self, "title") else {}
        return super().changelist_view(request, context | (extra_context or {}))


class RolesField(forms.ModelMultipleChoiceField):
    """A choice of roles, each with what it may do."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, group):
        may_do = PERMISSIONS[ROLES[group.name][-1]] if group.name in ROLES else ""
        return f"{group.name}: {may_do}" if may_do else group.name


class PersonNamesMixin(TextCleaningMixin):
    """Refuses names of a person that could be mistaken for others, at their field. A mixin of forms of accounts."""

    def _post_clean(self):
        super()._post_clean()
        try:
            validate_user(self.instance, self.changed_data)
        except ValidationError as error:
            self.add_error(None, error)


class UserAccountForm(PersonNamesMixin, UserChangeForm):
    """The form of an account; nobody locks themselves out. What else could is refused by kb.accounts.administrators."""

    def clean(self):
        cleaned = super().clean()
        if self.instance == self.acting_user:
            if not cleaned.get("is_active", True):
                self.add_error("is_active", "You cannot deactivate your own account: ask another administrator.")
            roles = cleaned.get("groups", Group.objects.none())
            is_administrator = roles.filter(permissions__codename=ADMINISTER.partition(".")[2]).exists()
            if not is_administrator and not self.acting_user.is_superuser:
                self.add_error("groups", "You cannot take this role from yourself: ask another administrator.")
        return cleaned


class NewUserForm(PersonNamesMixin, UserCreationForm):
    """The form of a new account."""


class UserPasswordForm(AdminPasswordChangeForm):
    """The form of a new password, without Django's option to disable it: accounts are deactivated instead."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        for field in self.fields.values():
            field.required = True


class UserAccountAdmin(CleaningAdminMixin, AdministratorOnlyMixin, UserAdmin):
    """ModelAdmin of users: they are deactivated, not deleted, since the history refers to them."""

    title = "People"
    form = UserAccountForm
    add_form = NewUserForm
    add_form_template = None
    change_password_form = UserPasswordForm
    list_display = ["username", "name", "roles", "is_active", "two_factor", "last_login"]
    list_filter = ["is_active", "groups"]
    readonly_fields = ["new_password", "last_login", "date_joined", "two_factor", "lockout"]
    identity_fieldset = ("Who it is", {"fields": ["first_name", "last_name", "email"]})
    fieldsets = [
        (None, {"fields": ["username", "new_password"]}),
        identity_fieldset,
        ("What they may do", {"fields": ["is_active", "groups"]}),
        ("Signing in", {"fields": ["last_login", "date_joined", "two_factor", "lockout"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "password1", "password2"]}),
        identity_fieldset,
        ("What they may do", {"fields": ["groups"]}),
    ]
    actions = None
    field_help_texts = {
        "groups": "A role may do what those before it may, so one is enough. Without a role nobody gets in.",
        "is_active": "Take the tick away to keep somebody out at once. Nobody is deleted: the history names them.",
    }

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups", "totpdevice_set")

    def has_change_permission(self, request, obj=None):
        return self.has_administrator_permission(request) and (
            obj is None or not obj.is_superuser or request.user.is_superuser
        )

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return [
            *self.readonly_fields,
            *(["username"] if obj else []),
        ]  # The history and the account events refer to it.

    def get_fieldsets(self, request, obj=None):
        if obj and not self.has_change_permission(request, obj):
            return [(None, {"fields": ["username"]}), *self.fieldsets[1:]]
        return super().get_fieldsets(request, obj)

    def render_change_form(self, request, context, obj=None, **kwargs):
        if obj and self.has_change_permission(request, obj):
            support_context = {
                "is_locked_out": bool(list_lockouts(obj.username)),
                "has_second_factor": bool(get_totp_device(obj)),
            }
            context |= support_context | {"title": "A person and what they may do"}
        elif not obj:
            context |= {"title": "A new person"}
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        person = form.instance
        if person.is_active and not person.is_superuser and not person.groups.exists():
            messages.warning(request, f"“{person}” has no role yet, and cannot get in: choose one, and save again.")

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.acting_user = request.user
        return form

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            field = RolesField(Group.objects.order_by("pk"), label="Role", required=False)
        else:
            field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in self.field_help_texts:
            field.help_text = self.field_help_texts[db_field.name]
        return field

    @admin.display(description="name", ordering="last_name")
    def name(self, person):
        return person.get_full_name() or "–"

    @admin.display(description="password")
    def new_password(self, person):
        return format_html('<a href="{}">Set a new password</a>', "../password/")

    @admin.display(description="role")
    def roles(self, person):
        if person.is_superuser:
            return "everything"
        group_names = {group.name for group in person.groups.all()}
        return ", ".join(role for role in ROLES if role in group_names) or "none"

    @admin.display(description="second factor")
    def two_factor(self, person):
        device = next((device for device in person.totpdevice_set.all() if device.confirmed), None)
        return f"set up on {format_date(device.created_at, 'j F Y')}" if device else "not set up"

    @admin.display(description="locked out")
    def lockout(self, person):
        rows = (
            (address or "this server", format_date(localtime(until), "H:i"))
            for address, until in list_lockouts(person.username)
        )
        return format_html_join("; ", "from {} until {} (UTC)", rows) or "no"

    def get_urls(self):
        actions = {"remove-second-factor": self.remove_second_factor, "release-lockout": self.release_lockout}
        views = {name: self.admin_site.admin_view(self.build_action_view(action)) for name, action in actions.items()}
        return [
            *(path(f"<id>/{name}/", view, name=f"auth_user_{name}") for name, view in views.items()),
            *super().get_urls(),
        ]

    def build_action_view(self, action):
        """Return a POST view that applies an action to one user, logs it and shows its message."""

        def view(request, id):
            person = self.get_object(request, id)
            if person is None:
                raise Http404
            if not self.has_change_permission(request, person):
                raise PermissionDenied
            message = action(person)
            self.log_change(request, person, message)
            messages.success(request, message)
            return HttpResponseRedirect(build_form_url(person))

        return require_POST(view)

    def remove_second_factor(self, person):
        if not remove_two_factor(person):
            return f"{person} had no second factor."
        return f"The second factor of {person} is removed. Whoever needs one sets it up again at the next sign-in."

    def release_lockout(self, person):
        if not lift_lockout(person.username):
            return f"{person} was not locked out."
        return f"{person} can try again at once."


# The devices of the second factor hold secrets, and migrations define the roles: neither is edited by hand.
admin.site.unregister([User, Group, totp_admin.TOTPDevice, static_admin.StaticDevice])
admin.site.register(User, UserAccountAdmin)
