"""The log of public events: what the public sees of each write (published, changed, retired, removed)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

from django.db import models

from kb.choices import EventKind, Status
from kb.editorial.diff import changed_field_names
from kb.editorial.snapshot import Content, display_name
from kb.models import Event, Passage, Record, Source, Statement, Version, VersionedRecord, resource_name

Transition: TypeAlias = tuple[type[VersionedRecord], Content | None, Version]  # The model, content before, new version.


@dataclass(frozen=True)
class PublicChange:
    """What the public sees of one write to a record."""

    event: EventKind
    slug: str
    name: str  # The public name, title or text; empty if the write itself tells none.
    fields: list[str]  # The names of the changed fields; empty unless the event is `changed` or `retired` again.
    replacement: str = ""  # The slug of the record that replaces a retired one.


def filter_events(since: datetime | None = None, until: datetime | None = None) -> models.QuerySet[Event]:
    """Return the events from `since` (included) to `until` (excluded), the newest first."""
    events = Event.objects.all()
    events = events.filter(at__gte=since) if since else events
    return events.filter(at__lt=until) if until else events


def record_public_events(transitions: Iterable[Transition]) -> None:
    """Store the public events of records that were written together."""
    events: list[Event] = []
    moved_passages: list[Version] = []
    for model, before, version in transitions:
        if issubclass(model, Record):
            changes = derive_public_events(before, version.content, model.internal)
            events += [build_event(model, version, change) for change in changes]
            if issubclass(model, Source) and any("withdrawn_on" in change.fields for change in changes):
                events += build_citation_events(version, citations__source=version.object_id)
        elif before and version.content and changed_field_names(before, version.content):
            moved_passages.append(version)
    if moved_passages:
        passage_ids = [version.object_id for version in moved_passages]
        events += build_citation_events(moved_passages[-1], citations__in=passage_ids)
    Event.objects.bulk_create(events)


def build_event(model: type[Record], version: Version, change: PublicChange) -> Event:
    """Return the unsaved event of a change; without a public name of its own it takes that of an earlier event."""
    kind = resource_name(model)
    earlier_names = Event.objects.filter(kind=kind, slug=change.slug).values_list("name", flat=True)
    return Event(
        kind=kind,
        slug=change.slug,
        name=change.name or earlier_names.first() or change.slug,
        at=version.at,
        why=version.why,
        event=change.event,
        fields=change.fields,
        heir=change.replacement,
    )


def derive_public_events(
    before: Content | None, after: Content | None, internal: tuple[str, ...] = ()
) -> list[PublicChange]:
    """Return what the public sees as a record changes from one snapshot to another; None stands for no record.

    The event tells what the URL of the record answers from now on. Names and fields that it tells were public: never
    those of a draft, nor values written in the same step in which the record left the public.
    """
    if before and after and before["slug"] != after["slug"]:  # Written outside the editor: two records to the public.
        return [*derive_public_events(before, None, internal), *derive_public_events(None, after, internal)]
    old_status, new_status = ((content or {}).get("status") for content in (before, after))
    fields = [name for name in changed_field_names(before or {}, after or {}) if name not in internal]
    event = None
    replacement = ""
    if new_status == Status.PUBLISHED:
        event = EventKind.CHANGED if old_status == new_status else EventKind.PUBLISHED
    elif new_status == Status.RETIRED:  # Of a record that was retired already, only a new replacement is public.
        event = EventKind.RETIRED
        fields = [name for name in fields if name == "replaced_by"]
        replacement = (after or {}).get("replaced_by") or ""
    elif old_status in (Status.PUBLISHED, Status.RETIRED):
        event = EventKind.REMOVED
    fields = fields if old_status == new_status else []
    if event is None or (old_status == new_status and not fields):
        return []
    public = after if new_status == Status.PUBLISHED else before if old_status == Status.PUBLISHED else None
    slug = (after or before or {})["slug"]
    return [PublicChange(event, slug, display_name(public or {}), fields, replacement)]


def build_citation_events(version: Version, **conditions: Any) -> Iterator[Event]:
    """Yield the unsaved events of the published statements for which these conditions hold.

    Passages have no URL of their own, and what a source says of itself stands with each statement that cites it: if
    one of them was changed, by this version, each of the statements has changed.
    """
    for relation in Passage._meta.related_objects:
        model = cast("type[Statement]", relation.related_model)
        for statement in model.objects.public().filter(**conditions).distinct():
            change = PublicChange(EventKind.CHANGED, statement.slug, statement.text, ["citations"])
            yield build_event(model, version, change)
