"""Two questions about each statement in the admin: are the words there, and do they support it; with the decision."""

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path

from kb.admin.read_only import error_text
from kb.choices import CitationState, SupportState
from kb.editorial.confirmation import confirm_review, require_confirmation_allowed
from kb.models import CitationCheck, SupportDecision
from kb.reasoning.support import count_independent_sources, find_newest_date, has_citation_state, has_support_state
from kb.utils.urls import build_form_url


class ConditionFilter(admin.SimpleListFilter):
    """Filter statements by a state that no column holds."""

    states = has_state = None  # The enumeration, and what returns the condition for a model and some of its words.

    def lookups(self, request, model_admin):
        return [(value, label.partition(":")[0]) for value, label in self.states.choices]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        if self.value() not in self.states.values:
            raise IncorrectLookupParameters(f"{self.parameter_name}: there is no “{self.value()}” here.")
        return queryset.filter(type(self).has_state(queryset.model, [self.value()]))


class CitationStateFilter(ConditionFilter):
    """Filter statements by whether the words are there."""

    title, parameter_name = "citation check", "citation_check"
    states, has_state = CitationState, staticmethod(has_citation_state)


class SupportStateFilter(ConditionFilter):
    """Filter statements by whether somebody has decided that the lines support them."""

    title = parameter_name = "support"
    states, has_state = SupportState, staticmethod(has_support_state)


class SupportAdminMixin:
    """Adds to the admin of statements what was checked and decided, and the button with which a reviewer decides."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_support"
        view = self.admin_site.admin_view(self.decide_support_view)
        return [path("<int:pk>/support/", view, name=name), *super().get_urls()]

    def get_actions(self, request):
        """Leave out the confirmation in bulk: whether lines support a statement is decided where they are shown."""
        return {name: action for name, action in super().get_actions(request).items() if name != "confirm"}

    def get_list_filter(self, request):
        return [*super().get_list_filter(request), CitationStateFilter, SupportStateFilter]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None and obj.pk:
            context["support"] = describe_support(request.user, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def decide_support_view(self, request, pk):
        """Decide that the lines of a statement support it, as it was shown."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        statement = self.model.objects.filter(pk=pk).first()
        if statement is None:
            raise Http404("There is no such statement.")
        try:
            confirm_review(request.user, statement, request.POST.get("seen", ""))
        except (ValidationError, PermissionDenied) as error:
            messages.error(request, error_text(error))
        else:
            messages.success(request, "Decided: the lines support it. That is open again once it or they change.")
        return HttpResponseRedirect(build_form_url(statement))


def describe_support(user, statement):
    """Return what was checked and decided of a statement, and whether this user may decide."""
    try:
        require_confirmation_allowed(user, statement)
    except (ValidationError, PermissionDenied):
        may_decide = False
    else:
        may_decide = True
    return {
        "check": CitationCheck.objects.for_records(statement).first(),
        "decision": SupportDecision.objects.for_records(statement).select_related("by").first(),
        "sources": count_independent_sources(statement),
        "newest": find_newest_date(statement),
        "may_decide": may_decide,
    }
