"""The editing service: people write drafts of new records, and proposals to change public ones.

Forms, bulk actions and imports call these functions; the rules of editing are here and in content_rules.
"""

from dataclasses import dataclass, field
from typing import cast

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.utils import timezone

from kb.choices import ChangeState, Status, Way
from kb.editorial.comments import clean_comment, require_reason
from kb.editorial.content_rules import PROTECTED_FIELDS, apply_content, as_draft_content, is_public, validate_content
from kb.editorial.diff import changed_field_names
from kb.editorial.notifications import notify_reviewers_after_commit
from kb.editorial.snapshot import Content, NaturalKeyResolver, fold_content, format_key, serialize_key, serialize_record
from kb.editorial.source_texts import find_current_edition
from kb.editorial.versioning import PROGRAM_ATTRIBUTION, Attribution, record_versions, versioned_transaction
from kb.models import (
    MAX_REASON_LENGTH,
    OPEN_STATES,
    Batch,
    Change,
    Passage,
    Statement,
    Version,
    VersionedRecord,
    VersionedT,
)
from kb.permissions import WRITE, require_permission

MAX_VERSION_DIGITS = 10


class EditConflict(ValidationError):
    """A record or change was written since its author read it; holds the content they read and the current one."""

    def __init__(self, message: str, original: Content | None = None, current: Content | None = None) -> None:
        super().__init__(message)
        self.original, self.current = original, current


@dataclass
class EditRequest:
    """Who wants something written, why, and where it comes from."""

    by: User | None  # None for the shipped data.
    why: str
    way: str = Way.FORM
    batch: Batch | None = None
    submit: bool = False  # Whether to send it for review at once.
    resolver: NaturalKeyResolver = field(default_factory=NaturalKeyResolver)

    def __post_init__(self) -> None:
        if self.by is not None:
            require_permission(self.by, WRITE)
        self.why = clean_comment(self.why, "why", MAX_REASON_LENGTH)
        if not self.why:
            raise ValidationError({"why": "Say why, in a sentence: the reviewer and the history need it."})
        if self.by is not None:
            require_reason(self.why)

    @property
    def is_part_of_whole(self) -> bool:
        """Whether it is published with others of a batch or not at all."""
        return self.batch is not None and self.batch.together

    def attribution(self) -> Attribution:
        return Attribution(self.by, self.why, self.way)


def concurrency_token(record: VersionedRecord) -> str:
    """Return the token of a record's current state: its version number and the locks of its open changes."""
    number = Version.objects.for_records(record).order_by("-number").values_list("number", flat=True).first() or 0
    open_changes = Change.objects.for_records(record).filter(state__in=OPEN_STATES).order_by("pk")
    return f"{number}-" + ".".join(f"{key}.{lock}" for key, lock in open_changes.values_list("pk", "lock"))


def create_draft(model: type[VersionedT], content: Content, edit_request: EditRequest) -> VersionedT:
    """Save and return a new record as a draft; propose to publish it if the request says to submit it."""
    if issubclass(model, Passage) and "edition" not in content:
        content = content | {"edition": find_current_edition(content.get("source", ""))}
    with versioned_transaction():
        record = model()
        apply_content(record, as_draft_content(record, content), edit_request.resolver)
        record_versions([record], edit_request.attribution())
        if edit_request.submit and not isinstance(record, Passage):
            propose_change(record, serialize_record(record) | {"status": Status.PUBLISHED}, edit_request)
        return record


def save_or_propose(
    record: VersionedRecord, content: Content, edit_request: EditRequest, token: str | None = None
) -> Change | None:
    """Save a content into a draft, or propose it as a change of a public record; return the change, if there is one.

    `token` is the concurrency token of what the author read. If it is out of date, raise EditConflict with both
    contents and write nothing.
    """
    with versioned_transaction():
        record = lock_record(record)
        if token is not None and token != concurrency_token(record):
            raise build_edit_conflict(record, token)
        if is_public(record):
            return propose_change(record, content, edit_request)
        apply_content(record, as_draft_content(record, content), edit_request.resolver)
        record_versions([record], edit_request.attribution())
        if edit_request.submit and not isinstance(record, Passage):
            return propose_change(record, serialize_record(record) | {"status": Status.PUBLISHED}, edit_request)
        return None


def build_edit_conflict(record: VersionedRecord, token: str) -> EditConflict:
    """Return the conflict between the version named by a concurrency token and the current one."""
    number, _, _ = token.partition("-")
    is_number = number.isdecimal() and len(number) < MAX_VERSION_DIGITS
    original = Version.objects.for_records(record).filter(number=number if is_number else 0).first()
    return EditConflict(
        "Somebody else has written to this record since you opened it. Both versions stand below; nothing was saved.",
        original.content if original else None,
        serialize_record(record),
    )


def lock_record(record: VersionedT | None) -> VersionedT:
    """Return the record as stored, locked until the transaction ends; raise EditConflict if it no longer exists."""
    locked = None
    if record is not None:
        # Not its key: others may come to refer to it meanwhile, and must not wait for each other in a circle.
        rows = cast("models.QuerySet[VersionedT]", type(record)._default_manager.select_for_update(no_key=True))
        locked = rows.filter(pk=record.pk).first()
    if locked is None:
        raise EditConflict("This record is gone: its draft was discarded meanwhile.")
    record_versions([locked], PROGRAM_ATTRIBUTION)  # What was written past the ORM precedes this edit in the history.
    return locked


