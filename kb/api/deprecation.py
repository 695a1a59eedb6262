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
from kb.api.etags import add_version_header
from kb.api.throttling import rate_limit_headers_middleware
from kb.dataset.version import data_version

MINIMUM_NOTICE = timedelta(days=180)
RESOURCE_PATH_PATTERN = re.compile(rf"(?:{errors.API_PREFIX}v1/|{errors.HTML_PREFIX})([^/]+)/")


@dataclass(frozen=True)
class Deprecation:
    """Something that will go: a resource, by its name in addresses, or one of its parameters, their values, fields."""

    resource: str
    since: date
    sunset: date
    alternative: str  # A sentence.
    parameter: str = ""
    value: str = ""
    field: str = ""

    def __post_init__(self):
        if self.sunset - self.since < MINIMUM_NOTICE:
            raise ImproperlyConfigured(
                f"{self}: that is less notice than the {MINIMUM_NOTICE.days} days that are promised."
            )
        if (self.field and self.parameter) or (self.value and not self.parameter):
            raise ImproperlyConfigured(f"{self}: name a parameter, a parameter with a value, or a field.")

    def __str__(self):
        of = self.parameter and f"parameter “{self.parameter}{f'={self.value}' if self.value else ''}” of "
        of = of or (self.field and f"field “{self.field}” of ")
        return f"The {of}“{self.resource}”" if of else f"“{self.resource}”"

    @property
    def over(self):
        return timezone.now() >= start_of_day(self.sunset)

    @property
    def notice(self):
        return (
            f"Deprecated since {format_date(self.since)}; gone from {format_date(self.sunset)} on. {self.alternative}"
        )

    def is_used_by(self, query):
        """Whether a query at its resource makes use of it; a field, where it is named."""
        if self.parameter:
            given = [value.strip() for value in query.getlist(self.parameter)]  # As it will be understood.
            return self.value in given if self.value else self.parameter in query
        named = ",".join([*query.getlist("fields"), *query.getlist("omit")]).split(",")
        return not self.field or self.field in [name.strip() for name in named]

    def as_parameter_error(self):
        """An error of the kind that tells of parameters."""
        parameter = self.parameter or "fields"
        return {
            "parameter": parameter,
            "detail": f"{self} went on {format_date(self.sunset)}. {self.alternative}",
            "nearest": None,
        }


# Newest last. An entry stays when what it names has gone: it tells who still asks what to use instead.
DEPRECATIONS: tuple[Deprecation, ...] = ()


def start_of_day(found):
    return datetime(found.year, found.month, found.day, tzinfo=UTC)


def format_date(found):
    return written(found, "j F Y")


def deprecation_middleware(get_response):
    """Middleware: an answer to who uses something that will go says so; from its last day on, it is refused."""

    def middleware(request):
        place = RESOURCE_PATH_PATTERN.match(request.path)
        near = [found for found in DEPRECATIONS if place and found.resource == place[1]]
        used = [found for found in near if found.is_used_by(request.GET)]
        over = [found for found in used if found.over]
        response = refuse_removed_feature(request, over) if over else get_response(request)
        return add_deprecation_headers(request, response, near, used) if near else response

    return middleware


def refuse_removed_feature(request, over):
    """A refusal counts like any answer, and tells the version of the data."""
    response = rate_limit_headers_middleware(partial(render_removal_problem, over=over))(request)
    return add_version_header(response, data_version()) if request.path.startswith(errors.API_PREFIX) else response


def render_removal_problem(request, over):
    """A problem that names what is gone, and what to use instead."""
    faults = [found.as_parameter_error() for found in over]
    words = " ".join(fault["detail"] for fault in faults)
    if any(not found.parameter and not found.field for found in over):
        return errors.render_problem(request, errors.build_problem(request, HTTPStatus.GONE, words))
    return errors.render_problem(request, errors.build_problem(request, HTTPStatus.BAD_REQUEST, words, errors=faults))


def add_deprecation_headers(request, response, near, used):
    """The fields of RFC 9745 and RFC 8594; who is only shown a field that will go gets the link to read about it."""
    if used:
        response["Deprecation"] = f"@{int(start_of_day(min(found.since for found in used)).timestamp())}"
        response["Sunset"] = http_date(start_of_day(min(found.sunset for found in used)).timestamp())
    if used or any(found.field for found in near):
        about = f'<{request.build_absolute_uri(reverse("docs"))}>; rel="deprecation"; type="text/html"'
        response["Link"] = ", ".join(filter(None, [response.get("Link"), about]))
    return response
