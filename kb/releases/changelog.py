"""The changelog of a release: which records were published, changed, retired or removed since the last one."""

import json
from collections import defaultdict

from kb.choices import Status
from kb.editorial.public_events import filter_events
from kb.editorial.snapshot import display_name
from kb.models import resource_name
from kb.serializers.support import SUPPORT_FIELDS

# Fields computed from other records or from the time: a change of them is reported at the record that causes it.
DERIVED_FIELDS = {
    "url",
    "updated_at",
    "red_flags",
    "basis",
    "via",
    "contested_by",
    "disagreements",
    "fit",
    "possible_effect",
    "cautions",
    "own_cautions",
    "opposite_roles",
    "serious_harms",
    *SUPPORT_FIELDS,
}


def get_own_values(record):
    """Return the values of a record in the API that are its own, with other records as slugs."""
    return {
        field: replace_references_with_slugs(value) for field, value in record.items() if field not in DERIVED_FIELDS
    }


def replace_references_with_slugs(value):
    """Return a value with the slug of each nested record in place of the record."""
    if isinstance(value, list):
        return [replace_references_with_slugs(item) for item in value]
    if isinstance(value, dict):
        if "slug" in value:
            return value["slug"]
        return {name: replace_references_with_slugs(item) for name, item in value.items()}
    return value


def iterate_changes_since(last, data):
    """Yield a change for each record of a release's data that differs from the last release; all are new without one.

    A change is what changes.json holds: event, kind, slug, name and why; fields or replaced_by by event.
    """
    before = json.loads(last.files.get(name="knowledge.json").content)["resources"] if last else {}
    reasons = collect_reasons(last) if last else {}
    for name, model in data.models.items():
        for change in diff_records(model, before.get(name, []), data.records[name]):
            yield change | {"why": reasons.get((name, change["slug"]), [])}


def collect_reasons(last):
    """Return the reasons given in the public events since the last release, by kind and slug, each once."""
    reasons: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for event in filter_events(last.made_at).order_by("at", "pk"):
        if event.why:
            reasons[event.kind, event.slug][event.why] = True
    return {record: [*texts] for record, texts in reasons.items()}


def diff_records(model, before, now):
    """Yield the changes of the records of one model, ordered by slug."""
    before, now = ({record["slug"]: record for record in records} for records in (before, now))
    removed = model.objects.select_related("replaced_by").in_bulk(before.keys() - now.keys(), field_name="slug")
    for slug in sorted(before.keys() | now.keys()):
        label = {"kind": resource_name(model), "slug": slug, "name": display_name(now.get(slug) or before[slug])}
        if slug not in before:
            yield {"event": "published"} | label
        elif slug not in now:
            yield {**describe_removal(removed.get(slug)), **label}
        elif fields := diff_fields(get_own_values(before[slug]), get_own_values(now[slug])):
            yield {"event": "changed"} | label | {"fields": fields}


def describe_removal(record):
    """Return the event of a record that is no longer public: retired, or removed if it no longer exists."""
    if record is None or record.status != Status.RETIRED:
        return {"event": "removed"}
    replacement = record.replaced_by
    is_replaced = replacement and replacement.status == Status.PUBLISHED
    return {"event": "retired", "replaced_by": replacement.slug if is_replaced else None}


def diff_fields(before, now):
    """Return both values of each field that differs; a field that only one of the releases has does not count."""
    both = [field for field in before if field in now]
    return {field: {"before": before[field], "now": now[field]} for field in both if before[field] != now[field]}
