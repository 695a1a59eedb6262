"""The desk of the editors: the admin's own site, who may come in, and what stands on its first page."""

from functools import partial, wraps

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.urls import path, reverse

from kb.accounts.two_factor import needs_verification
from kb.accounts.two_factor_views import TwoFactorView
from kb.dashboard import saved_filters as saved
from kb.dashboard.charts import build_charts
from kb.dashboard.recent_activity import is_sole_user, recent_activity
from kb.dashboard.worklist import build_worklist
from kb.permissions import VIEW, is_allowed

# What whoever owes a code may still do: give it, change the password, and leave.
UNVERIFIED_VIEW_NAMES = {
    f"admin:{name}" for name in ["two_factor", "password_change", "password_change_done", "logout"]
}


class SignInForm(AdminAuthenticationForm):
    """Lets everybody in who has a role."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "This user name and this password do not belong together. "
        "Both tell capital letters from small ones."
    }

    def confirm_login_allowed(self, user):
        AuthenticationForm.confirm_login_allowed(self, user)
        if not is_allowed(user, VIEW):
            raise ValidationError("This account has no role yet. Ask an administrator to give it one.")


class KnowledgeAdminSite(admin.AdminSite):
    """The admin of the knowledge base."""

    site_header = "Bone and joint pain in cancer"
    site_title = "Knowledge base"
    index_title = "Your desk"
    login_form = SignInForm

    def has_permission(self, request):
        return is_allowed(request.user, VIEW)

    def admin_view(self, view, cacheable=False):
        """A page for those who are signed in; whoever owes a code is led to where it is asked for."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def page(request, *args, **kwargs):
            if not self.has_permission(request):
                # A browser that still sends a cookie was signed in; signing out takes the cookie away.
                if request.COOKIES.get(settings.SESSION_COOKIE_NAME) and request.user.is_anonymous:
                    return redirect_to_login(request.get_full_path(), reverse("admin:login") + "?ended=yes")
            elif request.resolver_match.view_name not in UNVERIFIED_VIEW_NAMES and needs_verification(request.user):
                came_for = request.get_full_path() if request.method == "GET" else reverse("admin:index")
                return redirect_to_login(came_for, reverse("admin:two_factor"))
            return guarded(request, *args, **kwargs)

        return page

    def get_urls(self):
        return [
            path("two-factor/", self.admin_view(TwoFactorView.as_view(admin_site=self)), name="two_factor"),
            path("lists/save/", self.admin_view(partial(saved.save_filter, site=self)), name="save_list"),
            path(
                "lists/<int:pk>/forget/",
                self.admin_view(partial(saved.delete_saved_filter, site=self)),
                name="forget_list",
            ),
            *super().get_urls(),
        ]

    def index(self, request, extra_context=None):
        more = {"alone": is_sole_user(request.user), "saved_lists": saved.visible_saved_filters(self, request)}
        if is_allowed(request.user, VIEW):
            more |= {"work": build_worklist(request.user), "charts": build_charts(), "lately": recent_activity()}
            more["app_list"] = self.add_record_counts(request, more["charts"]["counts"])
        return super().index(request, more | (extra_context or {}))

    def add_record_counts(self, request, counts):
        """The lists that somebody may see, with how many records each holds where that is known."""
        app_list = self.get_app_list(request)
        for app in app_list:
            for listed in app["models"]:
                listed["records"] = counts.get(listed["model"], "")
        return app_list

    def login(self, request, extra_context=None):
        ended = "ended" in request.GET and request.method == "GET"
        more = {"title": "Sign in", "ended": ended, "session_hours": settings.SESSION_HOURS}
        return super().login(request, more | (extra_context or {}))

    def get_app_list(self, request, app_label=None):
        """Every model in the section that its admin names, else under its app."""
        sections = super().get_app_list(request, app_label)
        if app_label:
            return sections
        work = {"name": "Work", "app_label": "work", "app_url": reverse("admin:index"), "models": []}
        homes = {section["app_label"]: section for section in [work, *sections]}
        for section in sections:
            for model in list(section["models"]):
                own = self._registry[model["model"]]
                model["name"] = getattr(own, "title", model["name"])
                home = homes.get(getattr(own, "section", None), section)
                if home is not section:
                    section["models"].remove(model)
                    home["models"].append(model)
        return [section for section in homes.values() if section["models"]]
