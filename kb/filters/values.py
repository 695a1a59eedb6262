"""What may stand in a parameter: each value is checked, and a wrong one is told the nearest right one."""

import datetime

from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime

from kb.choices import Status
from kb.codes import validate_code
from kb.models import Entry
from kb.names import nearest


def refusal(words, near=None):
    """An error that says what was wrong with a value, and the nearest right one."""
    hint = f" Did you mean “{near}”?" if near else ""
    return ValidationError(f"{words}{hint}".replace("%", "%%"), params={"nearest": near})


class ValuesField(forms.Field):
    """A parameter that may be given several times, which then means either."""

    widget = forms.SelectMultiple

    def clean(self, values):
        return [self.clean_one(value.strip()) for value in dict.fromkeys(values or [])]

    def clean_one(self, value):
        return value


class WordsField(ValuesField):
    """Words of one enumeration."""

    def __init__(self, *args, choices=(), **kwargs):
        self.words = [word for word, label in choices]
        super().__init__(*args, **kwargs)

    def clean_one(self, value):
        if value not in self.words:
            raise refusal(f"“{value}” is not one of: {', '.join(self.words)}.", nearest(value, self.words))
        return value


def nearest_slug(model, slug):
    """The slug that was probably meant: of the entry with that name, else the one that is spelt most alike."""
    public = model.objects.public()
    named = public.called(slug).first() if issubclass(model, Entry) else None
    return named.slug if named else nearest(slug, public.values_list("slug", flat=True))


def unknown(kind, slug, near):
    """Says that there is no such record, and which was probably meant."""
    return refusal(f"There is no {kind} with the slug “{slug}”.", near)


class RecordsField(ValuesField):
    """Published records of one kind, named by their slugs."""

    def __init__(self, *args, model, **kwargs):
        self.named_model = model
        super().__init__(*args, **kwargs)

    @property
    def model(self):
        return apps.get_model(self.named_model) if isinstance(self.named_model, str) else self.named_model

    def clean(self, values):
        slugs = super().clean(values)
        found = self.model.objects.public().in_bulk(slugs, field_name="slug") if slugs else {}
        problems = [self.unknown(slug) for slug in slugs if slug not in found]
        if problems:
            raise ValidationError(problems)
        return [found[slug] for slug in slugs]

    def unknown(self, slug):
        retired = self.model.objects.filter(slug=slug, status=Status.RETIRED).select_related("replaced_by").first()
        if retired:
            heir = retired.replaced_by
            return refusal(f"“{retired}” ({slug}) is retired.", heir and heir.slug)
        return unknown(self.model._meta.verbose_name, slug, nearest_slug(self.model, slug))


class TopicField(ValuesField):
    """Published entries of any kind, named by their slugs."""

    def __init__(self, *args, models, **kwargs):
        self.models = models
        super().__init__(*args, **kwargs)

    def clean_one(self, slug):
        if not any(model.objects.public().filter(slug=slug).exists() for model in self.models):
            every = {s for model in self.models for s in model.objects.public().values_list("slug", flat=True)}
            raise unknown("entry", slug, nearest(slug, every))
        return slug


class MomentField(forms.Field):
    """A date, or a date and time, in ISO 8601; without an offset it is UTC."""

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
        raise refusal(f"“{value}” is no date: write 2026-01-31 or 2026-01-31T12:00:00Z (the + of an offset is %2B).")


class CodeField(ValuesField):
    """Codes of known systems."""

    def clean_one(self, value):
        validate_code(value)
        return value


class TruthField(forms.Field):
    """true or false, and nothing else."""

    def to_python(self, value):
        if value not in {None, "", "true", "false"}:
            raise refusal(f"“{value}” is neither true nor false.")
        return value == "true"
