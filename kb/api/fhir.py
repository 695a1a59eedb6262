"""FHIR in requests and errors: which version is spoken, who asks for it, and a problem as an OperationOutcome."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from django.http.request import MediaType

from kb.api.media_ranges import list_media_ranges

FHIR_MEDIA_TYPE, FHIR_FORMAT = "application/fhir+json", "fhir"
FHIR_VERSION, ACCEPTED_VERSIONS = "5.0.0", ("5.0", "5.0.0")  # R5, as the parameter of the media type names it.
FHIR_PREFIX = "/api/v1/fhir/"
VERSION_PARAMETER = "fhirversion"  # Names of parameters are read in lower case.
PROBLEM_MEDIA_TYPE = "application/problem+json"
OTHER_MEDIA_TYPES = (PROBLEM_MEDIA_TYPE, "application/json")
ISSUE_CODES = {
    HTTPStatus.BAD_REQUEST: "invalid",
    HTTPStatus.UNAUTHORIZED: "login",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "not-supported",
    HTTPStatus.NOT_ACCEPTABLE: "not-supported",
    HTTPStatus.GONE: "deleted",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-long",
    HTTPStatus.TOO_MANY_REQUESTS: "throttled",
    HTTPStatus.SERVICE_UNAVAILABLE: "transient",
}


def is_fhir_version_accepted(media_range: MediaType) -> bool:
    """Return whether a media range of an Accept header asks for the version that is spoken here, or for none."""
    return media_range.params.get(VERSION_PARAMETER, FHIR_VERSION) in ACCEPTED_VERSIONS


def is_other_fhir_version_requested(request: HttpRequest) -> bool:
    """Return whether an Accept header asks for FHIR in versions only that are not spoken here."""
    ranges = [media_range for media_range in list_media_ranges(request) if str(media_range).startswith(FHIR_MEDIA_TYPE)]
    return bool(ranges) and not any(map(is_fhir_version_accepted, ranges))


def is_fhir_requested(request: HttpRequest) -> bool:
    """Return whether an error is to be told as an OperationOutcome, by the address, `format` or the Accept header."""
    if request.path.startswith(FHIR_PREFIX) or f"format={FHIR_FORMAT}" in request.META["QUERY_STRING"].split("&"):
        return True
    fhir, others = (find_preference(request, types) for types in ([FHIR_MEDIA_TYPE], OTHER_MEDIA_TYPES))
    return fhir > others


def find_preference(request: HttpRequest, media_types: Iterable[str]) -> tuple[float, int]:
    """Return how much an Accept header wants the best of some media types: its quality, then how exactly it is named.

    Parameters of media types do not count: who asks for another version of FHIR reads an OperationOutcome, too.
    """
    wanted = [
        (each.quality, each.specificity)
        for each in list_media_ranges(request)
        if any(MediaType(f"{each.main_type}/{each.sub_type}").match(name) for name in media_types)
    ]
    return max(wanted, default=(0.0, 0))


def build_problem_outcome(problem: dict[str, Any]) -> dict[str, Any]:
    """Return the OperationOutcome of a problem document: an issue for each error, or one for all of it."""
    status = problem["status"]
    is_ours = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    code = ISSUE_CODES.get(HTTPStatus(status), "exception" if is_ours else "processing")
    errors = problem.get("errors") or [{"detail": problem["detail"]}]
    diagnostics = problem.get("replaced_by") or problem.get("request_id")
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "fatal" if is_ours else "error",
                "code": code,
                "details": {"text": error["detail"]},
                **({"diagnostics": diagnostics} if diagnostics else {}),
                **({"expression": [f"http.{error['parameter']}"]} if error.get("parameter") else {}),
            }
            for error in errors
        ],
    }
