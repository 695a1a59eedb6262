"""Model and form fields for controlled vocabularies, lists of texts, and ISO 8601 durations."""

import re
from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.signals import class_prepared
from django.utils.dateparse import parse_duration
from django.utils.duration import duration_iso_string

from kb.utils.fuzzy import did_you_mean
from kb.validators import validate_without_credentials


class ChoiceConstraint(models.CheckConstraint):
    """The constraint on the words of a choice; a value is compared here, without a query for each of them."""

    def validate(self, model, instance, exclude=None, using=DEFAULT_DB_ALIAS):
        ((lookup, words),) = self.condition.children
        name = lookup.removesuffix("__in")
        if name not in (exclude or ()) and getattr(instance, name) not in words:
            raise ValidationError(self.get_violation_error_message(), code=self.violation_error_code)

    def deconstruct(self):
        """Return what migrations write: a plain CheckConstraint."""
        _, args, kwargs = super().deconstruct()
        return "django.db.models.CheckConstraint", args, kwargs


class ChoiceField(models.CharField):
    """A word of an enumeration, `unstated` by default where the enumeration has that word.

    Every concrete model with such a field gets a CheckConstraint, so that the database refuses any other word. No model
    names it in its Meta: the field adds it, once the class is complete (see `contribute_to_class`).
    """

    def __init__(self, enum=None, **kwargs):
        self.enum = enum
        if enum is not None:
            kwargs = {"choices": enum.choices, "max_length": 60} | kwargs
            if "unstated" in enum.values:
                kwargs.setdefault("default", "unstated")
        super().__init__(**kwargs)

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        # Meta.constraints can only be extended once Django has built the whole class, hence the signal: Django sends it
        # at the end of the class's creation. The historical models of migrations have no `enum`; their migrations write
        # the constraint out, as makemigrations found it here.
        if self.enum is not None:
            class_prepared.connect(self.add_choice_constraint, sender=cls)

    def add_choice_constraint(self, sender, **kwargs):
        """Add a constraint on the words to a concrete model; a changed enumeration then needs a migration."""
        if not sender._meta.abstract:
            constraint = ChoiceConstraint(
                condition=models.Q(**{f"{self.name}__in": self.enum.values}),
                name=f"{sender._meta.model_name}_{self.name}_is_a_word",
            )
            sender._meta.constraints = [*sender._meta.constraints, constraint]
            # makemigrations reads only the options that the model's own Meta names.
            sender._meta.original_attrs["constraints"] = sender._meta.constraints


def find_choice(enum: type[models.TextChoices], text: str) -> str:
    """Return the word of an enumeration that a text means: the word itself, or its label in any case; else the text."""
    labels = {label.casefold(): value for value, label in enum.choices}
    return text if text in enum.values else labels.get(text.casefold(), text)


class WebAddressField(models.URLField):
    """The address of a page that everybody may open: of the web, without a name or a password in it."""

    default_validators = [URLValidator(schemes=["http", "https"]), validate_without_credentials]

    def formfield(self, **kwargs):
        return super().formfield(**({"assume_scheme": "https"} | kwargs))


class LinesFormField(forms.CharField):
    """A form field for a list of texts, one item per line."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "lines"})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial, data):
        return (initial or []) != self.to_python(data)


def filter_texts(value):
    """Return the texts of a list; nothing for any other value, which `ListField.validate` refuses."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


class ListField(models.JSONField):
    """A list of short texts, or of words of one enumeration, without duplicates; `item_validator` checks each item."""

    def __init__(self, enum=None, item_validator=None, **kwargs):
        self.enum, self.item_validator = enum, item_validator
        super().__init__(**({"default": list, "blank": True} | kwargs))

    def validate(self, value, model_instance):
        super().validate(value, model_instance)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise ValidationError("Give a list of texts, none of them empty.")
        problems = [f"“{item}” stands twice." for item in sorted(set(value)) if value.count(item) > 1]
        for item in value:
            try:
                self.validate_item(item)
            except ValidationError as error:
                problems += error.messages
        if problems:
            raise ValidationError(problems)

    def validate_item(self, item):
        if self.enum is not None and item not in self.enum.values:
            raise ValidationError(
                f"“{item}” is not one of {', '.join(self.enum.values)}.{did_you_mean(item, self.enum.values)}"
            )
        if self.item_validator:
            self.item_validator(item)

    def formfield(self, **kwargs):
        common = {
            "required": not self.blank,
            "label": kwargs.get("label", self.verbose_name.capitalize()),
            "help_text": self.help_text,
        }
        if self.enum is not None:
            return forms.MultipleChoiceField(choices=self.enum.choices, widget=forms.CheckboxSelectMultiple, **common)
        common["help_text"] = f"{self.help_text} One per line."
        return LinesFormField(**common)


DURATION_HINT = "Write it as 4 weeks, 3 days or 12 hours, or in ISO 8601: P7D for a week, PT12H for half a day."
WRITTEN_DURATION = re.compile(r"(\d{1,5})\s*(hour|day|week)s?", re.IGNORECASE)


def parse_written_duration(text: str) -> timedelta:
    """Return a duration as people write it (4 weeks) or in ISO 8601 (P28D); raise ValidationError for anything else.

    Months and years have no fixed length, and are refused.
    """
    if written := WRITTEN_DURATION.fullmatch(text.strip()):
        return timedelta(**{f"{written[2].lower()}s": int(written[1])})
    try:
        length = parse_duration(text) if re.match(r"P.*\d", text) else None
    except OverflowError:
        length = None
    if length is None:
        raise ValidationError(DURATION_HINT)
    return length


def write_duration(length: timedelta) -> str:
    """Return a duration as people write it, in the largest unit of which it is a whole number; else in ISO 8601."""
    for unit in ("week", "day", "hour"):
        count, rest = divmod(length, timedelta(**{f"{unit}s": 1}))
        if not rest and 0 < count < 100_000:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return format_iso_duration(length)


class IsoDurationFormField(forms.DurationField):
    """A form field for a duration: 4 weeks, or in ISO 8601, P28D; shown as people write it."""

    default_error_messages = {"invalid": DURATION_HINT}

    def prepare_value(self, value):
        return write_duration(value) if isinstance(value, timedelta) else value

    def to_python(self, value):
        return parse_written_duration(value) if isinstance(value, str) and value else super().to_python(value)


class IsoDurationField(models.DurationField):
    """A duration that a source gives as a figure, in ISO 8601 in the API; null if it gives none."""

    def __init__(self, **kwargs):
        super().__init__(**({"null": True, "blank": True} | kwargs))

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": IsoDurationFormField} | kwargs)


def format_iso_duration(length: timedelta) -> str:
    """Return the shortest ISO 8601 form of a duration: P21D, not P21DT00H00M00S."""
    return duration_iso_string(length).removesuffix("T00H00M00S")
