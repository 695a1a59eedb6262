"""The only way in which people write: drafts of what is new, and proposals for what is public.

Forms, bulk actions, imports and whatever comes later call these functions; the rules stand here and nowhere above.
"""

from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kb.choices import ChangeState, Status, Way
from kb.editorial.snapshot import NaturalKeyResolver, changed_field_names, format_key, serialize_key, serialize_record
from kb.editorial.versioning import PROGRAM_ATTRIBUTION, Attribution, record_versions, versioned_transaction
from kb.models import OPEN_STATES, Change, Passage, Version
from kb.permissions import WRITE, require_permission
from kb.validators import validate_printable


class EditConflict(ValidationError):
    """What was to be changed is no longer what its author saw; `seen` and `now` are both versions."""

    def __init__(self, message, seen=None, now=None):
        super().__init__(message)
        self.seen, self.now = seen, now


MAX_VERSION_DIGITS = 10
PROTECTED_FIELDS = ("slug", "reviewed_on", "review_due")  # What no change of the content touches.


@dataclass
class EditRequest:
    """What somebody wants done, why, and on what way it comes."""

    by: object  # The person; None for the shipped data.
    why: str
    way: str = Way.FORM
    batch: object = None
    submit: bool = False  # Whether it is to be reviewed now, or still being written.
    resolver: NaturalKeyResolver = field(default_factory=NaturalKeyResolver)

    def __post_init__(self):
        if self.by is not None:
            require_permission(self.by, WRITE)
        self.why = clean_comment(self.why, "why", 500)
        if not self.why:
            raise ValidationError({"why": "Say why, in a sentence: the reviewer and the history need it."})

    def attribution(self):
        return Attribution(self.by, self.why, self.way)


def clean_comment(words, name, most):
    """What somebody said, as it is kept; too long a speech is told, not cut."""
    words = words.replace("\r\n", "\n").strip()
    try:
        validate_printable(words)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from None
    if len(words) > most:
        raise ValidationError({name: f"These are {len(words)} characters; {most} at most, please."})
    return words


def is_public(record):
    """Whether a change of it would be seen by the world, or by who holds a link to it."""
    return record.is_cited() if isinstance(record, Passage) else record.status != Status.DRAFT


def concurrency_token(record):
    """What somebody sees who opens a record now: its version, and what is proposed for it."""
    number = Version.objects.for_records(record).order_by("-number").values_list("number", flat=True).first() or 0
    waiting = Change.objects.for_records(record).filter(state__in=OPEN_STATES).order_by("pk").values_list("pk", "lock")
    return f"{number}-" + ".".join(f"{key}.{lock}" for key, lock in waiting)


def create_draft(model, content, wish):
    """A new record, as a draft that the public does not see."""
    with versioned_transaction():
        record = model()
        apply_content(record, as_draft_content(record, content), wish.resolver)
        record_versions([record], wish.attribution())
        if wish.submit and not isinstance(record, Passage):
            propose_change(record, serialize_record(record) | {"status": Status.PUBLISHED}, wish)
        return record


def save_or_propose(record, content, wish, seen=None):
    """What somebody wrote into a record: into the draft itself, or beside what is public, as a change of it.

    `seen` is the stamp of what the author saw: where it is no longer so, nothing is written and both are told.
    """
    with versioned_transaction():
        record = lock_record(record)
        if seen is not None and seen != concurrency_token(record):
            raise build_edit_conflict(record, seen)
        if is_public(record):
            return propose_change(record, content, wish)
        apply_content(record, as_draft_content(record, content), wish.resolver)
        record_versions([record], wish.attribution())
        if wish.submit and not isinstance(record, Passage):
            return propose_change(record, serialize_record(record) | {"status": Status.PUBLISHED}, wish)
        return None


def as_draft_content(record, content):
    """What may be written into a draft: it stays a draft, keeps its slug, and nobody has reviewed it."""
    if isinstance(record, Passage):
        return content
    held = {"status": Status.DRAFT, "replaced_by": None, "reviewed_on": None}
    return content | held | ({"slug": record.slug} if record.pk else {})


def build_edit_conflict(record, seen):
    number, _, _ = seen.partition("-")
    known = number.isdecimal() and len(number) < MAX_VERSION_DIGITS
    then = Version.objects.for_records(record).filter(number=number if known else 0).first()
    return EditConflict(
        "Somebody else has written to this record since you opened it. Both versions stand below; nothing was saved.",
        then and then.content,
        serialize_record(record),
    )