def get_lock_order(record: VersionedRecord) -> tuple[bool, str, int]:
    """Return the place of a record in the order in which several are locked, so that no two wait for each other.

    Statements come first: who decides on the support of one locks it before the places and sources that it cites.
    """
    return not isinstance(record, Statement), record._meta.label, record.pk


def propose_change(record: VersionedRecord, content: Content, edit_request: EditRequest) -> Change:
    """Save a content as the author's one open change of a public record, or of a draft to be published."""
    base = serialize_record(record)
    content = base | {
        name: value for name, value in fold_content(type(record), content).items() if name in base and name != "slug"
    }
    validate_proposal(record, base, content, edit_request)
    now = timezone.now()
    with versioned_transaction():
        own_changes = Change.objects.for_records(record).filter(author=edit_request.by, state__in=OPEN_STATES)
        change = own_changes.select_for_update().first()
        if change is None:
            change = start_change(record, edit_request.by)
        change.base, change.content, change.why = base, content, edit_request.why
        change.way, change.batch = edit_request.way, edit_request.batch or change.batch
        change.state = ChangeState.SUBMITTED if edit_request.submit else ChangeState.DRAFT
        change.submitted_at = now if edit_request.submit else None
        change.lock += 1
        change.save()
        if edit_request.submit:
            notify_reviewers_after_commit()
    return change


def start_change(record: VersionedRecord, author: User | None) -> Change:
    """Return a new change, unsaved; it goes on from the author's last one of the record if that was rejected."""
    kind, slug = ContentType.objects.get_for_model(record), format_key(serialize_key(record))
    change = Change(kind=kind, object_id=record.pk, slug=slug, author=author)
    last = Change.objects.for_records(record).filter(author=author).order_by("-pk").first()
    if last is not None and last.state == ChangeState.REJECTED:
        change.continues, change.refusal = last, last.refusal
    return change


def validate_proposal(record: VersionedRecord, base: Content, content: Content, edit_request: EditRequest) -> None:
    """Raise ValidationError if a content may not be proposed for the record, whose current content is `base`."""
    changed_names = changed_field_names(base, content)
    if edit_request.by is not None and "reviewed_on" in changed_names:
        raise ValidationError({"reviewed_on": "A reviewer sets this day by reviewing the record; leave it as it is."})
    if isinstance(record, Passage) and {*changed_names} - {"section"}:
        raise ValidationError("A passage that is cited stays where it is: add another, and cite that.")
    if not changed_names:
        raise ValidationError("Nothing is different from what is there.")
    if base.get("status", "") != Status.DRAFT and content.get("status") == Status.DRAFT:
        raise ValidationError({"status": "What has been public is retired, not made a draft again: others link to it."})
    # Shipped data are consistent as a whole, but not record by record: they are validated when they are approved.
    # What is published together is validated together, by those who send it (see kb.editorial.batches).
    if edit_request.submit and edit_request.by is not None and not edit_request.is_part_of_whole:
        validate_content(record, content, edit_request.resolver)


def three_way_merge(change: Change, record: VersionedRecord) -> tuple[Content, list[str]]:
    """Return the record's current content with a change merged in, and the fields in which both conflict.

    Conflicting fields keep their current value.
    """
    current = serialize_record(record)
    proposed_names = changed_field_names(change.base, change.content)
    conflicts = [name for name in proposed_names if current[name] not in (change.base[name], change.content[name])]
    return current | {name: change.content[name] for name in proposed_names if name not in conflicts}, conflicts


def is_outdated(change: Change, record: VersionedRecord | None) -> bool:
    """Return whether the record is gone, or no longer as it was when the change was written."""
    return record is None or bool(changed_field_names(change.base, serialize_record(record)))


def restore_version(version: Version, edit_request: EditRequest) -> tuple[VersionedRecord, Change | None]:
    """Propose the content of an earlier version, or recreate a deleted record from it as a draft.

    Return the record, and the change unless a draft was written.
    """
    record, content = version.record, version.content
    if content is None:
        raise ValidationError("The record was deleted then: there is nothing to bring back. Choose an earlier version.")
    if record is None:
        return create_draft(version.model, content, edit_request), None
    current = serialize_record(record)
    if Change.objects.for_records(record).filter(author=edit_request.by, state__in=OPEN_STATES).exists():
        raise ValidationError("You have an open change of this record: have it decided, or withdraw it, before.")
    content = content | {name: current[name] for name in PROTECTED_FIELDS if name in current}
    if content.get("status") == Status.DRAFT:
        content = content | {"status": current["status"]}
    return record, save_or_propose(record, content, edit_request)


def discard_draft(user: User, record: VersionedRecord) -> None:
    """Delete a draft that was never public; its history stays, from which it can be restored."""
    require_permission(user, WRITE)
    with versioned_transaction():
        draft = lock_record(record)
        if is_public(draft):
            raise PermissionDenied("What has been public is retired, not deleted: others may link to it.")
        Change.objects.for_records(draft).filter(state__in=OPEN_STATES).update(state=ChangeState.WITHDRAWN)
        type(draft)._default_manager.get(pk=draft.pk).delete()
        record_versions([draft], Attribution(user, "Discarded.", Way.FORM), deleted=True)
