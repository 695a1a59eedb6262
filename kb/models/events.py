"""Public events: the log of what the public saw happen to records."""

import uuid
from collections import defaultdict
from functools import cached_property

from django.db import models

from kb.choices import EventKind, Status
from kb.fields import ChoiceField
from kb.models.records import Record
from kb.models.registry import models_by_resource_name


class Event(models.Model):
    """What happened to a record, as the public saw it: no draft, no person, kept when the record is gone."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False, help_text="Its permanent identifier.")
    event = ChoiceField(EventKind, help_text="What happened.")
    kind = models.CharField(max_length=60, help_text="What kind of record it is, as in addresses: side-effects.")
    slug = models.CharField(max_length=120, help_text="The permanent public identifier of the record.")
    name = models.CharField(
        max_length=500,
        help_text="The name of an entry, the title of a source or the text of a statement: as it became, or last was.",
    )
    fields = models.JSONField(
        default=list, help_text="The fields that changed; empty where it was published, retired or removed as a whole."
    )
    at = models.DateTimeField(help_text="When (ISO 8601, UTC).")
    why = models.CharField(
        max_length=500, blank=True, help_text="Why, in the editors' words; empty where these were not meant for all."
    )
    heir = models.CharField(
        max_length=120, blank=True, help_text="The slug of the record that stands in its place, if it is retired."
    )

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="events_newest_first"),
            models.Index(fields=["kind", "slug"], name="events_of_a_record"),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.kind}/{self.slug}"

    @property
    def model(self) -> type[Record]:
        return models_by_resource_name()[self.kind]

    @cached_property
    def replaced_by(self):
        """Return the record that replaces a retired one, or None; never a draft."""
        return self.load_replacements([self])[0].replaced_by

    @classmethod
    def load_replacements(cls, events):
        """Set `replaced_by` of many events with one query for each model; return the events."""
        slugs_by_kind, models_by_name = defaultdict(set), models_by_resource_name()
        for event in events:
            slugs_by_kind[event.kind].update(filter(None, [event.heir]))
        records = {
            kind: models_by_name[kind].objects.exclude(status=Status.DRAFT).in_bulk(slugs, field_name="slug")
            for kind, slugs in slugs_by_kind.items()
            if slugs
        }
        for event in events:
            event.replaced_by = records.get(event.kind, {}).get(event.heir)
        return events
