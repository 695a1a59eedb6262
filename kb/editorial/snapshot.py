"""A record as plain words: what history keeps, what a change proposes and what a file carries are the same."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_duration

from kb.fields import ChoiceField, IsoDurationField, iso_duration
from kb.utils.fuzzy import did_you_mean


def kept(model):
    """The fields that people write, in the order in which the model gives them."""
    fields = [*model._meta.fields, *model._meta.many_to_many]
    return [f for f in fields if f.editable and not f.primary_key]


def key_of(record):
    """By what a record is named in words: its slug; for a passage, its source and lines."""
    key = record.natural_key()
    return key[0] if len(key) == 1 else list(key)


def title(key):
    """The same key as one text."""
    return key if isinstance(key, str) else ":".join(map(str, key))


def content_of(record):
    """A record in words that are the same on every machine: related records by their keys, times in ISO 8601."""
    return {field.name: said(field, record) for field in kept(type(record))}


def called(content):
    """What a record is called, by its own words; empty, where it has none."""
    return next((content[name] for name in ("name", "title", "text") if content.get(name)), "")


def said(field, record):
    """One field of a record in words."""
    if field.many_to_many:
        return sorted(key_of(related) for related in getattr(record, field.name).all()) if record.pk else []
    if field.is_relation:
        related = getattr(record, field.name, None)
        return related and key_of(related)
    return in_words(field.value_from_object(record))


def in_words(value):
    """A plain value in words."""
    if isinstance(value, timedelta):
        return iso_duration(value)
    return value.isoformat() if isinstance(value, date) else value


def differing(before, after):
    """The names of the fields in which two contents differ; a field that one lacks does not count."""
    return [name for name in after if name in before and before[name] != after[name]]


class Library:
    """Finds records by their keys, each once."""

    def __init__(self):
        self.known = {}

    def find(self, model, key):
        """The record with this key; an error that names the nearest, where there is none."""
        place = (model, title(key))
        if place not in self.known:
            try:
                found = model.objects.get_by_natural_key(*([key] if isinstance(key, str) else key))
            except (model.DoesNotExist, TypeError, ValueError):
                found = None
            self.known[place] = found or self.missing(model, key)
        if isinstance(self.known[place], ValidationError):
            raise self.known[place]
        return self.known[place]

    def remember(self, record):
        """From now on this is the record with its key."""
        self.known[type(record), title(key_of(record))] = record

    def missing(self, model, key):
        """That there is no such record, and which was probably meant."""
        words, hint = f"There is no {model._meta.verbose_name} “{title(key)}”.", ""
        if hasattr(model, "slug"):
            hint = did_you_mean(str(key), model.objects.values_list("slug", flat=True))
        elif isinstance(key, list) and key:  # A place: where its source is known, only the place itself is missing.
            slugs = model._meta.get_field("source").related_model.objects.values_list("slug", flat=True)
            hint = "" if key[0] in slugs else did_you_mean(str(key[0]), slugs)
        return ValidationError(words + hint)

    def fill(self, record, content):
        """Set the fields of a record to what the content says; gives the records that its many-to-many fields name.

        Nothing is saved. What cannot be understood is told field by field in one ValidationError.
        """
        links, errors = {}, {}
        for field in kept(type(record)):
            if field.name not in content:
                continue
            try:
                value = self.value(field, content[field.name])
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

    def value(self, field, words):
        if field.many_to_many:
            if not isinstance(words, list):
                raise ValidationError("Give a list.")
            return [self.find(field.related_model, key) for key in words]
        if field.is_relation:
            return None if words in (None, "") else self.find(field.related_model, words)
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
