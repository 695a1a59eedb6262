"""Review queue: the list of changes, the page of each with its impact, and the decisions on it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timesince import timesince

from kb.admin.change_filters import AuthorFilter, OpenFilter
from kb.admin.change_queue import approval_sort_key, find_rivals, may_decide
from kb.admin.documents import build_form_url, get_passages
from kb.admin.read_only import ReadOnlyAdmin, RecordKindFilter, error_text
from kb.admin.record_links import link_named_records
from kb.choices import ChangeState
from kb.editorial import review
from kb.editorial.content_rules import is_public, validate_content
from kb.editorial.diff import changed_fields, describe_unchanged, diff_contents, field_label
from kb.editorial.editing import is_outdated, three_way_merge
from kb.editorial.impact import compute_impact, may_change_other_answers
from kb.editorial.preview import render_preview
from kb.editorial.snapshot import NaturalKeyResolver, serialize_record
from kb.editorial.source_texts import attach_cited_lines
from kb.editorial.wording import find_wording_conflicts
from kb.models import Change, Finding
from kb.permissions import PUBLISH, WRITE, is_allowed

LOCK_PATTERN = re.compile(r"[0-9]{1,9}")
OPENED_CHANGES = "opened_changes"  # In the session: the lock of each change as the reviewer last opened it, by its key.
MAX_OPENED_CHANGES = 500
MAX_NEXT_CHANGES = 20  # How many that wait are tried, to find the next one that the reviewer may decide.


@dataclass(frozen=True)
class Decision:
    """A step of the review: the function that takes it, and the message that confirms it."""

    function: Callable
    message: str
    by_reviewer: bool = False  # A reviewer's step takes a remark, and leads back to the queue.


# By the name of the button that asks for it.
DECISIONS = {
    "approve": Decision(review.approve, "Approved: the public sees it now.", by_reviewer=True),
    "reject": Decision(review.reject, "Rejected; its author sees why.", by_reviewer=True),
    "send_back": Decision(review.send_back, "Sent back; its author sees what is to be done.", by_reviewer=True),
    "submit": Decision(review.submit, "Sent for review."),
    "withdraw": Decision(review.withdraw, "Withdrawn."),
    "take_up_again": Decision(review.take_up_again, "Taken up again: change what the reviewer asks, then send it."),
    "bring_up_to_date": Decision(review.bring_up_to_date, "Brought up to date with what the record is now."),
}


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """The queue of changes, oldest first, and the page on which each is reviewed and decided."""

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
        badge = format_html('<span class="badge {}">{}</span>', change.state, change.get_state_display())
        who = change.author or "the shipped data"
        return format_html("{}<br><small>{} · {}</small> {}", change.why, who, waits, badge)

    @admin.action(description="Approve the selected changes", permissions=["publish"])
    def approve_selected(self, request, queryset):
        """Approve each change that the reviewer has opened, as it was then; entries before statements about them.

        Each is approved in a transaction of its own.
        """
        locks, selected = request.session.get(OPENED_CHANGES, {}), queryset.filter(state=ChangeState.SUBMITTED)
        approved, pending = 0, sorted((c for c in selected if str(c.pk) in locks), key=approval_sort_key)
        for change in selected:
            if str(change.pk) not in locks:
                link = format_html('<a href="{}">{}</a>', change_page_url(change), change)
                messages.error(request, format_html("{}: open it first, nothing is approved unseen.", link))
        errors, previous_count = {}, None
        while pending and previous_count != len(pending):  # Retry while some succeed: one may depend on another.
            previous_count, deferred = len(pending), []
            for change in pending:
                try:
                    review.approve(request.user, change, locks[str(change.pk)])
                    approved += 1
                except (ValidationError, PermissionDenied) as error:
                    errors[change.pk] = error_text(error)
                    deferred.append(change)
            pending = deferred
        for change in pending:
            link = format_html('<a href="{}">{}</a>', change_page_url(change), change)
            messages.error(request, format_html("{}: {}", link, link_named_records(errors[change.pk])))
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
        if request.method == "GET":
            self.remember_opened(request, change)
        if request.method == "POST":
            try:
                return self.apply_decision(request, change)
            except (ValidationError, PermissionDenied) as error:
                change.refresh_from_db()
                context |= {"refusal": link_named_records(error_text(error)), "remark": request.POST.get("remark", "")}
        return TemplateResponse(request, "admin/kb/change.html", context | self.get_review_context(request, change))

    def remember_opened(self, request, change):
        """Keep in the session which changes were opened, and as what: those can be approved together."""
        opened = request.session.get(OPENED_CHANGES, {}) | {str(change.pk): change.lock}
        request.session[OPENED_CHANGES] = dict([*opened.items()][-MAX_OPENED_CHANGES:])

    def preview_change(self, request, change):
        """Return the public page as if this change were approved; redirect to the change where it cannot be."""
        try:
            return render_preview(request, change.record, change.content)
        except ValidationError as error:
            messages.error(request, link_named_records(error_text(error)))
            return HttpResponseRedirect(change_page_url(change))

    def apply_decision(self, request, change):
        """Take the step whose button was pressed; raise ValidationError or PermissionDenied where it is refused."""
        name = next((name for name in DECISIONS if name in request.POST), None)
        if name is None or not LOCK_PATTERN.fullmatch(request.POST.get("seen", "")):
            raise ValidationError("Nothing was asked for: use one of the buttons.")
        decision, arguments = DECISIONS[name], {}
        if decision.by_reviewer:
            arguments["remark"] = request.POST.get("remark", "").strip()
        if name == "approve":
            arguments["reviewed"] = "reviewed" in request.POST
        result = decision.function(request.user, change, int(request.POST["seen"]), **arguments)
        messages.success(request, decision.message)
        if name == "take_up_again":
            return HttpResponseRedirect(build_form_url(change.record) if result is None else change_page_url(result))
        return HttpResponseRedirect(
            self.find_next_url(request, change) if decision.by_reviewer else change_page_url(change)
        )

    def find_next_url(self, request, change):
        """Return the page of the next change that waits for this reviewer, or the queue if none does."""
        waiting = Change.objects.filter(state=ChangeState.SUBMITTED).exclude(author=request.user)
        after = waiting.filter(submitted_at__gte=change.submitted_at).exclude(pk=change.pk)
        for queue in (after, waiting):
            for following in queue.order_by("submitted_at", "pk")[:MAX_NEXT_CHANGES]:
                if may_decide(request.user, following):
                    return change_page_url(following)
        return f"{reverse('admin:kb_change_changelist')}?state__exact=submitted&whose=others"

    def get_review_context(self, request, change):
        """Return the template context of a change: its differences, conflicts, impact, and the possible decisions."""
        record, resolver, user = change.record, NaturalKeyResolver(), request.user
        is_open = change.is_open and record is not None
        outdated = is_open and is_outdated(change, record)
        own = change.author_id == user.pk
        # Of a new record everything is shown: its draft was never reviewed.
        base = {} if record is not None and not is_public(record) else change.base
        form_url_name = f"admin:{change.kind.app_label}_{change.kind.model}_change"
        context = {
            "title": f"Change of {change.kind.name} {change.slug}",
            "opts": self.opts,
            "change": change,
            "record": record,
            "kind": capfirst(change.kind.name),
            "differences": diff_contents(change.model, base, change.content, resolver),
            "unchanged": describe_unchanged(change.model, base, change.content, resolver)
            if is_open and not outdated
            else [],
            "is_new": not base,
            "wording_conflicts": find_wording_conflicts(change.content).values() if is_open else (),
            "can_be_taken_up": own and change.state == ChangeState.REJECTED and is_allowed(user, WRITE),
            "rivals": find_rivals(change, record) if is_open else (),
            "findings": Finding.objects.for_records(record) if record is not None else (),
            "waits_for": timesince(change.submitted_at, timezone.now(), depth=1) if change.submitted_at else "",
            "moved": outdated,
            "obstacles": find_approval_errors(record, change) if is_open and not outdated else [],
            "mine": own and is_open and is_allowed(user, WRITE),
            "to_decide": change.state == ChangeState.SUBMITTED and record and not own and is_allowed(user, PUBLISH),
            "form_url": record and reverse(form_url_name, args=[record.pk]),
            "history_url": reverse("admin:kb_version_of", args=[change.kind_id, change.object_id]),
        }
        if is_allowed(user, WRITE):
            attach_cited_lines(get_passages([*context["differences"], *context["unchanged"]]))
        if outdated:
            _, conflicting_fields = three_way_merge(change, record)
            context["since"] = diff_contents(change.model, change.base, serialize_record(record), resolver)
            context["clash"] = [d.field for d in context["differences"] if d.name in conflicting_fields]
        elif is_open and not context["obstacles"] and may_change_other_answers(record, change.content):
            context["impact"] = compute_impact(record, change.content)
        return context


def find_approval_errors(record, change):
    """Return the messages (HTML) that refuse the approval of a change; an empty list if it can be approved now."""
    try:
        validate_content(record, change.content)
    except ValidationError as error:
        return [link_named_records(message) for message in error.messages]
    return []


def change_page_url(change):
    return reverse("admin:kb_change_change", args=[change.pk])
