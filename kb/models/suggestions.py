"""Suggestions: corrections that API clients send, and what the editors answer."""

import uuid
from collections import defaultdict
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.text import Truncator

from kb.choices import SuggestionState
from kb.fields import ChoiceField
from kb.models.changes import Change
from kb.models.events import Event
from kb.models.records import PrintableTextMixin
from kb.models.registry import models_by_resource_name

OPEN, TAKEN_UP, PUBLISHED, DECLINED = SuggestionState


class Suggestion(PrintableTextMixin):
    """What an app or a researcher says is wrong with a record; by itself it changes nothing in the data."""

    ALLOWED_PREVIOUS_STATES = {
        OPEN: {TAKEN_UP},
        TAKEN_UP: {OPEN},
        PUBLISHED: {TAKEN_UP},
        DECLINED: {OPEN, TAKEN_UP},
    }  # A suggestion that was taken up may be given back, or still be declined after a closer look.

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Its permanent identifier.")
    kind = models.CharField(max_length=60, help_text="What kind of record it is about, as in addresses: side-effects.")
    slug = models.CharField(max_length=120, help_text="The slug of the record that it is about.")
    field = models.CharField(
        max_length=60, blank=True, help_text="The field of the record that is wrong; empty where it is the whole."
    )
    text = models.TextField(max_length=2000, help_text="What is wrong, in plain words.")
    proposed = models.TextField(max_length=2000, blank=True, help_text="What would be right.")
    evidence = models.TextField(
        max_length=1000, blank=True, help_text="Where that is said: a document and its lines, or an address."
    )
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="suggestions", help_text="Who sent it."
    )
    app = models.CharField(max_length=80, help_text="The name of the token with which it was sent.")
    sent_at = models.DateTimeField(auto_now_add=True, help_text="When it was sent (ISO 8601, UTC).")
    state = ChoiceField(SuggestionState, default=OPEN, editable=False, help_text="What has become of it.")
    answer = models.TextField(
        max_length=2000, blank=True, help_text="What the editors say to it; there always is one where it is declined."
    )
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="suggestions_handled",
        help_text="The editor who took it up or declined it.",
    )
    handled_at = models.DateTimeField(
        null=True, editable=False, help_text="When it was taken up or declined (ISO 8601, UTC); null while it is open."
    )
    change = models.ForeignKey(
        Change,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="suggestions",
        help_text="The change that is to come of it, or that came of it.",
    )
    event = models.ForeignKey(
        Event, models.SET_NULL, null=True, editable=False, related_name="+", help_text="What the public saw of it."
    )

    class Meta:
        ordering = ["-sent_at", "pk"]
        indexes = [models.Index(fields=["sender", "-sent_at"], name="suggestions_of_a_sender")]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="suggestion_says_something"),
            models.CheckConstraint(
                condition=~Q(state=DECLINED) | ~Q(answer=""), name="suggestion_is_declined_in_words"
            ),
            models.CheckConstraint(
                condition=Q(state=OPEN, handled_by=None, handled_at=None)
                | (~Q(state=OPEN) & Q(handled_by__isnull=False, handled_at__isnull=False)),
                name="suggestion_is_handled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=TAKEN_UP)
                | Q(state=PUBLISHED, change__isnull=False)
                | Q(state__in=[OPEN, DECLINED], change=None),
                name="suggestion_is_answered_by_a_change",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.slug}{self.field and f', {self.field}'}: {Truncator(self.text).chars(60)}"

    @cached_property
    def record(self):
        """Return the record that it is about, in any status, or None. Slugs are never reused, so it is the same one."""
        model = models_by_resource_name().get(self.kind)
        return model and model.objects.filter(slug=self.slug).first()

    @classmethod
    def load_records(cls, suggestions):
        """Set `record` of many suggestions with one query for each model; return the suggestions."""
        slugs_by_kind, models_by_name = defaultdict(set), models_by_resource_name()
        for suggestion in suggestions:
            slugs_by_kind[suggestion.kind].add(suggestion.slug)
        records = {
            kind: models_by_name[kind].objects.in_bulk(slugs, field_name="slug")
            for kind, slugs in slugs_by_kind.items()
            if kind in models_by_name
        }
        for suggestion in suggestions:
            suggestion.record = records.get(suggestion.kind, {}).get(suggestion.slug)
        return suggestions
