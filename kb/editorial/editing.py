"""The only way in which people write: drafts of what is new, and proposals for what is public.

Forms, bulk actions, imports and whatever comes later call these functions; the rules stand here and nowhere above.
"""

from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from kb.choices import ChangeState, Status, Way
from kb.editorial.snapshot import Library, content_of, differing, key_of, title
from kb.editorial.versioning import BY_PROGRAM, Hand, by_hand, write_down
from kb.models import OPEN, Change, Passage, Version
from kb.permissions import WRITE, require
from kb.validators import refuse_unreadable


class MovedOn(ValidationError):
    """What was to be changed is no longer what its author saw; `seen` and `now` are both versions."""

    def __init__(self, message, seen=None, now=None):
        super().__init__(message)
        self.seen, self.now = seen, now


MOST_DIGITS = 10
HELD = ("slug", "reviewed_on", "review_due")  # What no change of the content touches.


@dataclass
class Wish:
    """What somebody wants done, why, and on what way it comes."""

    by: object  # The person; None for the shipped data.
    why: str
    way: str = Way.FORM
    batch: object = None
    send: bool = False  # Whether it is to be reviewed now, or still being written.
    library: Library = field(default_factory=Library)

    def __post_init__(self):
        if self.by is not None:
            require(self.by, WRITE)
        self.why = spoken(self.why, "why", 500)
        if not self.why:
            raise ValidationError({"why": "Say why, in a sentence: the reviewer and the history need it."})

    def hand(self):
        return Hand(self.by, self.why, self.way)


def spoken(words, name, most):
    """What somebody said, as it is kept; too long a speech is told, not cut."""
    words = words.replace("\r\n", "\n").strip()
    try:
        refuse_unreadable(words)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from None
    if len(words) > most:
        raise ValidationError({name: f"These are {len(words)} characters; {most} at most, please."})
    return words


def is_public(record):
    """Whether a change of it would be seen by the world, or by who holds a link to it."""
    return record.is_cited() if isinstance(record, Passage) else record.status != Status.DRAFT


def stamp(record):
    """What somebody sees who opens a record now: its version, and what is proposed for it."""
    number = Version.objects.about(record).order_by("-number").values_list("number", flat=True).first() or 0
    waiting = Change.objects.about(record).filter(state__in=OPEN).order_by("pk").values_list("pk", "lock")
    return f"{number}-" + ".".join(f"{key}.{lock}" for key, lock in waiting)


def begin(model, content, wish):
    """A new record, as a draft that the public does not see."""
    with by_hand():
        record = model()
        write(record, kept_back(record, content), wish.library)
        write_down([record], wish.hand())
        if wish.send and not isinstance(record, Passage):
            propose(record, content_of(record) | {"status": Status.PUBLISHED}, wish)
        return record


def save(record, content, wish, seen=None):
    """What somebody wrote into a record: into the draft itself, or beside what is public, as a change of it.

    `seen` is the stamp of what the author saw: where it is no longer so, nothing is written and both are told.
    """
    with by_hand():
        record = locked(record)
        if seen is not None and seen != stamp(record):
            raise moved(record, seen)
        if is_public(record):
            return propose(record, content, wish)
        write(record, kept_back(record, content), wish.library)
        write_down([record], wish.hand())
        if wish.send and not isinstance(record, Passage):
            return propose(record, content_of(record) | {"status": Status.PUBLISHED}, wish)
        return None


def kept_back(record, content):
    """What may be written into a draft: it stays a draft, keeps its slug, and nobody has reviewed it."""
    if isinstance(record, Passage):
        return content
    held = {"status": Status.DRAFT, "replaced_by": None, "reviewed_on": None}
    return content | held | ({"slug": record.slug} if record.pk else {})


def moved(record, seen):
    number, _, _ = seen.partition("-")
    known = number.isdecimal() and len(number) < MOST_DIGITS
    then = Version.objects.about(record).filter(number=number if known else 0).first()
    return MovedOn(
        "Somebody else has written to this record since you opened it. Both versions stand below; nothing was saved.",
        then and then.content,
        content_of(record),
    )


def locked(record):
    """The record as it is now, which nobody else changes before this transaction ends."""
    found = record and type(record)._default_manager.select_for_update().filter(pk=record.pk).first()
    if found is None:
        raise MovedOn("This record is gone: its draft was discarded meanwhile.")
    write_down([found], BY_PROGRAM)  # What came in past the ORM stands in the history before what follows it.
    return found


