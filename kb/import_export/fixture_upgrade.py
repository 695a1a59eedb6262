"""The upgrade to new fixture files: drafts and proposals for what they change, never over what an editor wrote."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils import timezone

from kb.choices import ChangeState, Status, Way
from kb.editorial.diff import changed_field_names
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.snapshot import Content, NaturalKeyResolver
from kb.import_export.cells import format_value, get_empty_value
from kb.import_export.fixtures import (
    DIGEST_LOOKUP,
    get_fixture_contents,
    get_fixture_fields,
    read_fixtures,
    save_fixture_contents,
)
from kb.import_export.rows import RecordKey
from kb.import_export.stored_records import StoredRecord, fetch_records
from kb.import_export.validation import group_errors_by_column
from kb.models import MAX_REASON_LENGTH, Batch, Change, Passage, Shipment, Version, versioned_models_by_label

Contents = dict[RecordKey, Content]

UNKNOWN_ORIGIN_MESSAGE = "it is not as in the files, and nothing tells who made it so"


@dataclass(frozen=True)
class UpgradeNote:
    """What an upgrade did with one record, or why it left it alone. Stored as JSON in Batch.rows."""

    what: str  # draft, change, place, conflict, left or gone
    kind: str
    key: str
    words: str = ""

    @classmethod
    def from_key(cls, what: str, record_key: RecordKey, message: str = "") -> "UpgradeNote":
        model, key = record_key
        return cls(what, str(model._meta.verbose_name), key, message)


def upgrade_fixtures() -> list[UpgradeNote]:
    """Bring in what the fixture files changed, as drafts and proposals for review, and return notes on it.

    To be called within `exclusive_transaction()`.
    """
    contents = get_fixture_contents(read_fixtures())
    batch = create_batch()
    edit_request = EditRequest(None, batch.why, Way.SHIPPED, batch)

    previous, notes = get_previous_contents(contents)
    changed = [key for key in contents if contents[key] != previous.get(key)]
    removed = [key for key in previous if key not in contents]
    stored = fetch_records([*changed, *removed])
    for key in changed:
        if key in stored:
            notes += upgrade_record(key, stored[key], previous.get(key), contents[key], edit_request)

    missing = [key for key in changed if key not in stored]
    discarded = [key for key in missing if key in previous or has_version(key)]
    notes += [UpgradeNote.from_key("left", key, "was discarded here, and is not brought back") for key in discarded]
    new = {key: contents[key] for key in missing if key not in discarded}
    created, failures = create_drafts(new, edit_request)
    notes += [UpgradeNote.from_key("place" if key[0] is Passage else "draft", key) for key in created]
    notes += [UpgradeNote.from_key("left", key, message) for key, message in failures.items()]

    notes += [
        UpgradeNote.from_key("gone", key, "is no longer in the files; here it stays as it is")
        for key in removed
        if key in stored and stored[key].content.get("status") != Status.RETIRED
    ]
    save_fixture_contents({key: content for key, content in contents.items() if key not in failures})
    close_batch(batch, notes)
    return notes


def create_batch() -> Batch:
    return Batch.objects.create(
        name=f"Shipped data, version {settings.VERSION}",
        why=f"Comes with the shipped data of version {settings.VERSION}.",
        done_at=timezone.now(),
    )


def close_batch(batch: Batch, notes: list[UpgradeNote]) -> None:
    """Store the notes in the batch, or delete it if there are none."""
    if notes:
        batch.rows = [asdict(note) for note in notes]
        batch.save()
    else:
        batch.delete()


def get_previous_contents(contents: Contents) -> tuple[Contents, list[UpgradeNote]]:
    """Return the contents of the files applied last, and notes on records whose earlier content is unknown."""
    models = versioned_models_by_label()
    shipments = Shipment.objects.exclude(**DIGEST_LOOKUP)
    previous = {(models[s.model], s.key): s.content for s in shipments if s.model in models}
    return (previous, []) if previous else infer_previous_contents(contents)


def infer_previous_contents(contents: Contents) -> tuple[Contents, list[UpgradeNote]]:
    """Return the same for an installation made before applied contents were stored.

    The history of a record has its content as it was loaded. A record without history that equals the files counts as
    loaded from them; one that differs may be an editor's work: it counts as applied, so that it is left alone, and a
    note says so. If most records of the files are missing, the data are somebody's own, and none of them is new.
    """
    stored = fetch_records(contents)
    if len(stored) * 2 < len(contents):
        return contents, []
    versions = Version.objects.filter(way=Way.SHIPPED, change=None).exclude(content=None).order_by("number")
    loaded = {(v.model, v.slug): v.content for v in versions.select_related("kind")}
    previous, notes = {}, []
    for key, content in contents.items():
        if key in loaded:
            previous[key] = {name: loaded[key][name] for name in content if name in loaded[key]}
        elif key in stored:
            previous[key] = content
            if changed_field_names(content, stored[key].content):
                notes.append(UpgradeNote.from_key("left", key, UNKNOWN_ORIGIN_MESSAGE))
    return previous, notes


def has_version(record_key: RecordKey) -> bool:
    """Whether the history knows a record of this key."""
    model, key = record_key
    return Version.objects.filter(kind=ContentType.objects.get_for_model(model), slug=key).exists()


def upgrade_record(
    key: RecordKey, stored: StoredRecord, previous: Content | None, content: Content, edit_request: EditRequest
) -> list[UpgradeNote]:
    """Propose the values that the files changed of an existing record, and return notes on it.

    `previous` is what the files applied last say of it, None if they did not have it; `content` is what they say now.
    """
    record, current = stored
    if previous is None:
        differs = changed_field_names(content, current)
        return [UpgradeNote.from_key("left", key, "was made here under the same name")] if differs else []
    previous = {f.name: get_empty_value(f) for f in get_fixture_fields(key[0])} | previous
    wanted = [name for name in content if previous[name] != content[name] != current[name]]
    if wanted and current.get("status") == Status.RETIRED:
        return [UpgradeNote.from_key("left", key, "is retired here")]

    last = Change.objects.for_records(record).filter(author=None, way=Way.SHIPPED).order_by("-pk").first()
    accepted = {name: content[name] for name in wanted if not is_edited(name, current, previous, last)}
    conflicts = {name: content[name] for name in wanted if name not in accepted}
    merged = current | get_pending_values(last, current, previous, content) | accepted
    notes = []
    if conflicts:
        message = f"keeps what an editor wrote, where the files say otherwise: {format_values(conflicts, '; ')}"
        notes.append(UpgradeNote.from_key("conflict", key, message))
    if changed_field_names(current, merged):
        submit = current.get("status") != Status.DRAFT or content["status"] == Status.PUBLISHED
        request = replace(edit_request, why=explain_proposal(edit_request.why, conflicts), submit=submit)
        message = try_write(save_or_propose, record, merged, request)
        notes.append(UpgradeNote.from_key("left" if message else "change", key, message))
    elif last and last.is_open:
        Change.objects.filter(pk=last.pk).update(state=ChangeState.WITHDRAWN, lock=F("lock") + 1)
    return notes


def is_edited(name: str, current: Content, previous: Content, last: Change | None) -> bool:
    """Whether an editor wrote a value: it is not that of the previous files, nor what their last proposal was for."""
    return current[name] != previous[name] and not (last and current[name] == last.base.get(name))


def get_pending_values(last: Change | None, current: Content, previous: Content, content: Content) -> Content:
    """Return the values of an open proposal from earlier files that the files still say and nobody has decided on."""
    if last is None or not last.is_open:
        return {}
    unchanged = [
        name for name in changed_field_names(last.base, last.content) if previous.get(name) == content.get(name)
    ]
    return {name: last.content[name] for name in unchanged if current[name] == last.base.get(name)}


def explain_proposal(why: str, conflicts: Content) -> str:
    """Return the reason of a proposal, with the values of the files that it leaves out; cut at MAX_REASON_LENGTH."""
    if conflicts:
        why = f"{why} What an editor wrote stays, where the files say otherwise: {format_values(conflicts, '. ')}."
    return why if len(why) <= MAX_REASON_LENGTH else f"{why[: MAX_REASON_LENGTH - 1]}…"


def format_values(values: Content, separator: str) -> str:
    return separator.join(f"{name}: {format_value(value) or '(empty)'}" for name, value in values.items())


def create_drafts(contents: Contents, edit_request: EditRequest) -> tuple[list[RecordKey], dict[RecordKey, str]]:
    """Create new records as drafts; return the keys of those created, and why each of the others could not be.

    Those that fail are tried again as long as others succeed, since a record may reference a later one.
    """
    created: list[RecordKey] = []
    failures: dict[RecordKey, str] = {}
    waiting = list(contents)
    while waiting:
        request = replace(edit_request, resolver=NaturalKeyResolver())  # The last one caches what was missing then.
        failures = {}
        for key in waiting:
            if message := try_write(create_fixture_draft, key[0], contents[key], request):
                failures[key] = message
            else:
                created.append(key)
        waiting = list(failures) if len(failures) < len(waiting) else []
    return created, failures


def create_fixture_draft(model: type, content: Content, edit_request: EditRequest) -> None:
    if content.get("status") == Status.RETIRED:
        raise ValidationError("is retired in the files, and was never here")
    create_draft(model, content, replace(edit_request, submit=content.get("status") == Status.PUBLISHED))


def try_write(write: Callable[..., Any], *args: Any) -> str:
    """Call a function in a savepoint; return why it could not write, "" if it could."""
    try:
        with transaction.atomic():
            write(*args)
    except ValidationError as error:
        return " ".join(f"{name} {' '.join(texts)}".strip() for name, texts in group_errors_by_column(error).items())
    except DatabaseError as error:
        return f"The database refuses it: {error}"
    return ""
