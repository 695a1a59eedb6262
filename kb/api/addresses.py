"""Addresses of requests: the port of the Host, how long an address may be, and the slash at its end."""

from collections.abc import Callable
from http import HTTPStatus

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.urls import is_valid_path

from kb.api.exceptions import API_PREFIX, build_problem, render_problem

Handler = Callable[[HttpRequest], HttpResponse]
MAX_PORT = 65_535
MAX_ADDRESS_BYTES = 50_000  # Of path and query: 200 values of 200 characters, the most that a parameter takes, fit.


def slash_middleware(get_response: Handler) -> Handler:
    """Middleware: answer an address of the API without its last slash as with it.

    Many programs follow no redirect, and those that do send no body again.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if lacks_slash(request.path_info):
            request.path, request.path_info = f"{request.path}/", f"{request.path_info}/"
        return get_response(request)

    return middleware


def lacks_slash(path: str) -> bool:
    """Return whether nothing in the API has this path, and something has it with a slash at its end."""
    is_candidate = path.startswith(API_PREFIX) and not path.endswith("/")
    return is_candidate and not is_valid_path(path) and is_valid_path(f"{path}/")


def address_limits_middleware(get_response: Handler) -> Handler:
    """Middleware: refuse an address that is too long, and a Host whose port is none, which answers would repeat."""

    def middleware(request: HttpRequest) -> HttpResponse:
        port = split_domain_port(request.get_host())[1]
        if port and not 0 < int(port) <= MAX_PORT:
            raise DisallowedHost("The port of the Host header is none.")
        length = len(request.get_full_path())
        if length > MAX_ADDRESS_BYTES:
            detail = f"The address has {length} bytes: {MAX_ADDRESS_BYTES} are the most. Ask in several requests."
            return render_problem(request, build_problem(request, HTTPStatus.REQUEST_URI_TOO_LONG, detail))
        return get_response(request)

    return middleware
