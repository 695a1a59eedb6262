"""What waits to be done, for one person: what is their own, then what the knowledge base needs."""

from dataclasses import dataclass, field

from django.db.models import Count, Min, Q
from django.utils.timesince import timesince

from kb.choices import ChangeState, SuggestionState
from kb.dashboard.work_queues import MY_DRAFTS, WORK_QUEUES, changelist_url, count_records_by_model
from kb.models import OPEN_STATES, Change, Check, Suggestion
from kb.permissions import PUBLISH, VIEW, WRITE, is_allowed


@dataclass
class WorklistItem:
    """One heap as it stands on the first page: its number, and where to find what lies on it."""

    title: str
    hint: str
    empty_message: str
    count: int = 0
    url: str = ""
    breakdown: list = field(
        default_factory=list
    )  # The same by kind of record, as triples of words, number and address.
    note: str = ""


def build_queue_item(heap, counts):
    """A heap, kind by kind."""
    parts = [
        (model._meta.verbose_name_plural, names[heap.name], heap.list_url(model))
        for model, names in counts.items()
        if names.get(heap.name)
    ]
    return WorklistItem(heap.title, heap.hint, heap.empty_message, sum(count for _, count, _ in parts), breakdown=parts)


def build_change_items(user):
    """What is proposed: by others, for a reviewer; by themselves, for who writes."""
    mine, sent = Q(author=user), Q(state=ChangeState.SUBMITTED)
    found = Change.objects.filter(state__in=OPEN_STATES).aggregate(
        others=Count("pk", filter=sent & ~mine),
        oldest=Min("submitted_at", filter=sent & ~mine),
        returned=Count("pk", filter=mine & Q(state=ChangeState.RETURNED)),
        mine=Count("pk", filter=mine),
    )
    if is_allowed(user, PUBLISH):
        yield WorklistItem(
            "Awaiting my review",
            "Changes that somebody else wrote; you decide on them.",
            "Nothing waits for your review.",
            found["others"],
            changelist_url(Change, state__exact=ChangeState.SUBMITTED, whose="others"),
            note=f"The oldest has waited {timesince(found['oldest'], depth=1)}." if found["oldest"] else "",
        )
    if is_allowed(user, WRITE):
        yield WorklistItem(
            "Sent back to me",
            "A reviewer asks something of you before it can be published.",
            "Nothing was sent back to you.",
            found["returned"],
            changelist_url(Change, whose="mine", state__exact=ChangeState.RETURNED),
        )
        yield WorklistItem(
            "My open changes",
            "What you proposed: being written, awaiting review or sent back.",
            "You have no open changes.",
            found["mine"],
            changelist_url(Change, whose="mine", open=1),
        )


def build_worklist(user):
    """All that waits: what is the person's own, then what the knowledge base needs; each in lines."""
    if not is_allowed(user, VIEW):
        return {}
    counts = count_records_by_model([MY_DRAFTS, *WORK_QUEUES] if is_allowed(user, WRITE) else WORK_QUEUES, user)
    mine = [*build_change_items(user), *([build_queue_item(MY_DRAFTS, counts)] if is_allowed(user, WRITE) else [])]
    if is_allowed(user, WRITE):
        mine.append(
            WorklistItem(
                "Suggestions from outside",
                "What somebody says is wrong: take it up, or decline it with an answer.",
                "Nobody has suggested anything that is not answered.",
                Suggestion.objects.filter(state=SuggestionState.OPEN).count(),
                changelist_url(Suggestion, state__exact=SuggestionState.OPEN),
            )
        )
    return {
        "mine": mine,
        "needed": [build_queue_item(heap, counts) for heap in WORK_QUEUES],
        "check": Check.objects.first(),
    }
