"""A record as plain words: what history keeps, what a change proposes and what a file carries are the same."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_duration

from kb.fields import ChoiceField, IsoDurationField, format_iso_duration
from kb.utils.fuzzy import did_you_mean


def editable_fields(model):
    """The fields that people write, in the order in which the model gives them."""
    fields = [*model._meta.fields, *model._meta.many_to_many]
    return [f for f in fields if f.editable and not f.primary_key]


def serialize_key(record):
    """By what a record is named in words: its slug; for a passage, its source and lines."""
    key = record.natural_key()
    return key[0] if len(key) == 1 else list(key)


def format_key(key):
    """The same key as one text."""
    return key if isinstance(key, str) else ":".join(map(str, key))


def serialize_record(record):
    """A record in words that are the same on every machine: related records by their keys, times in ISO 8601."""
    return {field.name: serialize_field(field, record) for field in editable_fields(type(record))}


def display_name(content):
    """What a record is called, by its own words; empty, where it has none."""
    return next((content[name] for name in ("name", "title", "text") if content.get(name)), "")


def serialize_field(field, record):
    """One field of a record in words."""
    if field.many_to_many:
        return sorted(serialize_key(related) for related in getattr(record, field.name).all()) if record.pk else []
    if field.is_relation:
        related = getattr(record, field.name, None)
        return related and serialize_key(related)
    return serialize_value(field.value_from_object(record))


def serialize_value(value):
    """A plain value in words."""
    if isinstance(value, timedelta):
        return format_iso_duration(value)
    return value.isoformat() if isinstance(value, date) else value


def changed_field_names(before, after):
    """The names of the fields in which two contents differ; a field that one lacks does not count."""
    return [name for name in after if name in before and before[name] != after[name]]


class NaturalKeyResolver:
    """Finds records by their keys, each once."""

    def __init__(self):
        self.cache = {}

    def resolve(self, model, key):
        """The record with this key; an error that names the nearest, where there is none."""
        place = (model, format_key(key))
        if place not in self.cache:
            try:
                found = model.objects.get_by_natural_key(*([key] if isinstance(key, str) else key))
            except (model.DoesNotExist, TypeError, ValueError):
                found = None
            self.cache[place] = found or self.build_missing_error(model, key)
        if isinstance(self.cache[place], ValidationError):
            raise self.cache[place]
        return self.cache[place]

    def register(self, record):
        """From now on this is the record with its key."""
        self.cache[type(record), format_key(serialize_key(record))] = record

    def build_missing_error(self, model, key):
        """That there is no such record, and which was probably meant."""
        words, hint = f"There is no {model._meta.verbose_name} “{format_key(key)}”.", ""
        if hasattr(model, "slug"):
            hint = did_you_mean(str(key), model.objects.values_list("slug", flat=True))
        elif isinstance(key, list) and key:  # A place: where its source is known, only the place itself is missing.
            slugs = model._meta.get_field("source").related_model.objects.values_list("slug", flat=True)
            hint = "" if key[0] in slugs else did_you_mean(str(key[0]), slugs)
        return ValidationError(words + hint)

    def assign_fields(self, record, content):
        """Set the fields of a record to what the content says; gives the records that its many-to-many fields name.

        Nothing is saved. What cannot be understood is told field by field in one ValidationError.
        """
        links, errors = {}, {}
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

    def parse_value(self, field, words):
        if field.many_to_many:
            if not isinstance(words, list):
                raise ValidationError("Give a list.")
            return [self.resolve(field.related_model, key) for key in words]
        if field.is_relation:
            return None if words in (None, "") else self.resolve(field.related_model, words)
        if isinstance(field, IsoDurationField) and isinstance(words, str):
            length = parse_duration(words) if words.startswith("P") else None
            if words and length is None:
                raise ValidationError("Write it in ISO 8601: P7D for a week, PT12H for half a day.")
            return length
        if isinstance(field, ChoiceField) and field.enum and words not in ("", None, *field.enum.values):
            hint = did_you_mean(str(words), field.enum.values) or f" It is one of: {', '.join(field.enum.values)}."
            raise ValidationError(f"“{words}” is not a word of this list.{hint}")
        if words is None and not field.null:
            raise ValidationError("This cannot be empty.")
        return field.to_python(words if words != "" or not field.null else None)
