"""What the public sees happen to the records: published, changed, retired or removed, when and why."""

from kb.choices import EventKind, Status
from kb.editorial.snapshot import changed_field_names, display_name
from kb.models import Event, Passage, Record, resource_name


def filter_events(since=None, until=None):
    """What the public saw happen from one moment on (it included) to another (not included), the newest first."""
    found = Event.objects.all()
    found = found.filter(at__gte=since) if since else found
    return found.filter(at__lt=until) if until else found


def record_public_events(steps):
    """Keep what the public sees as records take these steps together: each a model, its content before, its version."""
    told, moved = [], []
    for model, before, version in steps:
        if issubclass(model, Record):
            told += [
                build_event(model, version, **seen)
                for seen in derive_public_events(before, version.content, model.internal)
            ]
        elif before and version.content:
            moved.append(version)
    Event.objects.bulk_create([*told, *build_passage_events(moved)])


def build_event(model, version, slug, name, **seen):
    kind = resource_name(model)
    name = name or Event.objects.filter(kind=kind, slug=slug).values_list("name", flat=True).first() or slug
    return Event(kind=kind, slug=slug, name=name, at=version.at, why=version.why, **seen)


def derive_public_events(before, after, internal=()):
    """What the public sees as one content of a record becomes another; either may be None: there was no record.

    An event tells what an address answers from now on. Its name and fields are words that were public: what a draft
    holds is none of them, nor what was written in the same step by which a record left the public.
    """
    if before and after and before["slug"] != after["slug"]:  # Past the editor: to the world, these are two records.
        return [*derive_public_events(before, None, internal), *derive_public_events(None, after, internal)]
    was, now = ((content or {}).get("status") for content in (before, after))
    fields = [name for name in changed_field_names(before or {}, after or {}) if name not in internal]
    if now == Status.PUBLISHED:
        event = EventKind.CHANGED if was == now else EventKind.PUBLISHED
    elif now == Status.RETIRED:  # Retired once more where another stands in its place: else nothing of it is shown.
        event = EventKind.RETIRED
        fields = [name for name in fields if name == "replaced_by"]
    else:
        event = EventKind.REMOVED if was in (Status.PUBLISHED, Status.RETIRED) else None
    fields = fields if was == now else []
    if event is None or (was == now and not fields):
        return []
    public = after if now == Status.PUBLISHED else before if was == Status.PUBLISHED else {}
    heir = after.get("replaced_by") if event == EventKind.RETIRED else None
    slug = (after or before)["slug"]
    return [{"event": event, "slug": slug, "name": display_name(public), "fields": fields, "heir": heir or ""}]


def build_passage_events(versions):
    """What it means for the public that cited places were written anew, all for one reason.

    A place has no address of its own: each published statement that cites it has changed.
    """
    for relation in Passage._meta.related_objects if versions else ():
        model, places = relation.related_model, [version.object_id for version in versions]
        for statement in model.objects.public().filter(citations__in=places).distinct():
            seen = {"event": EventKind.CHANGED, "name": statement.text, "fields": ["citations"]}
            yield build_event(model, versions[-1], slug=statement.slug, **seen)
