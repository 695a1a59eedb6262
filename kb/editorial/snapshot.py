"""Snapshots: records serialized to JSON values (as in versions, changes and files), and parsed back."""

from datetime import date, timedelta
from typing import Any, TypeAlias, cast

from django.core.exceptions import ValidationError
from django.db import models

from kb.fields import ChoiceField, IsoDurationField, find_choice, format_iso_duration, parse_written_duration
from kb.models import Passage, Record, RelationField, Source, VersionedRecord
from kb.utils.fuzzy import did_you_mean
from kb.validators import fold_value

NaturalKey: TypeAlias = str | list[str | int]  # A slug; of a passage, its source's slug, lines and edition.
FieldValue: TypeAlias = Any  # A JSON value as the field needs it: text, number, key, list of texts or keys, null.
Content: TypeAlias = dict[str, FieldValue]  # A record as a snapshot, by field name.
Links: TypeAlias = dict[str, list[models.Model]]  # The records of many-to-many fields, by field name.
EditableField: TypeAlias = "models.Field[Any, Any] | RelationField"


def editable_fields(model: type[models.Model]) -> "list[EditableField]":
    """Return the fields that people write, in the model's order."""
    fields = [*model._meta.fields, *model._meta.many_to_many]
    return [f for f in fields if f.editable and not f.primary_key]


def referenced_model(field: "EditableField") -> type[VersionedRecord]:
    """Return the model to which a relation field refers."""
    return cast("type[VersionedRecord]", field.related_model)


def serialize_key(record: VersionedRecord) -> NaturalKey:
    """Return the key under which snapshots refer to a record: its slug; for a passage, its source and lines."""
    return list(record.natural_key()) if isinstance(record, Passage) else record.slug


def is_natural_key(key: Any) -> bool:
    """Return whether a value of a snapshot has the form of a key, of whatever record."""
    return isinstance(key, str) or (isinstance(key, list) and all(type(part) in (str, int) for part in key))


def format_key(key: NaturalKey) -> str:
    """Return a key as text: a slug, or `source:first_line:last_line`."""
    return key if isinstance(key, str) else ":".join(map(str, key))


def write_key(key: NaturalKey) -> str:
    """Return a key as people write it: a slug, or the place of a passage as source:line or source:first-last@edition.

    The edition is left out if it is the first.
    """
    if isinstance(key, str) or len(key) < 3:
        return format_key(key)
    source, first, last, *edition = key
    lines = f"{first}" if first == last else f"{first}-{last}"
    return f"{source}:{lines}@{edition[0]}" if edition else f"{source}:{lines}"


def serialize_record(record: VersionedRecord) -> Content:
    """Return a record as a snapshot: related records by their keys, times in ISO 8601, the same on every machine."""
    return {field.name: serialize_field(field, record) for field in editable_fields(type(record))}


def fold_content(model: type[models.Model], content: Content) -> Content:
    """Return a snapshot with its texts in the form in which they are stored; relations are left as they are."""
    columns = {field.name: field for field in editable_fields(model) if not field.is_relation}
    return {
        name: fold_value(columns[name], value).value if name in columns else value for name, value in content.items()
    }


def display_name(content: Content) -> str:
    """Return the name, title or text in a snapshot; empty if it has none."""
    return next((str(content[name]) for name in ("name", "title", "text") if content.get(name)), "")


def serialize_field(field: "EditableField", record: VersionedRecord) -> FieldValue:
    """Return the value of one field of a record as in a snapshot."""
    if field.many_to_many:
        related_records = getattr(record, field.name).all() if record.pk else []
        return sorted(serialize_key(related) for related in related_records)
    if field.is_relation:
        related = getattr(record, field.name, None)
        return serialize_key(related) if related else None
    return serialize_value(field.value_from_object(record))


def serialize_value(value: Any) -> FieldValue:
    """Return a value of a column as JSON: durations and dates in ISO 8601, others unchanged."""
    if isinstance(value, timedelta):
        return format_iso_duration(value)
    return value.isoformat() if isinstance(value, date) else value


class NaturalKeyResolver:
    """Looks up records by natural key, each once, and assigns snapshots to records."""

    def __init__(self) -> None:
        self.cache: dict[tuple[type[models.Model], str], VersionedRecord | ValidationError] = {}

    def resolve(self, model: type[VersionedRecord], key: NaturalKey) -> VersionedRecord:
        """Return the record with this key, or raise a ValidationError that names the nearest known key."""
        if not is_natural_key(key):
            raise ValidationError(f"“{str(key)[:80]}” names no {model._meta.verbose_name}.")
        cache_key = (model, format_key(key))
        if cache_key not in self.cache:
            try:
                record = model.objects.get_by_natural_key(*([key] if isinstance(key, str) else key))
            except (model.DoesNotExist, TypeError, ValueError, OverflowError):
                record = None
            self.cache[cache_key] = record or self.build_missing_error(model, key)
        cached = self.cache[cache_key]
        if isinstance(cached, ValidationError):
            raise cached
        return cached

    def register(self, record: VersionedRecord) -> None:
        """Make `resolve` return this record for its key from now on."""
        self.cache[type(record), format_key(serialize_key(record))] = record

    def build_missing_error(self, model: type[VersionedRecord], key: NaturalKey) -> ValidationError:
        """Return the error that no record has this key, with the nearest slug that exists."""
        message, hint = f"There is no {model._meta.verbose_name} “{write_key(key)}”.", ""
        if issubclass(model, Record):
            hint = did_you_mean(str(key), model.objects.values_list("slug", flat=True))
        elif isinstance(key, list) and key:  # A passage: suggest a source only if its source does not exist.
            slugs = Source.objects.values_list("slug", flat=True)
            hint = "" if key[0] in slugs else did_you_mean(str(key[0]), slugs)
        return ValidationError(message + hint)

    def assign_fields(self, record: models.Model, content: Content) -> Links:
        """Set the fields of a record from a snapshot without saving; return the records of many-to-many fields.

        Raise one ValidationError with the messages for every field whose value cannot be parsed.
        """
        links: Links = {}
        errors: dict[str, list[str]] = {}
        for field in editable_fields(type(record)):
            if field.name not in content:
                continue
            try:
                value = self.parse_value(field, content[field.name])
            except ValidationError as error:
                errors[field.name] = error.messages
                continue
            if field.many_to_many:
                links[field.name] = value
            else:
                setattr(record, field.name, value)
        if errors:
            raise ValidationError(errors)
        return links

    def parse_value(self, field: "EditableField", value: FieldValue) -> Any:
        """Return the value for a field of a model from its value in a snapshot, or raise ValidationError."""
        if field.many_to_many:
            if not isinstance(value, list):
                raise ValidationError("Give a list.")
            return [self.resolve(referenced_model(field), key) for key in value]
        if field.is_relation:
            return None if value in (None, "") else self.resolve(referenced_model(field), value)
        if isinstance(field, IsoDurationField) and isinstance(value, str):
            return parse_written_duration(value) if value else None
        if isinstance(field, ChoiceField) and field.enum and isinstance(value, str):
            value = find_choice(field.enum, value)
        if isinstance(field, ChoiceField) and field.enum and value not in ("", None, *field.enum.values):
            hint = (
                did_you_mean(str(value), [*field.enum.values, *field.enum.labels])
                or f" It is one of: {', '.join(field.enum.labels)}."
            )
            raise ValidationError(f"“{value}” is not a word of this list.{hint}")
        if value is None and not field.null:
            raise ValidationError("This cannot be empty.")
        return field.to_python(value if value != "" or not field.null else None)
