"""Review queue: the list of changes, the page of each with its impact, and the decisions on it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.timesince import timesince

from kb.admin.change_context import describe_change
from kb.admin.change_filters import AttentionFilter, AuthorFilter, OpenFilter
from kb.admin.change_queue import decision_page_url, find_next_url
from kb.admin.read_only import ReadOnlyAdmin, RecordKindFilter, error_text
from kb.admin.record_links import link_named_records
from kb.admin.text_cleaning import read_posted_text
from kb.choices import ChangeState, Status
from kb.editorial import review
from kb.editorial.batches import find_waiting
from kb.editorial.diff import changed_fields, field_label
from kb.editorial.notifications import build_queue_url
from kb.editorial.preview import render_preview
from kb.editorial.publication_order import Proposal, sort_for_publication
from kb.editorial.publication_trial import try_changes
from kb.editorial.remarks import TALKING_STATES, answer
from kb.editorial.snapshot import NaturalKeyResolver
from kb.models import Change
from kb.permissions import PUBLISH, WRITE, is_allowed
from kb.utils.urls import build_form_url

LOCK_PATTERN = re.compile(r"[0-9]{1,9}")
OPENED_CHANGES = "opened_changes"  # In the session: the lock of each change as the reviewer last opened it, by its key.
MAX_OPENED_CHANGES = 500


@dataclass(frozen=True)
class Decision:
    """A step of the review: the function that takes it, and the message that confirms it."""

    function: Callable
    message: str
    by_reviewer: bool = False  # A reviewer's step leads to the next change that waits.
    takes_remark: bool = False


# By the name of the button that asks for it.
DECISIONS = {
    "approve": Decision(review.approve, "Approved: the public sees it now.", by_reviewer=True, takes_remark=True),
    "reject": Decision(review.reject, "Rejected; its author sees why.", by_reviewer=True, takes_remark=True),
    "send_back": Decision(
        review.send_back, "Sent back; its author sees what to do.", by_reviewer=True, takes_remark=True
    ),
    "answer": Decision(answer, "It stands with the change now: author and reviewers read it.", takes_remark=True),
    "submit": Decision(review.submit, "Sent for review.", takes_remark=True),
    "withdraw": Decision(review.withdraw, "Withdrawn."),
    "take_up_again": Decision(review.take_up_again, "Taken up again: change what the reviewer asks, then send it."),
    "bring_up_to_date": Decision(review.bring_up_to_date, "Brought up to date with what the record is now."),
}


def remember_opened(request, changes):
    """Keep in the session which changes were opened, and as what: those can be approved together."""
    opened = request.session.get(OPENED_CHANGES, {}) | {str(change.pk): change.lock for change in changes}
    request.session[OPENED_CHANGES] = dict([*opened.items()][-MAX_OPENED_CHANGES:])


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """The queue of changes, oldest first, and the page on which each is reviewed and decided."""

    list_display = ["what", "summary", "reason"]
    list_filter = [OpenFilter, "state", AuthorFilter, AttentionFilter, RecordKindFilter]
    list_select_related = ["kind", "author", "batch"]
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
        if change.base.get("status") == Status.DRAFT:
            return "A new record"
        fields = changed_fields(change.model, change.base, change.content)
        return ", ".join(field_label(field) for field in fields) or "–"

    @admin.display(description="why, who, how old", ordering="submitted_at")
    def reason(self, change):
        age = timesince(change.submitted_at or change.begun_at, depth=1)
        waits = f"waiting {age}" if change.state == ChangeState.SUBMITTED else f"{age} old"
        badge = format_html('<span class="badge {}">{}</span>', change.state, change.get_state_display())
        who = change.author or "the shipped data"
        batch = ""
        if change.batch and change.batch.together:
            batch = format_html('<br><a href="{}">Together: {}</a>', build_form_url(change.batch), change.batch)
        return format_html("{}<br><small>{} · {}</small> {}{}", change.why, who, waits, badge, batch)

    @admin.action(description="Approve the selected changes", permissions=["publish"])
    def approve_selected(self, request, queryset):
        """Approve each change that the reviewer has opened, as it was then; entries before statements about them.

        Each is approved in a transaction of its own.
        """
        locks, selected = request.session.get(OPENED_CHANGES, {}), queryset.filter(state=ChangeState.SUBMITTED)
        approved, opened = 0, [change for change in selected if str(change.pk) in locks and change.record]
        for change in selected:
            if str(change.pk) not in locks:
                link = format_html('<a href="{}">{}</a>', build_form_url(change), change)
                messages.error(request, format_html("{}: open it first, nothing is approved unseen.", link))
        for position in sort_for_publication([Proposal.from_change(change) for change in opened]):
            change = opened[position]
            try:
                review.approve(request.user, change, locks[str(change.pk)])
                approved += 1
            except (ValidationError, PermissionDenied) as error:
                link = format_html('<a href="{}">{}</a>', decision_page_url(change), change)
                messages.error(request, format_html("{}: {}", link, link_named_records(error_text(error))))
        if approved:
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
            remember_opened(request, [change])
        if request.method == "POST":
            try:
                return self.apply_decision(request, change)
            except (ValidationError, PermissionDenied) as error:
                change.refresh_from_db()
                context |= {
                    "refusal": link_named_records(error_text(error)),
                    "typed_remark": read_posted_text(request, "remark"),
                }
        return TemplateResponse(request, "admin/kb/change.html", context | self.get_review_context(request, change))

    def preview_change(self, request, change):
        """Return the public page as if this change were approved; redirect to the change where it cannot be."""
        try:
            return render_preview(request, change.record, change.content)
        except ValidationError as error:
            messages.error(request, link_named_records(error_text(error)))
            return HttpResponseRedirect(build_form_url(change))

    def apply_decision(self, request, change):
        """Take the step whose button was pressed; raise ValidationError or PermissionDenied where it is refused."""
        name = next((name for name in DECISIONS if name in request.POST), None)
        if name is None or not LOCK_PATTERN.fullmatch(request.POST.get("seen", "")):
            raise ValidationError("Nothing was asked for: use one of the buttons.")
        decision, arguments = DECISIONS[name], {}
        if decision.takes_remark:
            arguments["remark"] = read_posted_text(request, "remark")
        if name == "approve":
            arguments["reviewed"] = "reviewed" in request.POST
        result = decision.function(request.user, change, int(request.POST["seen"]), **arguments)
        messages.success(request, decision.message)
        if name == "take_up_again":
            return HttpResponseRedirect(build_form_url(change.record if result is None else result))
        next_url = (find_next_url(request.user, change) or build_queue_url()) if decision.by_reviewer else ""
        return HttpResponseRedirect(next_url or build_form_url(change))

    def get_review_context(self, request, change):
        """Return the template context of a change: what it proposes, and the possible decisions."""
        user, companions = request.user, review.find_companions(change)
        trial = try_in_batch(change) if change.state == ChangeState.SUBMITTED and companions else None
        own, may_write = change.author_id == user.pk, is_allowed(user, WRITE)
        seen = describe_change(user, change, NaturalKeyResolver(), trial)
        waits_for_user = change.state == ChangeState.SUBMITTED and seen["record"] and not own
        to_decide = waits_for_user and is_allowed(user, PUBLISH)
        return {
            "title": f"Change of {change.kind.name} {change.slug}",
            "opts": self.opts,
            "review": seen,
            "companions": companions,
            "can_be_taken_up": own and change.state == ChangeState.REJECTED and may_write,
            "mine": own and change.is_open and seen["record"] and may_write,
            "may_answer": change.state in TALKING_STATES and (may_write if own else is_allowed(user, PUBLISH)),
            "to_decide": to_decide and not companions,
            "next_url": find_next_url(user, change) if to_decide else "",
        }


def try_in_batch(change):
    """Return the messages that refuse a change of a batch after those of the batch that it needs, and its impact."""
    waiting = find_waiting(change.batch)
    if change not in waiting:
        return [], None
    position = waiting.index(change)
    trial = try_changes(waiting[: position + 1], [position])
    return trial.errors.get(position, []), trial.impacts.get(position)
