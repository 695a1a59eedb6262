"""Form fields for dates and durations in query parameters."""

import datetime
import re
from datetime import timedelta

from django import forms
from django.utils.dateparse import parse_date, parse_datetime, parse_duration

from kb.filters.form_fields import MultiValueField
from kb.search.slug_lookup import build_value_error

MAX_DURATION = timedelta(days=36_525)  # A hundred years, since databases differ in the longest that they can compare.


class DurationField(MultiValueField):
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


def parse_day(value, others=""):
    """Return the day that a text in ISO 8601 means; `others` is what else could stand there."""
    try:
        day = parse_date(value)
    except ValueError:
        day = None
    if day is None:
        raise build_value_error(f"“{value[:40]}” is no date: write 2026-01-31{others}.")
    return day


class StrictDateField(forms.Field):
    """A day in ISO 8601."""

    is_single = True

    def to_python(self, value):
        return parse_day(value) if value else None


class DaysField(MultiValueField):
    """Days in ISO 8601; None for the word `unstated`."""

    def clean_value(self, value):
        return None if value == "unstated" else parse_day(value, ", or unstated")


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
