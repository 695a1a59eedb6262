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
from kb.models import Entry, kinds_of
from kb.search.fulltext import MOST_CHARACTERS
from kb.search.slug_lookup import absences, refusal, refusals
from kb.utils.fuzzy import fold, nearest

MOST_VALUES = 200  # Of one parameter: all the records that a page holds can be named in one call.


class ValuesField(forms.Field):
    """A parameter that may be given several times, or only once."""

    widget = forms.SelectMultiple

    def __init__(self, *args, most=MOST_VALUES, **kwargs):
        self.most, self.once = most, most == 1
        super().__init__(*args, **kwargs)

    def clean(self, values):
        values = list(dict.fromkeys(values or []))
        if len(values) > self.most:
            raise refusal(f"{len(values)} values are too many: give {self.most} at most.")
        if (longest := max(map(len, values), default=0)) > MOST_CHARACTERS:
            raise refusal(f"It has {longest} characters: give {MOST_CHARACTERS} at most.")
        if self.required and not values:
            raise refusal("It is missing: there is no answer without it.")
        found = self.clean_all([value.strip() for value in values])
        return found if not self.once else found[0] if found else None

    def clean_all(self, values):
        return [self.clean_one(value) for value in values]

    def clean_one(self, value):
        return value

    def shape(self):
        """How its values look in OpenAPI."""
        one = {"type": "string", "minLength": 1}
        return one if self.once else {"type": "array", "items": one, "maxItems": self.most}


class WordsField(ValuesField):
    """Words of one enumeration, which a function gives where it is known only later."""

    def __init__(self, *args, choices=(), **kwargs):
        self.choices = choices
        super().__init__(*args, **kwargs)

    @property
    def words(self):
        return [word for word, label in (self.choices() if callable(self.choices) else self.choices)]

    def shape(self):
        words = {"type": "string", "enum": self.words}
        return words if self.once else {"type": "array", "items": words, "maxItems": self.most}

    def clean_one(self, value):
        if value not in self.words:
            raise refusal(f"“{value}” is not one of: {', '.join(self.words)}.", nearest(value, self.words))
        return value


class RecordsField(ValuesField):
    """Published records of one kind, named by their slugs."""

    def __init__(self, *args, model, **kwargs):
        self.named_model = model
        super().__init__(*args, **kwargs)

    @property
    def model(self):
        return apps.get_model(self.named_model) if isinstance(self.named_model, str) else self.named_model

    @property
    def models(self):
        return [self.model]

    def clean_all(self, slugs):
        found = self.model.objects.public().in_bulk(slugs, field_name="slug") if slugs else {}
        if unknown := [slug for slug in slugs if slug not in found]:
            raise ValidationError(absences(self.model, unknown))
        return [found[slug] for slug in slugs]


class NamedField(ValuesField):
    """Published entries of any kind, or of one, named by their slugs or by any of their names."""

    def __init__(self, *args, model=None, **kwargs):
        self.named_model = model
        super().__init__(*args, **kwargs)

    @property
    def models(self):
        return [model for model in kinds_of(Entry) if self.named_model in {None, model._meta.label}]

    def clean_all(self, words):
        found, names = {}, [fold(word) for word in words]
        for model in self.models if words else ():
            public = model.objects.public()
            for entry in public.filter(Q(slug__in=words) | Q(pk__in=public.called(*words).values("pk"))):
                known = {entry.slug, *(fold(name) for name in entry.names())}
                for word, name in zip(words, names, strict=True):
                    if word == entry.slug or (name in known and word not in found):
                        found[word] = entry
        if unknown := [word for word in words if word not in found]:
            raise ValidationError(self.absences(unknown))
        return list({(type(found[word]), found[word].pk): found[word] for word in words}.values())

    def absences(self, words):
        known = {name: e.slug for model in self.models for e in model.objects.public() for name in [e.slug, *e.names()]}
        says = f"There is no {self.models[0]._meta.verbose_name if len(self.models) == 1 else 'entry'}"
        return refusals(
            words, lambda word: refusal(f"{says} with the slug or name “{word}”.", known.get(nearest(word, known)))
        )


LONGEST = timedelta(days=36_525)  # A hundred years: longer is no answer, and databases differ in how far they count.


class LongestField(ValuesField):
    """Lengths of time in ISO 8601, or the word `unstated`."""

    def clean_one(self, value):
        if value == "unstated":
            return None
        if weeks := re.fullmatch(r"P(\d{1,4})W", value):
            return timedelta(weeks=int(weeks[1]))
        try:
            length = parse_duration(value) if re.match(r"PT?\d", value) else None
        except OverflowError:
            length = None
        if length is None or length > LONGEST:
            raise refusal(
                f"“{value}” is no length of time here: write P7D for a week, P3W for three, PT12H for half a day "
                "(a hundred years at most), or unstated."
            )
        return length


class MomentField(forms.Field):
    """A date, or a date and time, in ISO 8601; without an offset it is UTC."""

    once = True

    def shape(self):
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
        raise refusal(
            f"“{value[:40]}” is no date: write 2026-01-31 or 2026-01-31T12:00:00Z (the + of an offset is %2B)."
        )


class CodeField(ValuesField):
    """Codes of known systems."""

    def clean_one(self, value):
        validate_code(value)
        return value


class TruthField(forms.Field):
    """true or false, and nothing else."""

    def to_python(self, value):
        if value not in {None, "", "true", "false"}:
            raise refusal(f"“{value[:40]}” is neither true nor false.")
        return value == "true"
