"""Exceptions of the API, and error responses: problem+json (RFC 9457) or FHIR under /api/, HTML under /explore/."""

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port, validate_host
from django.shortcuts import render
from django.template.loader import render_to_string
from rest_framework import exceptions, serializers

from kb.api.fhir import FHIR_MEDIA_TYPE, PROBLEM_MEDIA_TYPE, build_problem_outcome, is_fhir_requested
from kb.utils.database_errors import is_database_failure
from kb.utils.log_format import current_request_id

CONTENT_TYPE = PROBLEM_MEDIA_TYPE
API_PREFIX, HTML_PREFIX = "/api/", "/explore/"
API_V1_PREFIX = f"{API_PREFIX}v1/"
RETRY_AFTER_SECONDS = "5"
FAILURE_HEADINGS = {
    HTTPStatus.BAD_REQUEST: "This was not understood",
    HTTPStatus.FORBIDDEN: "This is not for you",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong",
    HTTPStatus.SERVICE_UNAVAILABLE: "Nothing can be answered right now",
}
MAX_INSTANCE_LENGTH = 2_000
MAX_ERRORS_IN_DETAIL = 3  # `detail` is for a person to read; `errors` lists them all.


class InvalidParameters(exceptions.APIException):
    """Query parameters or members of a body that are not valid, each with what would be right."""

    status_code = HTTPStatus.BAD_REQUEST

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        details = [error["detail"] for error in errors[:MAX_ERRORS_IN_DETAIL]]
        super().__init__(" ".join(details if len(details) == len(errors) else [*details, "“errors” tells the rest."]))
        self.errors = errors


def build_json_pointer(member: str) -> str:
    """Return the JSON Pointer (RFC 6901), as a URI fragment, of a member of a request body."""
    return f"#/{quote(member.replace('~', '~0').replace('/', '~1'))}"


class RequestTooLarge(exceptions.APIException):
    """The request body has more bytes than the resource takes."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Gone(exceptions.APIException):
    """The record is retired; `replaced_by` is the URL of the record that replaces it, if there is one."""

    status_code = HTTPStatus.GONE

    def __init__(self, detail: str, replaced_by: str | None = None) -> None:
        super().__init__(detail)
        self.replaced_by = replaced_by


class ParameterErrorSerializer(serializers.Serializer):
    """One query parameter, or one member of a body, that was not understood."""

    parameter = serializers.CharField(required=False, help_text="The parameter, where it is one.")
    pointer = serializers.CharField(
        required=False, help_text="The member of the body, where it is one, as a JSON Pointer: #/text; # is the whole."
    )
    detail = serializers.CharField(help_text="What was wrong, and what would be right.")
    nearest = serializers.CharField(allow_null=True, help_text="The nearest that exists, if any is near.")


class ProblemSerializer(serializers.Serializer):
    """What went wrong, in the shape of RFC 9457."""

    type = serializers.CharField(help_text="Always about:blank: the status says what kind of problem it is.")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What went wrong, for a person to read.")
    instance = serializers.CharField(
        help_text="The address that was asked for; of one that is very long, its path alone."
    )
    errors = ParameterErrorSerializer(
        many=True, required=False, help_text="Each parameter or member of the body that was not understood."
    )
    replaced_by = serializers.CharField(
        required=False, help_text="The address of the record that stands in place of a retired one."
    )
    request_id = serializers.CharField(
        required=False,
        help_text="What the request is called in our logs, as in X-Request-ID; only of an error of ours.",
    )


def build_problem(request: HttpRequest, status: int, detail: str, **members: Any) -> dict[str, Any]:
    """Return the members of a problem document; extension members without a value are left out."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        members["request_id"] = current_request_id.get()
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "instance": get_instance(request),
        **{name: value for name, value in members.items() if value},
    }


def get_instance(request: HttpRequest) -> str:
    """Return the address of a request; its path alone, or nothing, where it is too long to be sent back."""
    addresses = (request.get_full_path(), request.get_full_path_info().partition("?")[0])
    return next((address for address in addresses if len(address) <= MAX_INSTANCE_LENGTH), "")


