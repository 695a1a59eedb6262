"""Suggestions from outside: an editor takes one up, and it stays open until a change that came of it is public."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from kb.choices import SuggestionState
from kb.editorial.notifications import notify_sender
from kb.models import Change, Event, Record, Suggestion, Version, VersionedRecord, resource_name
from kb.permissions import WRITE, require_permission

UNFINISHED_STATES = [SuggestionState.OPEN, SuggestionState.TAKEN_UP]


def find_unfinished_suggestions(record: VersionedRecord) -> models.QuerySet[Suggestion]:
    """Return the suggestions about a record of which nothing is public yet, and which were not declined."""
    if not isinstance(record, Record):
        return Suggestion.objects.none()
    about_record = Suggestion.objects.filter(kind=resource_name(type(record)), slug=record.slug)
    return about_record.filter(state__in=UNFINISHED_STATES).select_related("sender", "handled_by")


def find_own_suggestions(user: User, record: VersionedRecord) -> models.QuerySet[Suggestion]:
    """Return the suggestions about a record that this user has taken up."""
    return find_unfinished_suggestions(record).filter(state=SuggestionState.TAKEN_UP, handled_by=user)


def handle_suggestion(user: User, suggestion: Suggestion, state: SuggestionState, answer: str = "") -> None:
    """Take a suggestion up, give it back to the list, or decline it with an answer.

    Raise ValidationError if somebody else was first, or if it is declined without a word.
    """
    require_permission(user, WRITE)
    with transaction.atomic():
        # Locked until it is saved: of two editors at the same moment, the second gets an error that names the first.
        current = Suggestion.objects.select_for_update().get(pk=suggestion.pk)
        if current.state not in Suggestion.ALLOWED_PREVIOUS_STATES[state]:
            raise ValidationError(
                f"{current.handled_by or 'Somebody'} was first: it is {current.get_state_display().lower()}."
            )
        if state == SuggestionState.DECLINED and not answer:
            raise ValidationError({"answer": "Say why: whoever sent it reads this."})
        is_open = state == SuggestionState.OPEN
        suggestion.state, suggestion.answer, suggestion.change = state, answer, None
        suggestion.handled_by, suggestion.handled_at = (None, None) if is_open else (user, timezone.now())
        suggestion.save()
        if state == SuggestionState.DECLINED:
            notify_sender(suggestion)


def link_suggestions(user: User, change: Change, chosen: Collection[Suggestion]) -> None:
    """Say of which suggestions, among those that its author has taken up, a change is to come; of no others."""
    if (record := change.record) is None:
        return
    own, keys = find_own_suggestions(user, record), [suggestion.pk for suggestion in chosen]
    own.filter(change=change).exclude(pk__in=keys).update(change=None)
    own.filter(pk__in=keys).update(change=change)


def publish_suggestions(change: Change, versions: Collection[Version]) -> None:
    """Close the suggestions of which this change, now approved, came; `versions` are what its approval wrote."""
    for suggestion in change.suggestions.filter(state=SuggestionState.TAKEN_UP).select_related("sender"):
        events = Event.objects.filter(kind=suggestion.kind, slug=suggestion.slug)
        suggestion.event = events.filter(at__in=[version.at for version in versions]).first()
        suggestion.state = SuggestionState.PUBLISHED
        suggestion.save()
        notify_sender(suggestion)
