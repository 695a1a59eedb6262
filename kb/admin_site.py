"""The admin site: sign-in by role, the check of the second factor, and the dashboard on its first page."""

from functools import partial, wraps

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode

from kb.accounts.two_factor import needs_verification
from kb.accounts.two_factor_views import TwoFactorView
from kb.accounts.typed_text import FIELD_NAME, keep_typed_text, sign_typed_text, take_typed_text
from kb.dashboard.charts import build_charts
from kb.dashboard.find import find_view
from kb.dashboard.recent_activity import is_sole_user, recent_activity
from kb.dashboard.saved_filters import delete_saved_filter, save_filter, visible_saved_filters
from kb.dashboard.worklist import build_worklist
from kb.permissions import VIEW, is_allowed

# Open to users who still have to give a code.
UNVERIFIED_VIEW_NAMES = {
    f"admin:{name}" for name in ["two_factor", "password_change", "password_change_done", "logout"]
}
VIEW_NAMES_WITHOUT_PAGE = {"admin:save_list", "admin:forget_list"}  # Nothing could come back to them.


class SignInForm(AdminAuthenticationForm):
    """Signs in users who have a role."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": "This user name and this password do not belong together. "
        "Both tell capital letters from small ones."
    }

    def confirm_login_allowed(self, user):
        AuthenticationForm.confirm_login_allowed(self, user)
        if not is_allowed(user, VIEW):
            raise ValidationError("This account has no role yet. Ask an administrator to give it one.")


def show_typed_text(request):
    """Show what was typed on this page before the session ended: it was not sent, and can be copied from there."""
    texts = [value for name, values in request.typed_text.lists() if not name.startswith("_") for value in values]
    if shown := " · ".join(text for text in texts if " " in text.strip()):
        messages.warning(request, f"Your session had ended, so this was not sent: {shown}")
    else:
        messages.warning(request, "Your session had ended, so your last step was not taken: take it again.")


class KnowledgeAdminSite(admin.AdminSite):
    """The admin site of the knowledge base."""

    site_header = "Bone and joint pain in cancer"
    site_title = "Knowledge base"
    index_title = "Your desk"
    login_form = SignInForm

    def has_permission(self, request):
        return is_allowed(request.user, VIEW)

    def admin_view(self, view, cacheable=False):
        """Wrap a view: redirect users who still have to give a code to the page that asks for it."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def wrapper(request, *args, **kwargs):
            if not self.has_permission(request):
                # The session has expired if the browser still sends its cookie: signing out deletes it.
                is_form = request.method == "POST" and request.resolver_match.view_name not in VIEW_NAMES_WITHOUT_PAGE
                if request.user.is_anonymous and is_form and (typed := sign_typed_text(request)):
                    return self.show_sign_in_with_typed_text(request, typed)
                if request.COOKIES.get(settings.SESSION_COOKIE_NAME) and request.user.is_anonymous:
                    return redirect_to_login(request.get_full_path(), reverse("admin:login") + "?ended=yes")
            elif request.resolver_match.view_name not in UNVERIFIED_VIEW_NAMES and needs_verification(request.user):
                next_url = request.get_full_path() if request.method == "GET" else reverse("admin:index")
                return redirect_to_login(next_url, reverse("admin:two_factor"))
            else:
                request.typed_text = take_typed_text(request)
                response = guarded(request, *args, **kwargs)
                if request.typed_text:  # The page has no form that takes it back.
                    show_typed_text(request)
                return response
            return guarded(request, *args, **kwargs)

        return wrapper

    def show_sign_in_with_typed_text(self, request, typed):
        """Show the sign-in page in answer to a form whose session has ended; what was typed stands in it, signed."""
        query = urlencode({"ended": "yes", REDIRECT_FIELD_NAME: request.get_full_path()})
        context = self.each_context(request) | {
            "title": "Sign in",
            "form": SignInForm(request),
            "ended": True,
            "typed": typed,
            "app_path": f"{reverse('admin:login')}?{query}",
            "session_hours": settings.SESSION_HOURS,
            REDIRECT_FIELD_NAME: request.get_full_path(),
        }
        return TemplateResponse(request, "admin/login.html", context)

    def get_urls(self):
        return [
            path("two-factor/", self.admin_view(TwoFactorView.as_view(admin_site=self)), name="two_factor"),
            path("find/", self.admin_view(partial(find_view, site=self)), name="find"),
            path("lists/save/", self.admin_view(partial(save_filter, site=self)), name="save_list"),
            path(
                "lists/<int:pk>/forget/",
                self.admin_view(partial(delete_saved_filter, site=self)),
                name="forget_list",
            ),
            *super().get_urls(),
        ]

    def index(self, request, extra_context=None):
        context = {"alone": is_sole_user(request.user), "saved_lists": visible_saved_filters(self, request)}
        if is_allowed(request.user, VIEW):
            context |= {"work": build_worklist(request.user), "charts": build_charts(), "lately": recent_activity()}
            context["app_list"] = self.add_record_counts(request, context["charts"]["counts"])
        return super().index(request, context | (extra_context or {}))

    def add_record_counts(self, request, counts):
        """Return the app list of a user, with the number of records of each model where that is known."""
        app_list = self.get_app_list(request)
        for app in app_list:
            for model in app["models"]:
                model["records"] = counts.get(model["model"], "")
        return app_list

    def login(self, request, extra_context=None):
        ended = "ended" in request.GET and request.method == "GET"
        context = {"title": "Sign in", "ended": ended, "session_hours": settings.SESSION_HOURS}
        context["typed"] = request.POST.get(FIELD_NAME, "")  # A second attempt keeps it.
        response = super().login(request, context | (extra_context or {}))
        if request.method == "POST" and self.has_permission(request):
            keep_typed_text(request)
        return response

    def get_app_list(self, request, app_label=None):
        """Return the models grouped by the `section` of their ModelAdmin (an app label or “work”), else by app."""
        sections = super().get_app_list(request, app_label)
        if app_label:
            return sections
        work = {"name": "Work", "app_label": "work", "app_url": reverse("admin:index"), "models": []}
        sections_by_label = {section["app_label"]: section for section in [work, *sections]}
        for section in sections:
            for model in list(section["models"]):
                model_admin = self._registry[model["model"]]
                model["name"] = getattr(model_admin, "title", model["name"])
                target = sections_by_label.get(getattr(model_admin, "section", None), section)
                if target is not section:
                    section["models"].remove(model)
                    target["models"].append(model)
        return [section for section in sections_by_label.values() if section["models"]]
