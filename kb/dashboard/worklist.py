"""What waits to be done, for one person: what is their own, then what the knowledge base needs."""

from dataclasses import dataclass, field

from django.db.models import Count, Min, Q
from django.utils.timesince import timesince

from kb.choices import ChangeState, SuggestionState
from kb.dashboard.work_queues import HEAPS, MINE, address, tally
from kb.models import OPEN, Change, Check, Suggestion
from kb.permissions import PUBLISH, VIEW, WRITE, may


@dataclass
class Line:
    """One heap as it stands on the first page: its number, and where to find what lies on it."""

    title: str
    hint: str
    clear: str
    count: int = 0
    url: str = ""
    parts: list = field(default_factory=list)  # The same by kind of record, as triples of words, number and address.
    note: str = ""


def line(heap, counts):
    """A heap, kind by kind."""
    parts = [
        (model._meta.verbose_name_plural, names[heap.name], heap.lists(model))
        for model, names in counts.items()
        if names.get(heap.name)
    ]
    return Line(heap.title, heap.hint, heap.clear, sum(count for _, count, _ in parts), parts=parts)


def changes(user):
    """What is proposed: by others, for a reviewer; by themselves, for who writes."""
    mine, sent = Q(author=user), Q(state=ChangeState.SUBMITTED)
    found = Change.objects.filter(state__in=OPEN).aggregate(
        others=Count("pk", filter=sent & ~mine),
        oldest=Min("submitted_at", filter=sent & ~mine),
        returned=Count("pk", filter=mine & Q(state=ChangeState.RETURNED)),
        mine=Count("pk", filter=mine),
    )
    if may(user, PUBLISH):
        yield Line(
            "Awaiting my review",
            "Changes that somebody else wrote; you decide on them.",
            "Nothing waits for your review.",
            found["others"],
            address(Change, state__exact=ChangeState.SUBMITTED, whose="others"),
            note=f"The oldest has waited {timesince(found['oldest'], depth=1)}." if found["oldest"] else "",
        )
    if may(user, WRITE):
        yield Line(
            "Sent back to me",
            "A reviewer asks something of you before it can be published.",
            "Nothing was sent back to you.",
            found["returned"],
            address(Change, whose="mine", state__exact=ChangeState.RETURNED),
        )
        yield Line(
            "My open changes",
            "What you proposed: being written, awaiting review or sent back.",
            "You have no open changes.",
            found["mine"],
            address(Change, whose="mine", open=1),
        )


def worklist(user):
    """All that waits: what is the person's own, then what the knowledge base needs; each in lines."""
    if not may(user, VIEW):
        return {}
    counts = tally([MINE, *HEAPS] if may(user, WRITE) else HEAPS, user)
    mine = [*changes(user), *([line(MINE, counts)] if may(user, WRITE) else [])]
    if may(user, WRITE):
        mine.append(
            Line(
                "Suggestions from outside",
                "What somebody says is wrong: take it up, or decline it with an answer.",
                "Nobody has suggested anything that is not answered.",
                Suggestion.objects.filter(state=SuggestionState.OPEN).count(),
                address(Suggestion, state__exact=SuggestionState.OPEN),
            )
        )
    return {"mine": mine, "needed": [line(heap, counts) for heap in HEAPS], "check": Check.objects.first()}
