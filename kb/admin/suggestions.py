"""Suggestions from outside: their list, and the page on which an editor takes one up or declines it."""

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Case, When
from django.http import HttpResponseRedirect
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.timesince import timesince

from kb.admin.text_cleaning import CleaningAdminMixin, TextCleaningMixin
from kb.choices import SuggestionState
from kb.editorial.suggestions import handle_suggestion
from kb.fields import format_iso_duration
from kb.models import Suggestion
from kb.permissions import VIEW, WRITE, is_allowed
from kb.utils.urls import build_form_url

STATE_BY_BUTTON = {
    "_take_up": SuggestionState.TAKEN_UP,
    "_give_back": SuggestionState.OPEN,
    "_decline": SuggestionState.DECLINED,
}
CLOSED_STATES = [SuggestionState.PUBLISHED, SuggestionState.DECLINED]


class SuggestionAnswerForm(TextCleaningMixin, forms.ModelForm):
    """Takes a suggestion up, gives it back to the list, or declines it; declining requires an answer."""

    user = None  # Set by SuggestionAdmin.get_form() on the class that it makes for each request.

    class Meta:
        model = Suggestion
        fields = ["answer"]
        widgets = {"answer": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}

    def clean(self):
        """Handle the suggestion, so that what the service refuses is an error of the form; admin pages are atomic."""
        cleaned = super().clean()
        state = next((state for button, state in STATE_BY_BUTTON.items() if button in self.data), None)
        if state is None:
            raise forms.ValidationError("Take it up, or decline it with an answer.")
        if not self.errors:
            handle_suggestion(self.user, self.instance, state, cleaned.get("answer", ""))
        return cleaned


