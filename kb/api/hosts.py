"""The Host header: what Django's check of the name lets pass, a port that there is not."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port

MAX_PORT = 65_535


def host_port_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: refuse a Host whose port is none, since it would stand in every address of the answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        port = split_domain_port(request.get_host())[1]
        if port and not 0 < int(port) <= MAX_PORT:
            raise DisallowedHost("The port of the Host header is none.")
        return get_response(request)

    return middleware
