"""Form fields for query parameters: each validates its values, and an unknown one names the nearest known."""

import datetime
import re
from datetime import timedelta

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.dateparse import parse_date, parse_datetime, parse_duration

from kb.code_systems import validate_code
from kb.models import Entry, concrete_models
from kb.search.fulltext import MAX_PHRASE_LENGTH
from kb.search.slug_lookup import build_missing_record_errors, build_value_error, build_value_errors
from kb.utils.fuzzy import closest_match, normalize_name

MAX_VALUES = 200  # Of one parameter: as many as the largest page has records, so that all can be named in one call.


class MultiValueField(forms.Field):
    """A parameter with several values, or with one if `max_values` is 1."""

    widget = forms.SelectMultiple

    def __init__(self, *args, max_values=MAX_VALUES, **kwargs):
        self.max_values, self.is_single = max_values, max_values == 1
        super().__init__(*args, **kwargs)

    def clean(self, values):
        values = list(dict.fromkeys(values or []))
        if len(values) > self.max_values:
            raise build_value_error(f"{len(values)} values are too many: give {self.max_values} at most.")
        if (longest := max(map(len, values), default=0)) > MAX_PHRASE_LENGTH:
            raise build_value_error(f"It has {longest} characters: give {MAX_PHRASE_LENGTH} at most.")
        if self.required and not values:
            raise build_value_error("It is missing: there is no answer without it.")
        cleaned = self.clean_values([value.strip() for value in values])
        if self.is_single:
            return cleaned[0] if cleaned else None
        return cleaned

    def clean_values(self, values):
        return [self.clean_value(value) for value in values]

    def clean_value(self, value):
        return value

    def get_openapi_schema(self):
        """Return the OpenAPI schema of its values."""
        item = {"type": "string", "minLength": 1}
        return item if self.is_single else {"type": "array", "items": item, "maxItems": self.max_values}


class EnumField(MultiValueField):
    """Values of an enumeration; `choices` may be a function where they are not known at import."""

    def __init__(self, *args, choices=(), **kwargs):
        self.choices = choices
        super().__init__(*args, **kwargs)

    @property
    def allowed_values(self):
        return [value for value, label in (self.choices() if callable(self.choices) else self.choices)]

    def get_openapi_schema(self):
        item = {"type": "string", "enum": self.allowed_values}
        return item if self.is_single else {"type": "array", "items": item, "maxItems": self.max_values}

    def clean_value(self, value):
        if value not in self.allowed_values:
            raise build_value_error(
                f"“{value}” is not one of: {', '.join(self.allowed_values)}.", closest_match(value, self.allowed_values)
            )
        return value


class RecordSlugField(MultiValueField):
    """Published records of one model by their slugs; `model` may be a label such as `symptoms.Symptom`."""

    def __init__(self, *args, model, **kwargs):
        self.model_or_label = model
        super().__init__(*args, **kwargs)

    @property
    def model(self):
        return apps.get_model(self.model_or_label) if isinstance(self.model_or_label, str) else self.model_or_label

    @property
    def models(self):
        return [self.model]

    def clean_values(self, slugs):
        records = self.model.objects.public().in_bulk(slugs, field_name="slug") if slugs else {}
        if unknown := [slug for slug in slugs if slug not in records]:
            raise ValidationError(build_missing_record_errors(self.model, unknown))
        return [records[slug] for slug in slugs]


class EntryNameField(MultiValueField):
    """Published entries by their slugs or any of their names; of any model, or of that of the given label."""

    def __init__(self, *args, model=None, **kwargs):
        self.model_or_label = model
        super().__init__(*args, **kwargs)

    @property
    def models(self):
        return [model for model in concrete_models(Entry) if self.model_or_label in {None, model._meta.label}]

    def clean_values(self, values):
        entries, names = {}, [normalize_name(value) for value in values]
        for model in self.models if values else ():
            public = model.objects.public()
            for entry in public.filter(Q(slug__in=values) | Q(pk__in=public.with_any_name(*values).values("pk"))):
                entry_names = {entry.slug, *(normalize_name(name) for name in entry.names())}
                for value, name in zip(values, names, strict=True):
                    if value == entry.slug or (name in entry_names and value not in entries):
                        entries[value] = entry  # A slug goes before a name.
        if unknown := [value for value in values if value not in entries]:
            raise ValidationError(self.build_missing_errors(unknown))
        return list({(type(entries[value]), entries[value].pk): entries[value] for value in values}.values())

    def build_missing_errors(self, values):
        """Return an error for each value that is no slug and no name, with the nearest slug."""
        slugs = {name: e.slug for model in self.models for e in model.objects.public() for name in [e.slug, *e.names()]}
        noun = self.models[0]._meta.verbose_name if len(self.models) == 1 else "entry"
        return build_value_errors(
            values,
            lambda value: build_value_error(
                f"There is no {noun} with the slug or name “{value}”.", slugs.get(closest_match(value, slugs))
            ),
        )


MAX_DURATION = timedelta(days=36_525)  # A hundred years, since databases differ in the longest that they can compare.


class MaxDurationField(MultiValueField):
    """Durations in ISO 8601, as timedeltas; None for the word `unstated`."""

    def clean_value(self, value):
        if value == "unstated":
            return None
        if weeks := re.fullmatch(r"P(\d{1,4})W", value):
            return timedelta(weeks=int(weeks[1]))
        try:
            duration = parse_duration(value) if re.match(r"PT?\d", value) else None
        except OverflowError:
            duration = None
        if duration is None or duration > MAX_DURATION:
            raise build_value_error(
                f"“{value}” is no length of time here: write P7D for a week, P3W for three, PT12H for half a day "
                "(a hundred years at most), or unstated."
            )
        return duration


class StrictDateTimeField(forms.Field):
    """A date, or a date and time, in ISO 8601, as a datetime in UTC; without an offset it is read as UTC."""

    is_single = True

    def get_openapi_schema(self):
        return {"type": "string", "format": "date-time"}

    def to_python(self, value):
        if not value:
            return None
        try:
            moment = parse_datetime(value)
            if moment is None and (day := parse_date(value)):
                moment = datetime.datetime(day.year, day.month, day.day)
            if moment is not None:
                return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
        except (ValueError, OverflowError):
            pass
        raise build_value_error(
            f"“{value[:40]}” is no date: write 2026-01-31 or 2026-01-31T12:00:00Z (the + of an offset is %2B)."
        )


class CodeField(MultiValueField):
    """Codes of known code systems, such as atc:L02BG04."""

    def clean_value(self, value):
        validate_code(value)
        return value


class StrictBooleanField(forms.Field):
    """The words `true` and `false`; anything else is an error."""

    def to_python(self, value):
        if value not in {None, "", "true", "false"}:
            raise build_value_error(f"“{value[:40]}” is neither true nor false.")
        return value == "true"