class SuggestionChangeList(ChangeList):
    """A changelist that loads the records of all its rows at once."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = Suggestion.load_records(list(self.result_list))


@admin.register(Suggestion)
class SuggestionAdmin(CleaningAdminMixin, admin.ModelAdmin):
    """ModelAdmin of suggestions: they are taken up, given back or declined, never edited or deleted."""

    section, title = "work", "Suggestions from outside"
    form = SuggestionAnswerForm
    list_display = ["what", "about", "badge", "age", "who"]
    list_filter = [
        "state",
        ("handled_by", admin.RelatedOnlyFieldListFilter),
        "kind",
        ("sender", admin.RelatedOnlyFieldListFilter),
    ]
    list_select_related = ["sender", "handled_by", "change"]
    search_fields = ["text", "slug", "proposed", "evidence", "sender__username", "app"]
    ordering = [  # Open ones first, then those that were taken up; the oldest first.
        Case(When(state=SuggestionState.OPEN, then=0), When(state=SuggestionState.TAKEN_UP, then=1), default=2),
        "sent_at",
    ]
    actions = None
    fieldsets = [
        ("What is said to be wrong", {"classes": ["beside"], "fields": ["words", "better", "where", "who", "sent"]}),
        ("The record as it stands now", {"classes": ["beside"], "fields": ["about", "present"]}),
        ("What becomes of it", {"fields": ["became", "outcome", "answer"]}),
    ]

    def has_module_permission(self, request):
        return is_allowed(request.user, VIEW)

    def has_view_permission(self, request, obj=None):
        return is_allowed(request.user, VIEW)

    def has_change_permission(self, request, obj=None):
        return is_allowed(request.user, WRITE)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "What people outside say is wrong"} | (extra_context or {}))

    def get_changelist(self, request, **kwargs):
        return SuggestionChangeList

    def get_readonly_fields(self, request, obj=None):
        names = [name for _, options in self.fieldsets for name in options["fields"]]
        return names if obj and obj.state in CLOSED_STATES else [n for n in names if n != "answer"]

    def get_form(self, request, obj=None, **kwargs):
        form_class = super().get_form(request, obj, **kwargs)  # Django makes a new class for each call.
        form_class.user = request.user
        return form_class

    def save_model(self, request, obj, form, change):
        """Do nothing: the form has handled the suggestion."""

    def construct_change_message(self, request, form, formsets, add=False):
        return f"{form.instance.get_state_display()}. {form.instance.answer}".strip()

    def response_change(self, request, obj):
        """Redirect to the form of the record, with the suggestion as a message, where it was taken up."""
        if obj.state != SuggestionState.TAKEN_UP or obj.record is None:
            self.message_user(request, f"{obj.get_state_display()}: {obj}", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:kb_suggestion_changelist"))
        suggestion_url = build_form_url(obj)
        excerpt = Truncator(obj.text).chars(300)
        message = format_html(
            'Taken up: it stays on your desk until what comes of it is public. <a href="{}">{} says</a>: {}',
            suggestion_url,
            obj.sender,
            excerpt,
        )
        self.message_user(request, message, messages.SUCCESS)
        return HttpResponseRedirect(build_form_url(obj.record))

    @admin.display(description="what is wrong", ordering="text")
    def what(self, suggestion):
        return Truncator(suggestion.text).chars(160)

    @admin.display(description="record", ordering="slug")
    def about(self, suggestion):
        if suggestion.record is None:
            return f"{suggestion.kind}/{suggestion.slug} (no longer there)"
        field = format_html(", <strong>{}</strong>", suggestion.field) if suggestion.field else ""
        return format_html(
            '<a href="{}">{}/{}</a>{}', build_form_url(suggestion.record), suggestion.kind, suggestion.slug, field
        )

    @admin.display(description="who", ordering="sender__username")
    def who(self, suggestion):
        return f"{suggestion.sender}, with {suggestion.app}"

    @admin.display(description="age", ordering="-sent_at")
    def age(self, suggestion):
        return timesince(suggestion.sent_at, depth=1)

    @admin.display(description="sent")
    def sent(self, suggestion):
        return f"{timezone.localtime(suggestion.sent_at):%-d %B %Y}, {self.age(suggestion)} ago"

    @admin.display(description="state", ordering="state")
    def badge(self, suggestion):
        return format_html('<span class="badge {}">{}</span>', suggestion.state, suggestion.get_state_display())

    @admin.display(description="state")
    def became(self, suggestion):
        if suggestion.state == SuggestionState.OPEN:
            return self.badge(suggestion)
        by = "by" if suggestion.state != SuggestionState.PUBLISHED else "taken up by"
        when = f"{timezone.localtime(suggestion.handled_at):%-d %B %Y}"
        return format_html("{} {} {}, {}", self.badge(suggestion), by, suggestion.handled_by, when)

    @admin.display(description="what comes of it")
    def outcome(self, suggestion):
        """Return the change that is to come of it or came of it, as a link with its state."""
        change = suggestion.change
        if change is None:
            return "no change yet"
        url = build_form_url(change)
        badge = format_html('<span class="badge {}">{}</span>', change.state, change.get_state_display())
        return format_html('<a href="{}">{}</a> {}', url, change.why, badge)

    @admin.display(description="what is wrong")
    def words(self, suggestion):
        return linebreaksbr(suggestion.text)

    @admin.display(description="what would be right")
    def better(self, suggestion):
        return linebreaksbr(suggestion.proposed) or "not said"

    @admin.display(description="where that is said")
    def where(self, suggestion):
        return linebreaksbr(suggestion.evidence) or "not said"

    @admin.display(description="what it says")
    def present(self, suggestion):
        """Return the values of the suggestion's field and of the naming fields of its record, as a list."""
        record = suggestion.record
        names = dict.fromkeys([suggestion.field, "name", "title", "text", "summary"])
        rows = (
            (name.replace("_", " "), format_field_value(record, name))
            for name in names
            if name and hasattr(record, name)
        )
        return format_html('<dl class="said">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))


def format_field_value(record, name):
    """Return the value of a field as text or HTML to read."""
    display, value = getattr(record, f"get_{name}_display", None), getattr(record, name)
    if display:
        return display()
    if hasattr(value, "all"):
        value = list(value.all())
    if isinstance(value, list):
        return format_html_join("", "<div>{}</div>", ((str(item),) for item in value)) or "empty"
    return format_iso_duration(value) if isinstance(value, timedelta) else "empty" if value in (None, "") else value
