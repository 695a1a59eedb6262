"""Differences between two snapshots of a record, field by field, also as readable values for pages."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models

from kb.editorial.snapshot import (
    Content,
    EditableField,
    FieldValue,
    NaturalKey,
    NaturalKeyResolver,
    editable_fields,
    format_key,
    referenced_model,
)
from kb.fields import IsoDurationField, parse_written_duration, write_duration
from kb.models import Passage, VersionedRecord

# What the API calls by the names of its format is called by everyday words on forms and wherever changes are read.
FIELD_LABELS = {
    "slug": "Short name",
    "scope": "All or some of a class",
    "onset_max": "Starts within",
    "duration_max": "Lasts at most",
    "benefit_max": "Helps within",
    "updated_at": "Last changed",
    "sha256": "Fingerprint",
}
DisplayItem = str | int | Passage  # Templates show a passage with a link to its lines.


@dataclass
class Difference:
    """A field in which two snapshots differ, with readable items before and after."""

    name: str
    field: str
    before: list[DisplayItem]
    after: list[DisplayItem]
    is_list: bool = False  # Whether the items are separate things, such as citations and synonyms.

    @property
    def removed(self) -> list[DisplayItem]:
        return [item for item in self.before if item not in self.after]

    @property
    def added(self) -> list[DisplayItem]:
        return [item for item in self.after if item not in self.before]

    @property
    def unchanged(self) -> list[DisplayItem]:
        return [item for item in self.after if item in self.before]

    @property
    def word_changes(self) -> Iterator[tuple[str, str]]:
        """Yield the text in pieces, each with `equal`, `out` (only before) or `in` (only after)."""
        old, new = (re.findall(r"\S+\s*", " ".join(map(str, items))) for items in (self.before, self.after))
        matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
        for operation, old_start, old_end, new_start, new_end in matcher.get_opcodes():
            if operation == "equal":
                yield "equal", "".join(old[old_start:old_end])
                continue
            if old[old_start:old_end]:
                yield "out", "".join(old[old_start:old_end])
            if new[new_start:new_end]:
                yield "in", "".join(new[new_start:new_end])


def changed_field_names(before: Content, after: Content) -> list[str]:
    """Return the names of the fields in which two snapshots differ, among those that both have."""
    return [name for name in after if name in before and before[name] != after[name]]


def changed_fields(model: type[models.Model], before: Content, after: Content) -> "list[EditableField]":
    """Return the fields of a model in which two snapshots differ; a missing value equals an empty one."""
    return [
        field
        for field in editable_fields(model)
        if before.get(field.name) != after.get(field.name) and (before.get(field.name) or after.get(field.name))
    ]


def diff_contents(
    model: type[VersionedRecord],
    before: Content | None,
    after: Content | None,
    resolver: NaturalKeyResolver | None = None,
) -> list[Difference]:
    """Return the readable differences between two snapshots; None stands for a record that did not exist."""
    resolver, before, after = resolver or NaturalKeyResolver(), before or {}, after or {}
    return [describe_field(field, before, after, resolver) for field in changed_fields(model, before, after)]


def describe_unchanged(
    model: type[VersionedRecord], before: Content, after: Content, resolver: NaturalKeyResolver | None = None
) -> list[Difference]:
    """Return the fields that are the same in two snapshots and not empty, readable as differences are."""
    resolver, changed = resolver or NaturalKeyResolver(), changed_fields(model, before, after)
    return [
        describe_field(field, after, after, resolver)
        for field in editable_fields(model)
        if field not in changed and after.get(field.name) not in (None, "", [])
    ]


def describe_field(field: "EditableField", before: Content, after: Content, resolver: NaturalKeyResolver) -> Difference:
    """Return a field of two snapshots, with readable items before and after."""
    return Difference(
        field.name,
        field_label(field),
        format_value(field, before.get(field.name), resolver),
        format_value(field, after.get(field.name), resolver),
        field.many_to_many or isinstance(field, models.JSONField),
    )


def field_label(field: "EditableField") -> str:
    """Return what forms call a field, with a capital letter."""
    name = FIELD_LABELS.get(field.name, str(field.verbose_name))
    return name[:1].upper() + name[1:]


def format_value(field: "EditableField", value: FieldValue, resolver: NaturalKeyResolver) -> list[DisplayItem]:
    """Return a value as readable items: labels of enumerations, names of records, passages, durations in words."""
    if value in (None, "", []):
        return []
    if field.is_relation:
        keys = value if field.many_to_many else [value]
        return [format_related_record(referenced_model(field), key, resolver) for key in keys]
    if isinstance(field, IsoDurationField):
        return [write_duration(parse_written_duration(str(value)))]
    items: list[DisplayItem] = value if isinstance(value, list) else [value]
    labels: dict[DisplayItem, DisplayItem] = dict(
        field.flatchoices or getattr(getattr(field, "enum", None), "choices", [])
    )
    return [labels.get(item, item) for item in items]


def format_related_record(model: type[VersionedRecord], key: NaturalKey, resolver: NaturalKeyResolver) -> DisplayItem:
    """Return the name of a record, a passage as it is, or the key with a note if the record no longer exists."""
    try:
        record = resolver.resolve(model, key)
    except ValidationError:
        return f"{format_key(key)} (not there)"
    return record if isinstance(record, Passage) else str(record)