def render_problem(
    request: HttpRequest, problem: dict[str, Any], headers: dict[str, str] | None = None
) -> HttpResponse:
    """Return the response for a problem: a page under /explore/, FHIR for who reads it, else a problem document."""
    if request.path.startswith(HTML_PREFIX):
        name = "busy" if problem["status"] == HTTPStatus.TOO_MANY_REQUESTS else "problem"
        page = render(request, f"explore/{name}.html", problem, status=problem["status"])
        for header, value in (headers or {}).items():
            page[header] = value
        return page
    is_fhir = is_fhir_requested(request)
    return JsonResponse(
        build_problem_outcome(problem) if is_fhir else problem,
        status=problem["status"],
        content_type=FHIR_MEDIA_TYPE if is_fhir else CONTENT_TYPE,
        headers=headers,
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )


def problem_exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Return the response for an exception in a view of the API; None for an unexpected one, which becomes a 500."""
    # Here, since rest_framework.views imports the classes that the settings name, and these import this module.
    from rest_framework.views import exception_handler

    if isinstance(exc, Http404) and not exc.args:
        exc = exceptions.NotFound()
    if isinstance(exc, RequestDataTooBig):
        exc = RequestTooLarge("The body has more bytes than anything here takes.")
    response = exception_handler(exc, context)
    if response is None:
        return None
    detail = getattr(exc, "detail", None) or str(exc)
    problem = build_problem(
        context["request"],
        response.status_code,
        str(detail),
        errors=getattr(exc, "errors", None),
        replaced_by=getattr(exc, "replaced_by", None),
    )
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    return render_problem(context["request"]._request, problem, headers)


def make_error_view(status: HTTPStatus, detail: str) -> Callable[..., HttpResponse]:
    """Return an error handler: a problem under /api/, elsewhere a page; under /explore/ that of the other errors."""

    def view(request: HttpRequest, exception: Exception | None = None, **kwargs: Any) -> HttpResponse:
        if isinstance(exception, DisallowedHost):
            return render_failure(request, status, describe_refused_host(request))
        is_unreadable = isinstance(exception, SuspiciousOperation)  # Then its query cannot be shown in a form.
        if f"{request.path}/".startswith(HTML_PREFIX) and not is_unreadable:
            return render_problem(request, build_problem(request, status, detail))
        return render_failure(request, status, detail)

    return view


def describe_refused_host(request: HttpRequest) -> str:
    """Return what is wrong with the Host of a request, and who can mend it."""
    host = request.META.get("HTTP_X_FORWARDED_HOST" if settings.USE_X_FORWARDED_HOST else "HTTP_HOST", "")
    domain, _ = split_domain_port(host)
    if not domain:
        return "The header that names the host of the request is not valid."
    if validate_host(domain, settings.ALLOWED_HOSTS):
        return "The port that the request names is none: there are 1 to 65535."
    return (
        f"The service is not known by the host “{domain:.100}”, which the request names. Whoever runs it lists the "
        "names that it has in ALLOWED_HOSTS."
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer where something raised an exception (handler500): 503 if the database failed, else 500."""
    if not is_database_failure(sys.exc_info()[1]):
        return render_failure(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
    response = render_failure(
        request, HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer as it should: ask again soon."
    )
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def render_failure(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """Return a problem document under /api/, elsewhere a page that needs neither the database nor the request."""
    problem = build_problem(request, status, detail)
    if f"{request.path}/".startswith(API_PREFIX):
        return render_problem(request, problem)
    page = render_to_string("kb/failure.html", problem | {"heading": FAILURE_HEADINGS[status]})
    return HttpResponse(page, status=status)


bad_request = make_error_view(HTTPStatus.BAD_REQUEST, "This request could not be understood.")
permission_denied = make_error_view(HTTPStatus.FORBIDDEN, "Your account may not do this, or not see this.")
not_found = make_error_view(HTTPStatus.NOT_FOUND, "There is nothing at this address; /api/v1/ lists what there is.")