def lock_record(record):
    """The record as it is now, which nobody else changes before this transaction ends."""
    found = record and type(record)._default_manager.select_for_update().filter(pk=record.pk).first()
    if found is None:
        raise EditConflict("This record is gone: its draft was discarded meanwhile.")
    record_versions(
        [found], PROGRAM_ATTRIBUTION
    )  # What came in past the ORM stands in the history before what follows it.
    return found


def propose_change(record, content, wish):
    """Keep what is to become of a public record, or of a draft that is ready, as the author's one open change of it."""
    base = serialize_record(record)
    content = base | {name: words for name, words in content.items() if name in base and name != "slug"}
    if wish.by is not None and content.get("reviewed_on") != base.get("reviewed_on"):
        raise ValidationError({"reviewed_on": "A reviewer sets this day by reviewing the record; leave it as it is."})
    if isinstance(record, Passage) and {*changed_field_names(base, content)} - {"section"}:
        raise ValidationError("A passage that is cited stays where it is: add another, and cite that.")
    if not changed_field_names(base, content):
        raise ValidationError("Nothing is different from what is there.")
    if base.get("status", "") != Status.DRAFT and content.get("status") == Status.DRAFT:
        raise ValidationError({"status": "What has been public is retired, not made a draft again: others link to it."})
    if (
        wish.submit and wish.by is not None
    ):  # What ships is sound as a whole; what it takes is checked as it is approved.
        validate_content(record, content, wish.resolver)
    now = timezone.now()
    with versioned_transaction():
        change = (
            Change.objects.for_records(record).filter(author=wish.by, state__in=OPEN_STATES).select_for_update().first()
        )
        if change is None:
            change = Change(
                kind=ContentType.objects.get_for_model(record),
                object_id=record.pk,
                slug=format_key(serialize_key(record)),
                author=wish.by,
            )
        change.base, change.content, change.why = base, content, wish.why
        change.way, change.batch, change.remark = wish.way, wish.batch, ""
        change.state = ChangeState.SUBMITTED if wish.submit else ChangeState.DRAFT
        change.submitted_at = now if wish.submit else None
        change.lock += 1
        change.save()
    return change


def validate_content(record, content, library=None):
    """Refuse a content that may not become the record, with what is wrong, field by field; gives the record so."""
    candidate = type(record)._default_manager.get(pk=record.pk) if record.pk else record
    links = (library or NaturalKeyResolver()).assign_fields(candidate, content)
    candidate.full_clean()
    if not isinstance(candidate, Passage):
        named = candidate.related_records() | links if candidate.pk else links
        if wrong := list(candidate.publication_errors(named)):
            raise ValidationError({name: [words for field, words in wrong if field == name] for name, _ in wrong})
    return candidate, links


def apply_content(record, content, library=None):
    """Make a content the record."""
    candidate, links = validate_content(record, content, library)
    candidate.save()
    for name, records in links.items():
        getattr(candidate, name).set(records)
    record.pk = candidate.pk
    record.refresh_from_db()


def three_way_merge(change, record):
    """What a change makes of its record as it is now, and the fields in which both went different ways."""
    now = serialize_record(record)
    wanted = changed_field_names(change.base, change.content)
    clash = [name for name in wanted if now[name] not in (change.base[name], change.content[name])]
    return now | {name: change.content[name] for name in wanted if name not in clash}, clash


def is_outdated(change, record):
    """Whether the record is no longer what a change of it was written for."""
    return record is None or bool(changed_field_names(change.base, serialize_record(record)))


def restore_version(version, wish):
    """Bring back what a record once was, as a new change of it; gives the record, and the change where it is one."""
    record, content = version.record, version.content
    if content is None:
        raise ValidationError("The record was deleted then: there is nothing to bring back. Choose an earlier version.")
    if record is None:
        return create_draft(version.model, content, wish), None
    now = serialize_record(record)
    if Change.objects.for_records(record).filter(author=wish.by, state__in=OPEN_STATES).exists():
        raise ValidationError("You have an open change of this record: have it decided, or withdraw it, before.")
    content = content | {name: now[name] for name in PROTECTED_FIELDS if name in now}
    if content.get("status") == Status.DRAFT:
        content = content | {"status": now["status"]}
    return record, save_or_propose(record, content, wish)


def discard_draft(user, record):
    """Delete a draft that was never public; its history is kept, and brings it back."""
    require_permission(user, WRITE)
    with versioned_transaction():
        gone = lock_record(record)
        if is_public(gone):
            raise PermissionDenied("What has been public is retired, not deleted: others may link to it.")
        Change.objects.for_records(gone).filter(state__in=OPEN_STATES).update(state=ChangeState.WITHDRAWN)
        type(gone)._default_manager.get(pk=gone.pk).delete()
        record_versions([gone], Attribution(user, "Discarded.", Way.FORM), gone=True)
