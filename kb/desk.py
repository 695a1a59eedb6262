"""The desk of the editors: the admin's own site, who may come in, and what stands on its first page."""

from functools import wraps

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.urls import path, reverse

from kb.roles import VIEW, may
from kb.second_factor import owes_code
from kb.two_factor import TwoFactor

# What whoever owes a code may still do: give it, change the password, and leave.
OPEN = {f"admin:{name}" for name in ["two_factor", "password_change", "password_change_done", "logout"]}


class SignInForm(AdminAuthenticationForm):
    """Lets everybody in who has a role."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "This user name and this password do not belong together. "
        "Both tell capital letters from small ones."
    }

    def confirm_login_allowed(self, user):
        AuthenticationForm.confirm_login_allowed(self, user)
        if not may(user, VIEW):
            raise ValidationError("This account has no role yet. Ask an administrator to give it one.")


class Desk(admin.AdminSite):
    """The admin of the knowledge base."""

    site_header = "Bone and joint pain in cancer"
    site_title = "Knowledge base"
    index_title = "What is in the knowledge base"
    login_form = SignInForm

    def has_permission(self, request):
        return may(request.user, VIEW)

    def admin_view(self, view, cacheable=False):
        """A page for those who are signed in; whoever owes a code is led to where it is asked for."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def page(request, *args, **kwargs):
            if not self.has_permission(request):
                # A browser that still sends a cookie was signed in; signing out takes the cookie away.
                if request.COOKIES.get(settings.SESSION_COOKIE_NAME) and request.user.is_anonymous:
                    return redirect_to_login(request.get_full_path(), reverse("admin:login") + "?ended=yes")
            elif request.resolver_match.view_name not in OPEN and owes_code(request.user):
                came_for = request.get_full_path() if request.method == "GET" else reverse("admin:index")
                return redirect_to_login(came_for, reverse("admin:two_factor"))
            return guarded(request, *args, **kwargs)

        return page

    def get_urls(self):
        two_factor = self.admin_view(TwoFactor.as_view(desk=self))
        return [path("two-factor/", two_factor, name="two_factor"), *super().get_urls()]

    def login(self, request, extra_context=None):
        ended = "ended" in request.GET and request.method == "GET"
        more = {"title": "Sign in", "ended": ended, "session_hours": settings.SESSION_HOURS}
        return super().login(request, more | (extra_context or {}))

    def get_app_list(self, request, app_label=None):
        """Every model in the section that its admin names, else under its app."""
        sections = super().get_app_list(request, app_label)
        if app_label:
            return sections
        for section in sections:
            for model in list(section["models"]):
                own = self._registry[model["model"]]
                wanted = getattr(own, "section", section["app_label"])
                model["name"] = getattr(own, "title", model["name"])
                home = next((s for s in sections if s["app_label"] == wanted), section)
                if home is not section:
                    section["models"].remove(model)
                    home["models"].append(model)
        return [section for section in sections if section["models"]]
