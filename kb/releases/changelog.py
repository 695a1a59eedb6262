"""The changelog of a release: which records were published, changed, retired or removed since the last one."""

import sqlite3
from collections import defaultdict
from contextlib import closing, contextmanager

import orjson

from kb.choices import Status
from kb.editorial.public_events import filter_events
from kb.editorial.snapshot import display_name
from kb.models import resource_name
from kb.models.querysets import BATCH_SIZE
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
    "more_cautions",
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


class RecordComparison:
    """The records of the last release and of now, as lines of JSON in a work database on disk, compared by slug."""

    def __init__(self, connection):
        self.connection = connection
        for table in ("before", "now"):
            connection.execute(f"CREATE TABLE {table} (slug TEXT PRIMARY KEY, line BLOB)")

    @classmethod
    @contextmanager
    def open(cls, path):
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
            yield cls(connection)

    def fill(self, table, lines):
        """Put these lines in place of what a table holds."""
        self.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - one of two names
        rows = ((orjson.loads(line)["slug"], line) for line in lines)
        self.connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)  # noqa: S608

    def iterate_differences(self):
        """Yield batches of the slug and both lines (None if there is none) of what is not the same, by slug."""
        cursor = self.connection.execute(
            "SELECT slug, before.line, now.line FROM (SELECT slug FROM before UNION SELECT slug FROM now)"
            " LEFT JOIN before USING (slug) LEFT JOIN now USING (slug)"
            " WHERE before.line IS NOT now.line ORDER BY slug"
        )
        while rows := cursor.fetchmany(BATCH_SIZE):
            yield rows


def iterate_changes_since(last, data):
    """Yield a change for each record of a release's data that differs from the last release; all are new without one.

    A change is what changes.json holds: event, kind, slug, name and why; fields or replaced_by by event.
    """
    with RecordComparison.open(data.folder.get_work_path("comparison.sqlite3")) as comparison:
        for name, model in data.models.items():
            comparison.fill("before", iterate_lines_of(last, name))
            comparison.fill("now", data.iterate_lines(name))
            for rows in comparison.iterate_differences():
                changes = list(diff_records(model, rows))
                reasons = collect_reasons(last, name, [change["slug"] for change in changes]) if last else {}
                for change in changes:
                    yield change | {"why": list(reasons.get(change["slug"], ()))}


def iterate_lines_of(release, name):
    """Yield each record of one kind in a release as the line of its NDJSON; none without a release, or such a file."""
    file = release and release.files.filter(name=f"{name}.ndjson").first()
    rest = b""
    for piece in file.iterate_content() if file else ():
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line + b"\n" for line in lines)


def collect_reasons(last, kind, slugs):
    """Return the reasons given in the public events of these records since the last release, each once, by slug."""
    reasons: dict[str, dict[str, bool]] = defaultdict(dict)
    events = filter_events(last.made_at).filter(kind=kind, slug__in=slugs).exclude(why="").order_by("at", "pk")
    for slug, why in events.values_list("slug", "why"):
        reasons[slug][why] = True
    return reasons


def diff_records(model, rows):
    """Yield the changes of some records of one model, given the slug and the lines of each before and now."""
    kind = resource_name(model)
    gone = [slug for slug, _, now in rows if now is None]
    removed = model.objects.select_related("replaced_by").in_bulk(gone, field_name="slug")
    for slug, *lines in rows:
        before, now = (line and orjson.loads(line) for line in lines)
        label = {"kind": kind, "slug": slug, "name": display_name(now or before)}
        if before is None:
            yield {"event": "published"} | label
        elif now is None:
            yield {**describe_removal(removed.get(slug)), **label}
        elif fields := diff_fields(get_own_values(before), get_own_values(now)):
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
