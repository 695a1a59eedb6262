"""What differs between two releases, record by record: as data, and in words."""

import json
from collections import defaultdict

from kb.choices import Status
from kb.editorial import public_events as feed
from kb.editorial.snapshot import display_name
from kb.models import resource_name

# What follows from other records, or from the moment: it is told where it arises.
DERIVED_FIELDS = {"url", "updated_at", "red_flags", "basis", "via", "contested_by", "disagreements", "fit", "cautions"}
DERIVED_FIELDS |= {"own_cautions"}


def get_own_values(record):
    """What a record says of its own: other records by their slugs."""
    return {
        field: replace_references_with_slugs(value) for field, value in record.items() if field not in DERIVED_FIELDS
    }


def replace_references_with_slugs(value):
    """A value in which other records stand as slugs."""
    if isinstance(value, list):
        return [replace_references_with_slugs(one) for one in value]
    if isinstance(value, dict):
        return (
            value["slug"]
            if "slug" in value
            else {name: replace_references_with_slugs(one) for name, one in value.items()}
        )
    return value


def iterate_changes_since(last, told):
    """The records that were published, changed, retired or removed since the last release; all, without one."""
    before = json.loads(last.files.get(name="knowledge.json").content)["resources"] if last else {}
    reasons = collect_reasons(last) if last else {}
    for name, model in told.models.items():
        for change in diff_records(model, before.get(name, []), told.records[name]):
            yield change | {"why": reasons.get((name, change["slug"]), [])}


def collect_reasons(last):
    """What the public was told as reasons since the last release, by kind and slug, each reason once."""
    reasons = defaultdict(dict)
    for event in feed.filter_events(last.made_at).order_by("at", "pk"):
        if event.why:
            reasons[event.kind, event.slug][event.why] = True
    return {record: [*words] for record, words in reasons.items()}


def diff_records(model, before, now):
    """The changes of one kind of record, in the order of slugs."""
    before, now = ({record["slug"]: record for record in records} for records in (before, now))
    gone = model.objects.select_related("replaced_by").in_bulk(before.keys() - now.keys(), field_name="slug")
    for slug in sorted(before.keys() | now.keys()):
        told = {"kind": resource_name(model), "slug": slug, "name": display_name(now.get(slug) or before[slug])}
        if slug not in before:
            yield {"event": "published"} | told
        elif slug not in now:
            yield {**describe_removal(gone.get(slug)), **told}
        elif fields := diff_fields(get_own_values(before[slug]), get_own_values(now[slug])):
            yield {"event": "changed"} | told | {"fields": fields}


def describe_removal(record):
    """What became of a record that is not public any more."""
    if record is None or record.status != Status.RETIRED:
        return {"event": "removed"}
    heir = record.replaced_by
    return {"event": "retired", "replaced_by": heir.slug if heir and heir.status == Status.PUBLISHED else None}


def diff_fields(before, now):
    """The fields in which a record differs, with what they said and say; one that only one release knows is none."""
    both = [field for field in before if field in now]
    return {field: {"before": before[field], "now": now[field]} for field in both if before[field] != now[field]}
