"""What of the API will go, from when on, and what to use instead: docs/stability.md is the promise that this keeps."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http import HTTPStatus

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as written
from django.utils.http import http_date

from kb.api import exceptions as errors
from kb.api.etags import labelled
from kb.api.throttling import tell
from kb.dataset.version import data_version

NOTICE = timedelta(days=180)
PLACE = re.compile(rf"(?:{errors.PROGRAMS}v1/|{errors.PEOPLE})([^/]+)/")


@dataclass(frozen=True)
class Deprecation:
    """Something that will go: a resource, by its name in addresses, or one of its parameters, their values, fields."""

    resource: str
    since: date
    sunset: date
    instead: str  # A sentence.
    parameter: str = ""
    value: str = ""
    field: str = ""

    def __post_init__(self):
        if self.sunset - self.since < NOTICE:
            raise ImproperlyConfigured(f"{self}: that is less notice than the {NOTICE.days} days that are promised.")
        if (self.field and self.parameter) or (self.value and not self.parameter):
            raise ImproperlyConfigured(f"{self}: name a parameter, a parameter with a value, or a field.")

    def __str__(self):
        of = self.parameter and f"parameter “{self.parameter}{f'={self.value}' if self.value else ''}” of "
        of = of or (self.field and f"field “{self.field}” of ")
        return f"The {of}“{self.resource}”" if of else f"“{self.resource}”"

    @property
    def over(self):
        return timezone.now() >= moment(self.sunset)

    @property
    def words(self):
        return f"Deprecated since {day(self.since)}; gone from {day(self.sunset)} on. {self.instead}"

    def used_by(self, query):
        """Whether a query at its resource makes use of it; a field, where it is named."""
        if self.parameter:
            given = [value.strip() for value in query.getlist(self.parameter)]  # As it will be understood.
            return self.value in given if self.value else self.parameter in query
        named = ",".join([*query.getlist("fields"), *query.getlist("omit")]).split(",")
        return not self.field or self.field in [name.strip() for name in named]

    def refusal(self):
        """An error of the kind that tells of parameters."""
        parameter = self.parameter or "fields"
        return {"parameter": parameter, "detail": f"{self} went on {day(self.sunset)}. {self.instead}", "nearest": None}


# Newest last. An entry stays when what it names has gone: it tells who still asks what to use instead.
DEPRECATIONS: tuple[Deprecation, ...] = ()


def moment(found):
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def day(found):
    return written(found, "j F Y")


def announce(get_response):
    """Middleware: an answer to who uses something that will go says so; from its last day on, it is refused."""

    def middleware(request):
        place = PLACE.match(request.path)
        near = [found for found in DEPRECATIONS if place and found.resource == place[1]]
        used = [found for found in near if found.used_by(request.GET)]
        over = [found for found in used if found.over]
        response = withheld(request, over) if over else get_response(request)
        return told(request, response, near, used) if near else response

    return middleware


def withheld(request, over):
    """A refusal counts like any answer, and tells the version of the data."""
    response = tell(partial(refused, over=over))(request)
    return labelled(response, data_version()) if request.path.startswith(errors.PROGRAMS) else response


def refused(request, over):
    """A problem that names what is gone, and what to use instead."""
    faults = [found.refusal() for found in over]
    words = " ".join(fault["detail"] for fault in faults)
    if any(not found.parameter and not found.field for found in over):
        return errors.answer(request, errors.body(request, HTTPStatus.GONE, words))
    return errors.answer(request, errors.body(request, HTTPStatus.BAD_REQUEST, words, errors=faults))


def told(request, response, near, used):
    """The fields of RFC 9745 and RFC 8594; who is only shown a field that will go gets the link to read about it."""
    if used:
        response["Deprecation"] = f"@{int(moment(min(found.since for found in used)).timestamp())}"
        response["Sunset"] = http_date(moment(min(found.sunset for found in used)).timestamp())
    if used or any(found.field for found in near):
        about = f'<{request.build_absolute_uri(reverse("docs"))}>; rel="deprecation"; type="text/html"'
        response["Link"] = ", ".join(filter(None, [response.get("Link"), about]))
    return response
