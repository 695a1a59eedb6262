"""The review queue: what is proposed, by whom and why, what it would change, and what is decided about it."""

import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timesince import timesince

from kb.admin.read_only import ReadOnlyAdmin, RecordKindFilter, error_text
from kb.choices import ChangeState
from kb.editorial import review
from kb.editorial.content_rules import validate_content
from kb.editorial.diff import changed_fields, diff_contents, field_label
from kb.editorial.editing import is_outdated, three_way_merge
from kb.editorial.impact import compute_impact, may_change_other_answers
from kb.editorial.preview import render_preview
from kb.editorial.snapshot import NaturalKeyResolver, serialize_record
from kb.models import OPEN_STATES, Change, Entry, Passage, Source, Statement
from kb.permissions import PUBLISH, WRITE, is_allowed

DECISION_MESSAGES = {
    "approve": "Approved: the public sees it now.",
    "reject": "Rejected; its author sees why.",
    "send_back": "Sent back; its author sees what is to be done.",
    "submit": "Sent for review.",
    "withdraw": "Withdrawn.",
    "bring_up_to_date": "Brought up to date with what the record is now.",
}

LOCK_PATTERN, SEEN_PATTERN = (
    re.compile(r"[0-9]{1,9}"),
    re.compile(r"[0-9]{1,18}:[0-9]{1,9}"),
)  # A lock; a change and its lock.


class AuthorFilter(admin.SimpleListFilter):
    """Whose change it is, as seen by the reader."""

    title, parameter_name = "whose", "whose"

    def lookups(self, request, model_admin):
        return [("mine", "Mine"), ("others", "Somebody else's")]

    def queryset(self, request, queryset):
        mine = Q(author=request.user)
        return {"mine": queryset.filter(mine), "others": queryset.exclude(mine)}.get(self.value(), queryset)


