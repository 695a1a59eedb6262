"""Batches: the page on which changes that came together are reviewed and decided, and the page that sends drafts."""

from collections import Counter

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse

from kb.admin.change_context import describe_change
from kb.admin.change_queue import find_next_url, may_decide
from kb.admin.changes import remember_opened
from kb.admin.own_drafts import find_own_drafts, group_drafts
from kb.admin.read_only import ReadOnlyAdmin, error_text
from kb.admin.text_cleaning import read_posted_text
from kb.choices import ChangeState
from kb.editorial import batches
from kb.editorial.content_rules import is_public
from kb.editorial.notifications import build_queue_url
from kb.editorial.publication_trial import try_changes
from kb.editorial.snapshot import NaturalKeyResolver
from kb.models import OPEN_STATES, Batch, Source, Statement
from kb.permissions import PUBLISH, WRITE, is_allowed
from kb.utils.urls import build_form_url, is_key

REVIEWER_BUTTONS = ("approve", "send_back_all", "send_back", "reject")
MAX_IMPACTS = 8  # So many are computed for the page of a batch; the others are on the pages of their changes.
PUBLISHED_STATES = (ChangeState.APPROVED, ChangeState.SUPERSEDED)


@admin.register(Batch)
class BatchAdmin(ReadOnlyAdmin):
    """The batches whose changes are or were reviewed; adding one sends drafts of one's own together."""

    list_display = ["name", "why", "by", "at"]
    list_select_related = ["by"]
    actions = None

    def get_queryset(self, request):
        return super().get_queryset(request).filter(changes__isnull=False).distinct()

    def has_module_permission(self, request):
        return False  # The desk and the changes lead here.

    def has_add_permission(self, request):
        return is_allowed(request.user, WRITE)

    def add_view(self, request, form_url="", extra_context=None):
        """Show the drafts of the user, those of a source ticked where the address names it, and send what is ticked."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        drafts = find_own_drafts(request.user)
        source = find_source(request.GET.get("source", ""))
        of_source = {draft.name for draft in drafts.find_of_source(source)} if source else set()
        ticked = set(request.POST.getlist("draft")) if request.method == "POST" else of_source
        by_source = request.GET.get("by") == "source"
        context = self.admin_site.each_context(request) | {
            "title": "My drafts",
            "opts": self.opts,
            "groups": group_drafts(drafts, by_source),
            "by_source": by_source,
            "ticked": ticked,
            "source": source,
            "why": request.POST.get("why", f"Read in “{source}”." if source else ""),
        }
        if request.method == "POST":
            records = [draft.record for draft in drafts if draft.name in ticked]
            try:
                batch = batches.send_batch(request.user, records, read_posted_text(request, "why"))
            except batches.BatchRefused as refused:
                context["refused"] = [(drafts.find(record), texts) for record, texts in refused.errors]
            except (ValidationError, PermissionDenied) as error:
                context["refusal"] = error_text(error)
            else:
                messages.success(
                    request, f"{len(records)} sent for review together. The public sees what it saw before."
                )
                return HttpResponseRedirect(build_form_url(batch))
        return TemplateResponse(request, "admin/kb/own_drafts.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Show what waits of a batch, with every field, and take the decision on it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = self.get_object(request, object_id)
        if batch is None:
            raise Http404("There is no such batch.")
        context = self.admin_site.each_context(request)
        if request.method == "POST":
            try:
                return self.apply_decision(request, batch)
            except (ValidationError, PermissionDenied) as error:
                typed = {"typed_remark": read_posted_text(request, "remark"), "chosen": request.POST.getlist("chosen")}
                context |= {"refusal": getattr(error, "messages", [str(error)])} | typed
        context |= self.get_review_context(request, batch)
        if request.method == "GET":
            remember_opened(request, context["waiting"])
        return TemplateResponse(request, "admin/kb/batch.html", context)

    def apply_decision(self, request, batch):
        """Take the step whose button was pressed; raise ValidationError or PermissionDenied where it is refused."""
        user, remark = request.user, read_posted_text(request, "remark")
        if "send_again" in request.POST:
            batches.send_batch_again(user, batch, remark)
            messages.success(request, "Sent for review again.")
        elif "withdraw" in request.POST:
            batches.withdraw_batch(user, batch)
            messages.success(request, "Withdrawn. The drafts are still there.")
        elif any(name in request.POST for name in REVIEWER_BUTTONS):
            return self.apply_review(request, batch, remark)
        else:
            raise ValidationError("Nothing was asked for: use one of the buttons.")
        return HttpResponseRedirect(build_form_url(batch))

    def apply_review(self, request, batch, remark):
        """Take a reviewer's step; what waits of the batch after it, or else the next change, opens."""
        user, seen, decided = request.user, request.POST.get("seen", ""), batches.find_waiting(batch)
        if "approve" in request.POST:
            records = batches.approve_batch(user, batch, seen, remark, reviewed="reviewed" in request.POST)
            messages.success(request, f"{len(records)} approved: the public sees them now.")
        else:
            state = ChangeState.REJECTED if "reject" in request.POST else ChangeState.RETURNED
            chosen = (
                None
                if "send_back_all" in request.POST
                else {int(k) for k in request.POST.getlist("chosen") if k.isdecimal()}
            )
            refused = batches.refuse_batch(user, batch, seen, remark, state, chosen)
            counts = Counter(change.get_state_display().lower() for change in refused)
            told = " and ".join(f"{count} {state}" for state, count in counts.items())
            messages.success(request, f"{told}; the author sees why.")
        if batches.find_waiting(batch):
            return HttpResponseRedirect(build_form_url(batch))
        return HttpResponseRedirect(find_next_url(user, *decided) or build_queue_url())

    def get_review_context(self, request, batch):
        """Return the template context of a batch: what waits of it, what has left it, and the possible decisions."""
        user, resolver, waiting = request.user, NaturalKeyResolver(), batches.find_waiting(batch)
        changes = batch.changes.select_related("kind", "author", "refusal__by").prefetch_related("record")
        others = changes.exclude(pk__in=[change.pk for change in waiting])
        may_review = bool(waiting) and all(may_decide(user, change) for change in waiting)
        impact_of = [n for n, change in enumerate(waiting) if changes_answers_about_others(change.record)]
        max_impacts = MAX_IMPACTS if may_review else 0  # Its author comes here after each sending: it opens at once.
        trial = try_changes(waiting, impact_of[:max_impacts])
        open_authors = set(changes.filter(state__in=OPEN_STATES).values_list("author", flat=True))
        return {
            "title": f"Batch {batch}",
            "opts": self.opts,
            "batch": batch,
            "waiting": waiting,
            "seen": batches.describe_state(waiting),
            "reviews": [
                describe_change(user, change, resolver, (trial.errors.get(n, []), trial.impacts.get(n)))
                | {"impact_is_on_its_page": n in impact_of[max_impacts:]}
                for n, change in enumerate(waiting)
            ],
            "has_obstacles": bool(trial.errors),
            "left": others.exclude(state__in=[ChangeState.SUBMITTED, *PUBLISHED_STATES]),
            "published_count": others.filter(state__in=PUBLISHED_STATES).count(),
            "later_count": others.filter(state=ChangeState.SUBMITTED).count(),
            "may_review": may_review,
            "has_own": bool(waiting) and not may_review and is_allowed(user, PUBLISH),
            "mine": open_authors == {user.pk} and is_allowed(user, WRITE),
            "next_url": find_next_url(user, *waiting) if may_review else "",
        }


def find_source(key):
    """Return the source of a primary key in an address; None if there is none."""
    return Source.objects.filter(pk=key).first() if is_key(key) else None


def changes_answers_about_others(record):
    """Return whether publishing a record can change more than its own answer: new entries come alone."""
    return is_public(record) or isinstance(record, Statement)
