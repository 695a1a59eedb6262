"""What may stand in a parameter: each value is checked, and a wrong one is told the nearest right one."""

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

MAX_VALUES = 200  # Of one parameter: all the records that a page holds can be named in one call.


class MultiValueField(forms.Field):
    """A parameter that may be given several times, or only once."""

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
        found = self.clean_values([value.strip() for value in values])
        return found if not self.is_single else found[0] if found else None

    def clean_values(self, values):
        return [self.clean_value(value) for value in values]

    def clean_value(self, value):
        return value

    def get_openapi_schema(self):
        """How its values look in OpenAPI."""
        one = {"type": "string", "minLength": 1}
        return one if self.is_single else {"type": "array", "items": one, "maxItems": self.max_values}


class EnumField(MultiValueField):
    """Words of one enumeration, which a function gives where it is known only later."""

    def __init__(self, *args, choices=(), **kwargs):
        self.choices = choices
        super().__init__(*args, **kwargs)

    @property
    def allowed_values(self):
        return [word for word, label in (self.choices() if callable(self.choices) else self.choices)]

    def get_openapi_schema(self):
        words = {"type": "string", "enum": self.allowed_values}
        return words if self.is_single else {"type": "array", "items": words, "maxItems": self.max_values}

    def clean_value(self, value):
        if value not in self.allowed_values:
            raise build_value_error(
                f"“{value}” is not one of: {', '.join(self.allowed_values)}.", closest_match(value, self.allowed_values)
            )
        return value


class RecordSlugField(MultiValueField):
    """Published records of one kind, named by their slugs."""

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
        found = self.model.objects.public().in_bulk(slugs, field_name="slug") if slugs else {}
        if unknown := [slug for slug in slugs if slug not in found]:
            raise ValidationError(build_missing_record_errors(self.model, unknown))
        return [found[slug] for slug in slugs]


class EntryNameField(MultiValueField):
    """Published entries of any kind, or of one, named by their slugs or by any of their names."""

    def __init__(self, *args, model=None, **kwargs):
        self.model_or_label = model
        super().__init__(*args, **kwargs)

    @property
    def models(self):
        return [model for model in concrete_models(Entry) if self.model_or_label in {None, model._meta.label}]

    def clean_values(self, words):
        found, names = {}, [normalize_name(word) for word in words]
        for model in self.models if words else ():
            public = model.objects.public()
            for entry in public.filter(Q(slug__in=words) | Q(pk__in=public.with_any_name(*words).values("pk"))):
                known = {entry.slug, *(normalize_name(name) for name in entry.names())}
                for word, name in zip(words, names, strict=True):
                    if word == entry.slug or (name in known and word not in found):
                        found[word] = entry
        if unknown := [word for word in words if word not in found]:
            raise ValidationError(self.build_missing_errors(unknown))
        return list({(type(found[word]), found[word].pk): found[word] for word in words}.values())

    def build_missing_errors(self, words):
        known = {name: e.slug for model in self.models for e in model.objects.public() for name in [e.slug, *e.names()]}
        says = f"There is no {self.models[0]._meta.verbose_name if len(self.models) == 1 else 'entry'}"
        return build_value_errors(
            words,
            lambda word: build_value_error(
                f"{says} with the slug or name “{word}”.", known.get(closest_match(word, known))
            ),
        )


MAX_DURATION = timedelta(
    days=36_525
)  # A hundred years: longer is no answer, and databases differ in how far they count.


class MaxDurationField(MultiValueField):
    """Lengths of time in ISO 8601, or the word `unstated`."""

    def clean_value(self, value):
        if value == "unstated":
            return None
        if weeks := re.fullmatch(r"P(\d{1,4})W", value):
            return timedelta(weeks=int(weeks[1]))
        try:
            length = parse_duration(value) if re.match(r"PT?\d", value) else None
        except OverflowError:
            length = None
        if length is None or length > MAX_DURATION:
            raise build_value_error(
                f"“{value}” is no length of time here: write P7D for a week, P3W for three, PT12H for half a day "
                "(a hundred years at most), or unstated."
            )
        return length


class StrictDateTimeField(forms.Field):
    """A date, or a date and time, in ISO 8601; without an offset it is UTC."""

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
    """Codes of known systems."""

    def clean_value(self, value):
        validate_code(value)
        return value


class StrictBooleanField(forms.Field):
    """true or false, and nothing else."""

    def to_python(self, value):
        if value not in {None, "", "true", "false"}:
            raise build_value_error(f"“{value[:40]}” is neither true nor false.")
        return value == "true"