def propose(record, content, wish):
    """Keep what is to become of a public record, or of a draft that is ready, as the author's one open change of it."""
    base = content_of(record)
    content = base | {name: words for name, words in content.items() if name in base and name != "slug"}
    if wish.by is not None and content.get("reviewed_on") != base.get("reviewed_on"):
        raise ValidationError({"reviewed_on": "A reviewer sets this day by reviewing the record; leave it as it is."})
    if isinstance(record, Passage) and {*differing(base, content)} - {"section"}:
        raise ValidationError("A passage that is cited stays where it is: add another, and cite that.")
    if not differing(base, content):
        raise ValidationError("Nothing is different from what is there.")
    if base.get("status", "") != Status.DRAFT and content.get("status") == Status.DRAFT:
        raise ValidationError({"status": "What has been public is retired, not made a draft again: others link to it."})
    if wish.send and wish.by is not None:  # What ships is sound as a whole; what it takes is checked as it is approved.
        check(record, content, wish.library)
    now = timezone.now()
    with by_hand():
        change = Change.objects.about(record).filter(author=wish.by, state__in=OPEN).select_for_update().first()
        if change is None:
            change = Change(
                kind=ContentType.objects.get_for_model(record),
                object_id=record.pk,
                slug=title(key_of(record)),
                author=wish.by,
            )
        change.base, change.content, change.why = base, content, wish.why
        change.way, change.batch, change.remark = wish.way, wish.batch, ""
        change.state = ChangeState.SUBMITTED if wish.send else ChangeState.DRAFT
        change.submitted_at = now if wish.send else None
        change.lock += 1
        change.save()
    return change


def check(record, content, library=None):
    """Refuse a content that may not become the record, with what is wrong, field by field; gives the record so."""
    candidate = type(record)._default_manager.get(pk=record.pk) if record.pk else record
    links = (library or Library()).fill(candidate, content)
    candidate.full_clean()
    if not isinstance(candidate, Passage):
        named = candidate.named() | links if candidate.pk else links
        if wrong := list(candidate.obstacles(named)):
            raise ValidationError({name: [words for field, words in wrong if field == name] for name, _ in wrong})
    return candidate, links


def write(record, content, library=None):
    """Make a content the record."""
    candidate, links = check(record, content, library)
    candidate.save()
    for name, records in links.items():
        getattr(candidate, name).set(records)
    record.pk = candidate.pk
    record.refresh_from_db()


def merged(change, record):
    """What a change makes of its record as it is now, and the fields in which both went different ways."""
    now = content_of(record)
    wanted = differing(change.base, change.content)
    clash = [name for name in wanted if now[name] not in (change.base[name], change.content[name])]
    return now | {name: change.content[name] for name in wanted if name not in clash}, clash


def has_moved_on(change, record):
    """Whether the record is no longer what a change of it was written for."""
    return record is None or bool(differing(change.base, content_of(record)))


def restore(version, wish):
    """Bring back what a record once was, as a new change of it; gives the record, and the change where it is one."""
    record, content = version.record, version.content
    if content is None:
        raise ValidationError("The record was deleted then: there is nothing to bring back. Choose an earlier version.")
    if record is None:
        return begin(version.model, content, wish), None
    now = content_of(record)
    if Change.objects.about(record).filter(author=wish.by, state__in=OPEN).exists():
        raise ValidationError("You have an open change of this record: have it decided, or withdraw it, before.")
    content = content | {name: now[name] for name in HELD if name in now}
    if content.get("status") == Status.DRAFT:
        content = content | {"status": now["status"]}
    return record, save(record, content, wish)


def discard(user, record):
    """Delete a draft that was never public; its history is kept, and brings it back."""
    require(user, WRITE)
    with by_hand():
        gone = locked(record)
        if is_public(gone):
            raise PermissionDenied("What has been public is retired, not deleted: others may link to it.")
        Change.objects.about(gone).filter(state__in=OPEN).update(state=ChangeState.WITHDRAWN)
        type(gone)._default_manager.get(pk=gone.pk).delete()
        write_down([gone], Hand(user, "Discarded.", Way.FORM), gone=True)
