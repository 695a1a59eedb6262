"""Deprecations of the API: their registry, Deprecation and Sunset headers, and refusal after the sunset.

docs/stability.md is the promise that this implements.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_datetime
from django.utils.http import http_date

from kb.api.etags import Handler, add_version_header
from kb.api.exceptions import API_PREFIX, HTML_PREFIX, build_problem, render_problem
from kb.api.throttling import rate_limit_headers_middleware
from kb.dataset.version import data_version

MINIMUM_NOTICE = timedelta(days=180)
RESOURCE_PATH_PATTERN = re.compile(rf"(?:{API_PREFIX}v1/|{HTML_PREFIX})([^/]+)/")


@dataclass(frozen=True)
class Deprecation:
    """A resource that will be removed, by its name in URLs, or one of its parameters, parameter values or fields."""

    resource: str
    since: date
    sunset: date
    alternative: str  # A sentence.
    parameter: str = ""
    value: str = ""
    field: str = ""

    def __post_init__(self) -> None:
        if self.sunset - self.since < MINIMUM_NOTICE:
            raise ImproperlyConfigured(
                f"{self}: that is less notice than the {MINIMUM_NOTICE.days} days that are promised."
            )
        if (self.field and self.parameter) or (self.value and not self.parameter):
            raise ImproperlyConfigured(f"{self}: name a parameter, a parameter with a value, or a field.")

    def __str__(self) -> str:
        of = self.parameter and f"parameter “{self.parameter}{f'={self.value}' if self.value else ''}” of "
        of = of or (self.field and f"field “{self.field}” of ")
        return f"The {of}“{self.resource}”" if of else f"“{self.resource}”"

    @property
    def is_past_sunset(self) -> bool:
        return timezone.now() >= start_of_day(self.sunset)

    @property
    def notice(self) -> str:
        return (
            f"Deprecated since {format_date(self.since)}; gone from {format_date(self.sunset)} on. {self.alternative}"
        )

    def is_used_by(self, query: QueryDict) -> bool:
        """Return whether a query to its resource uses it; a field is used if `fields` or `omit` names it."""
        if self.parameter:
            values = [value.strip() for value in query.getlist(self.parameter)]  # As filters read them.
            return self.value in values if self.value else self.parameter in query
        fields = ",".join([*query.getlist("fields"), *query.getlist("omit")]).split(",")
        return not self.field or self.field in [name.strip() for name in fields]

    def as_parameter_error(self) -> dict[str, Any]:
        """Return the entry for `errors` of a problem document."""
        return {
            "parameter": self.parameter or "fields",
            "detail": f"{self} went on {format_date(self.sunset)}. {self.alternative}",
            "nearest": None,
        }


# Newest last. An entry stays after its sunset, so that requests that still use it learn the alternative.
DEPRECATIONS: tuple[Deprecation, ...] = ()


def start_of_day(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def format_date(day: date) -> str:
    return format_datetime(day, "j F Y")


def deprecation_middleware(get_response: Handler) -> Handler:
    """Middleware: announce the deprecations that a request uses in its response; refuse it after their sunset."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        match = RESOURCE_PATH_PATTERN.match(request.path)
        deprecations = [deprecation for deprecation in DEPRECATIONS if match and deprecation.resource == match[1]]
        used = [deprecation for deprecation in deprecations if deprecation.is_used_by(request.GET)]
        removed = [deprecation for deprecation in used if deprecation.is_past_sunset]
        response = refuse_removed_feature(request, removed) if removed else get_response(request)
        return add_deprecation_headers(request, response, deprecations, used) if deprecations else response

    return middleware


def refuse_removed_feature(request: HttpRequest, removed: Sequence[Deprecation]) -> HttpResponseBase:
    """Return the problem response for removed features; it is counted and carries the version, like any response."""
    response = rate_limit_headers_middleware(partial(render_removal_problem, removed=removed))(request)
    return add_version_header(response, data_version()) if request.path.startswith(API_PREFIX) else response


def render_removal_problem(request: HttpRequest, removed: Sequence[Deprecation]) -> HttpResponseBase:
    """Return 410 if the resource itself is removed, else 400, with the alternative to each removed feature."""
    errors = [deprecation.as_parameter_error() for deprecation in removed]
    detail = " ".join(error["detail"] for error in errors)
    if any(not deprecation.parameter and not deprecation.field for deprecation in removed):
        return render_problem(request, build_problem(request, HTTPStatus.GONE, detail))
    return render_problem(request, build_problem(request, HTTPStatus.BAD_REQUEST, detail, errors=errors))


def add_deprecation_headers(
    request: HttpRequest, response: HttpResponseBase, deprecations: Sequence[Deprecation], used: Sequence[Deprecation]
) -> HttpResponseBase:
    """Add the headers of RFC 9745 and RFC 8594, with the earliest dates of those used, and a link to the docs.

    A response that only shows a deprecated field, without the request naming it, gets the link alone.
    """
    if used:
        since = min(deprecation.since for deprecation in used)
        sunset = min(deprecation.sunset for deprecation in used)
        response["Deprecation"] = f"@{int(start_of_day(since).timestamp())}"
        response["Sunset"] = http_date(start_of_day(sunset).timestamp())
    if used or any(deprecation.field for deprecation in deprecations):
        docs_link = f'<{request.build_absolute_uri(reverse("docs"))}>; rel="deprecation"; type="text/html"'
        response["Link"] = ", ".join(filter(None, [response.get("Link"), docs_link]))
    return response