class OpenFilter(admin.SimpleListFilter):
    """Whether anything is still to be done about it."""

    title, parameter_name = "open", "open"

    def lookups(self, request, model_admin):
        return [("1", "Open"), ("0", "Decided or withdrawn")]

    def queryset(self, request, queryset):
        still = Q(state__in=OPEN_STATES)
        return {"1": queryset.filter(still), "0": queryset.exclude(still)}.get(self.value(), queryset)


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """The queue, oldest first; each change on a page of its own, where it is decided."""

    list_display = ["what", "summary", "reason"]
    list_filter = [OpenFilter, "state", AuthorFilter, RecordKindFilter]
    list_select_related = ["kind", "author"]
    search_fields = ["slug", "why", "author__username"]
    ordering = ["submitted_at", "pk"]
    actions = ["approve_selected"]

    def has_publish_permission(self, request):
        return is_allowed(request.user, PUBLISH)

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("record")

    @admin.display(description="record", ordering="slug")
    def what(self, change):
        return format_html("<small>{}</small><br>{}", change.kind.name, change.record or change.slug)

    @admin.display(description="what changes")
    def summary(self, change):
        return (
            ", ".join(field_label(field) for field in changed_fields(change.model, change.base, change.content)) or "–"
        )

    @admin.display(description="why, who, how old", ordering="submitted_at")
    def reason(self, change):
        age = timesince(change.submitted_at or change.begun_at, depth=1)
        waits = f"waiting {age}" if change.state == ChangeState.SUBMITTED else f"{age} old"
        seen = format_html('<input type="hidden" name="seen" value="{}:{}">', change.pk, change.lock)
        badge = format_html('<span class="badge {}">{}</span>', change.state, change.get_state_display())
        who = change.author or "the shipped data"
        return format_html("{}<br><small>{} · {}</small> {}{}", change.why, who, waits, badge, seen)

    @admin.action(description="Approve the selected changes", permissions=["publish"])
    def approve_selected(self, request, queryset):
        """As they were listed, one after the other: entries before what is said of them; each whole, or not at all."""
        seen = dict(shown.split(":") for shown in request.POST.getlist("seen") if SEEN_PATTERN.fullmatch(shown))
        approved, waiting = 0, sorted(queryset.filter(state=ChangeState.SUBMITTED), key=approval_sort_key)
        refused, before = {}, None
        while waiting and before != len(waiting):  # Again, as long as it helps: one may wait for another.
            before, left = len(waiting), []
            for change in waiting:
                try:
                    review.approve(request.user, change, int(seen.get(str(change.pk), 0)))
                    approved += 1
                except (ValidationError, PermissionDenied) as error:
                    refused[change.pk] = error_text(error)
                    left.append(change)
            waiting = left
        for change in waiting:
            link = format_html('<a href="{}">{}</a>', change_page_url(change), change)
            messages.error(request, format_html("{}: {}", link, refused[change.pk]))
        messages.success(request, f"{approved} approved: the public sees them now.")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        change = self.get_object(request, object_id)
        if change is None:
            raise Http404("There is no such change.")
        if not self.has_view_permission(request):
            raise PermissionDenied
        if "preview" in request.GET and change.record:
            return self.preview_change(request, change)
        context = self.admin_site.each_context(request)
        if request.method == "POST":
            try:
                return self.apply_decision(request, change)
            except (ValidationError, PermissionDenied) as error:
                change.refresh_from_db()
                context |= {"refusal": error_text(error), "remark": request.POST.get("remark", "")}
        return TemplateResponse(request, "admin/kb/change.html", context | self.get_review_context(request, change))

    def preview_change(self, request, change):
        """The public page as it would be, once this were approved."""
        try:
            return render_preview(request, change.record, change.content)
        except ValidationError as error:
            messages.error(request, error_text(error))
            return HttpResponseRedirect(change_page_url(change))

    def apply_decision(self, request, change):
        """Take the step that was asked for; the page tells why, where it may not be taken."""
        asked = next((name for name in DECISION_MESSAGES if name in request.POST), None)
        if asked is None or not LOCK_PATTERN.fullmatch(request.POST.get("seen", "")):
            raise ValidationError("Nothing was asked for: use one of the buttons.")
        more = {}
        if asked in {"approve", "reject", "send_back"}:
            more["remark"] = request.POST.get("remark", "").strip()
        if asked == "approve":
            more["reviewed"] = "reviewed" in request.POST
        getattr(review, asked)(request.user, change, int(request.POST["seen"]), **more)
        messages.success(request, DECISION_MESSAGES[asked])
        onward = asked in {"approve", "reject", "send_back"}
        queue = f"{reverse('admin:kb_change_changelist')}?state__exact=submitted&whose=others"
        return HttpResponseRedirect(queue if onward else change_page_url(change))

    def get_review_context(self, request, change):
        """All that a reviewer needs to see of a change."""
        record, library, user = change.record, NaturalKeyResolver(), request.user
        open_ = change.is_open and record is not None
        moved = open_ and is_outdated(change, record)
        own = change.author_id == user.pk
        form = f"admin:{change.kind.app_label}_{change.kind.model}_change"
        context = {
            "title": f"Change of {change.kind.name} {change.slug}",
            "opts": self.opts,
            "change": change,
            "record": record,
            "kind": capfirst(change.kind.name),
            "differences": diff_contents(change.model, change.base, change.content, library),
            "waits_for": timesince(change.submitted_at, timezone.now(), depth=1) if change.submitted_at else "",
            "moved": moved,
            "obstacles": find_approval_errors(record, change) if open_ and not moved else [],
            "mine": own and open_ and is_allowed(user, WRITE),
            "to_decide": change.state == ChangeState.SUBMITTED and record and not own and is_allowed(user, PUBLISH),
            "form_url": record and reverse(form, args=[record.pk]),
            "history_url": reverse("admin:kb_version_of", args=[change.kind_id, change.object_id]),
        }
        if moved:
            clash = three_way_merge(change, record)[1]
            context["since"] = diff_contents(change.model, change.base, serialize_record(record), library)
            context["clash"] = [d.field for d in context["differences"] if d.name in clash]
        elif open_ and not context["obstacles"] and may_change_other_answers(record, change.content):
            context["impact"] = compute_impact(record, change.content)
        return context


def approval_sort_key(change):
    """Sources before entries, broad entries before narrow ones, what is said of them last."""
    model = change.model
    above = len(change.record.ancestors()) if issubclass(model, Entry) and change.record else 0
    return [issubclass(model, Passage | Source), issubclass(model, Entry), issubclass(model, Statement)].index(
        True
    ), above


def find_approval_errors(record, change):
    """What stands in the way of a change, were it approved now; nothing, where nothing does."""
    try:
        validate_content(record, change.content)
    except ValidationError as error:
        return error.messages
    return []


def change_page_url(change):
    return reverse("admin:kb_change_change", args=[change.pk])
