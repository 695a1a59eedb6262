"""Rules for the content of a record: fields that edits may not change, validation, writing it to the record."""

from django.core.exceptions import ValidationError

from kb.choices import Status
from kb.editorial.snapshot import Content, Links, NaturalKeyResolver
from kb.models import Passage, VersionedRecord

# Fields of a record that no edit of its content changes: its permanent slug, and what only a review sets.
PROTECTED_FIELDS = ("slug", "reviewed_on", "review_due")
# Values of a draft that no edit changes: a draft is not public, not replaced, and not reviewed.
DRAFT_VALUES: Content = {"status": Status.DRAFT, "replaced_by": None, "reviewed_on": None}
DRAFT_PROTECTED_FIELDS = ("slug", *DRAFT_VALUES)


def is_public(record: VersionedRecord) -> bool:
    """Return whether the public sees the record, or for a passage, whether a statement cites it."""
    return record.is_cited() if isinstance(record, Passage) else record.status != Status.DRAFT


def as_draft_content(record: VersionedRecord, content: Content) -> Content:
    """Return the content with the values that a draft keeps, whatever is written into it."""
    if isinstance(record, Passage):
        return content
    return content | DRAFT_VALUES | ({"slug": record.slug} if record.pk else {})


def validate_content(
    record: VersionedRecord, content: Content, resolver: NaturalKeyResolver | None = None
) -> tuple[VersionedRecord, Links]:
    """Return the record as it would be with this content, unsaved, and the records of its many-to-many fields.

    Raise a ValidationError with messages by field if the record may not be so. A saved `record` is not touched.
    """
    candidate = type(record)._default_manager.get(pk=record.pk) if record.pk else record
    links = (resolver or NaturalKeyResolver()).assign_fields(candidate, content)
    candidate.full_clean()
    if not isinstance(candidate, Passage):
        related = candidate.related_records() | links if candidate.pk else links
        if errors := list(candidate.publication_errors(related)):
            raise ValidationError({name: [message for field, message in errors if field == name] for name, _ in errors})
    return candidate, links


def apply_content(record: VersionedRecord, content: Content, resolver: NaturalKeyResolver | None = None) -> None:
    """Validate a content and save it as the record, which is reloaded."""
    candidate, links = validate_content(record, content, resolver)
    candidate.save()
    for name, records in links.items():
        getattr(candidate, name).set(records)
    record.pk = candidate.pk
    record.refresh_from_db()
