"""Work list of the index page: a user's own open work, then the work queues of the knowledge base."""

from dataclasses import dataclass, field

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.urls import reverse
from django.utils.timesince import timesince

from kb.choices import ChangeState, SuggestionState
from kb.dashboard.work_queues import MY_DRAFTS, WORK_QUEUES, changelist_url, count_records_by_model
from kb.editorial.overtaken import find_moved_on, find_with_rivals
from kb.models import OPEN_STATES, Change, Check, Suggestion
from kb.permissions import PUBLISH, VIEW, WRITE, is_allowed


@dataclass
class WorklistItem:
    """One line of the work list: how many records it counts, and where they are listed."""

    title: str
    hint: str
    empty_message: str
    count: int = 0
    url: str = ""
    breakdown: list = field(default_factory=list)  # The count by model, as triples of name, number and URL.
    note: str = ""


def build_queue_item(queue, counts):
    """Return the line of a work queue, from the counts of count_records_by_model()."""
    breakdown = [
        (model._meta.verbose_name_plural, by_metric[queue.name], queue.list_url(model))
        for model, by_metric in counts.items()
        if by_metric.get(queue.name)
    ]
    total = sum(count for _, count, _ in breakdown)
    return WorklistItem(queue.title, queue.hint, queue.empty_message, total, breakdown=breakdown)


def build_change_items(user):
    """Yield the lines of open changes: those of others for a reviewer, the user's own for an editor."""
    mine, submitted = Q(author=user), Q(state=ChangeState.SUBMITTED)
    counts = Change.objects.filter(state__in=OPEN_STATES).aggregate(
        others=Count("pk", filter=submitted & ~mine),
        oldest=Min("submitted_at", filter=submitted & ~mine),
        returned=Count("pk", filter=mine & Q(state=ChangeState.RETURNED)),
        mine=Count("pk", filter=mine),
    )
    if is_allowed(user, PUBLISH):
        yield WorklistItem(
            "Awaiting my review",
            "Changes that somebody else wrote; you decide on them.",
            "Nothing waits for your review.",
            counts["others"],
            changelist_url(Change, state__exact=ChangeState.SUBMITTED, whose="others"),
            note=f"The oldest has waited {timesince(counts['oldest'], depth=1)}." if counts["oldest"] else "",
        )
    if is_allowed(user, WRITE):
        yield WorklistItem(
            "Sent back to me",
            "A reviewer asks something of you before it can be published.",
            "Nothing was sent back to you.",
            counts["returned"],
            changelist_url(Change, whose="mine", state__exact=ChangeState.RETURNED),
        )
        yield WorklistItem(
            "Rejected",
            "A reviewer will not have it so. The reason stands on the change, and it can be taken up again.",
            "None of your changes was rejected.",
            find_rejected_changes(user).count(),
            changelist_url(Change, whose="mine", state__exact=ChangeState.REJECTED),
        )
        yield WorklistItem(
            "My open changes",
            "What you proposed: being written, awaiting review or sent back.",
            "You have no open changes.",
            counts["mine"],
            changelist_url(Change, whose="mine", open=1),
        )
        yield from build_attention_items(Change.objects.filter(mine))


def build_attention_items(own_changes):
    """Yield the lines of a user's open changes that others have overtaken, or rival; none where there are none."""
    if moved := find_moved_on(own_changes).count():
        yield WorklistItem(
            "The record has moved on",
            "Since you wrote your change: your form holds your values, with what is published beside them.",
            "",
            moved,
            changelist_url(Change, whose="mine", look="moved"),
        )
    if rivals := find_with_rivals(own_changes).count():
        yield WorklistItem(
            "Proposed by others too",
            "Somebody else has an open change of the same record: look at it, and agree on one.",
            "",
            rivals,
            changelist_url(Change, whose="mine", look="rival"),
        )


def find_rejected_changes(user):
    """Return the rejected changes of a user after which the user proposed nothing else of the same record."""
    same_record = {"kind": OuterRef("kind"), "object_id": OuterRef("object_id"), "author": user}
    later = Change.objects.filter(**same_record, pk__gt=OuterRef("pk"))
    return Change.objects.filter(~Exists(later), author=user, state=ChangeState.REJECTED)


def build_worklist(user):
    """Return the template context of the work list: the user's own lines, the work queues, the last citation check."""
    if not is_allowed(user, VIEW):
        return {}
    counts = count_records_by_model([MY_DRAFTS, *WORK_QUEUES] if is_allowed(user, WRITE) else WORK_QUEUES, user)
    own_items = list(build_change_items(user))
    if is_allowed(user, WRITE):
        own_items.append(build_queue_item(MY_DRAFTS, counts))
        own_items[-1].url = reverse("admin:kb_batch_add")
        own_items.append(
            WorklistItem(
                "Suggestions from outside",
                "What somebody says is wrong: take it up, or decline it with an answer.",
                "Nobody has suggested anything that is not answered.",
                Suggestion.objects.filter(state=SuggestionState.OPEN).count(),
                changelist_url(Suggestion, state__exact=SuggestionState.OPEN),
            )
        )
        own_items.append(
            WorklistItem(
                "Suggestions that I took up",
                "They stay here until what comes of them is public, or you decline them or give them back.",
                "You have taken up no suggestion that is not answered.",
                Suggestion.objects.filter(state=SuggestionState.TAKEN_UP, handled_by=user).count(),
                changelist_url(Suggestion, state__exact=SuggestionState.TAKEN_UP, handled_by__id__exact=user.pk),
            )
        )
    return {
        "mine": own_items,
        "needed": [build_queue_item(queue, counts) for queue in WORK_QUEUES],
        "check": Check.objects.first(),
    }
