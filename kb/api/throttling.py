"""Rate limits per IP address or token, reported in the RateLimit header fields (IETF draft ratelimit-headers)."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from time import monotonic, time
from types import SimpleNamespace
from zlib import crc32

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.http import HttpRequest
from django.urls import reverse
from redis.exceptions import RedisError
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from kb.api.exceptions import API_PREFIX, HTML_PREFIX, problem_exception_handler
from kb.choices import TokenScope
from kb.utils.client_ip import client_ip

MINUTE = 60  # Seconds.
PAUSE_SECONDS = 5
pause = SimpleNamespace(until=0.0)  # The cache server that counts is not asked before then.
READ_SCOPE = TokenScope.READ
PAGE_SIZE_HINT = "A list gives up to 200 records in one answer: “page_size=200”."
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RateLimit:
    """The limit that a request counted against, and what is left of it after the request."""

    name: str
    quota: int  # Requests in a window.
    window: int  # Seconds.
    count: int  # Requests in this window so far, this one included.
    reset_in: int  # Seconds until the window ends.

    @property
    def remaining(self) -> int:
        return max(self.quota - self.count, 0)

    @property
    def is_exceeded(self) -> bool:
        return self.count > self.quota

    def as_headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.quota};w={self.window}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset_in}',
        }


# The attribute `rate_limit` of a Django request says whether the request has been counted:
# absent      it is internal, and never counted
# None        it came through rate_limit_headers_middleware, and is still to be counted
# UNLIMITED   it needs no counting, since the setting of the quota is 0
# RateLimit   it is counted; the response tells the limit in its headers
UNLIMITED = False


def is_to_be_counted(request: HttpRequest) -> bool:
    """Return whether a Django request came from outside and no throttle has counted it yet."""
    return getattr(request, "rate_limit", UNLIMITED) is None


def rate_limit_headers_middleware(get_response):
    """Middleware: mark the request as one to be counted, and add the RateLimit headers to its response."""

    def middleware(request):
        # Kept if it is set: etag_middleware calls this again, with the same request, if the data changed meanwhile.
        request.rate_limit = getattr(request, "rate_limit", None)
        response = get_response(request)
        response = (count_request_without_view(request) if is_to_be_counted(request) else None) or response
        for name, value in request.rate_limit.as_headers().items() if request.rate_limit else ():
            response[name] = value
        return response

    return middleware


def count_request_without_view(request):
    """Count a request that was refused before its view ran, or has no view. Return 429 if over quota, else None."""
    if request.path.startswith(HTML_PREFIX):
        throttle, drf_request = PageThrottle(), Request(request)
    elif request.path.startswith(API_PREFIX) and request.path != reverse("docs"):
        authenticators = [authenticator() for authenticator in api_settings.DEFAULT_AUTHENTICATION_CLASSES]
        throttle, drf_request = ReadThrottle(), Request(request, authenticators=authenticators)
    else:
        return None
    try:
        throttle.allow_request(drf_request, None)
    except AuthenticationFailed:
        return None  # The failed authentication is counted; the first error, in the response, is the one to report.
    except Throttled as error:
        return problem_exception_handler(error, {"request": drf_request})


def throttle_invalid_tokens(request, increment=False):
    """Limit the invalid tokens that one address sends: raise Throttled over quota, before a token is looked up.

    With `increment`, count one more invalid token instead, and do not raise.
    """
    django_request, quota = request._request, settings.READS_PER_MINUTE
    if not quota or not is_to_be_counted(django_request):
        return
    count, reset_in = increment_window("guesses", client_network(client_ip(django_request)), increment)
    if increment or count >= quota:
        django_request.rate_limit = RateLimit("guesses", quota, MINUTE, count, reset_in)
    if not increment and count >= quota:
        raise Throttled(reset_in, f"One address may show {quota} wrong tokens a minute: until then, none is looked at.")


class ReadThrottle(BaseThrottle):
    """Limits requests per minute from one address, or with one token that holds the scope `read`.

    Each minute has one counter, which all processes can increment at once, where DRF's throttles keep a list of times.
    A request counts once, however many views contribute to its response; internal requests do not count.
    """

    for_html_pages = False

    def allow_request(self, request, view):
        django_request = request._request
        if not is_to_be_counted(django_request):
            return True
        token = request.auth if request.auth and READ_SCOPE in request.auth.scopes else None
        if token:
            limit = count_request("token", settings.TOKEN_READS_PER_MINUTE, token.digest)
        else:
            name = "pages" if self.for_html_pages else "anonymous"
            limit = count_anonymous_request(name, client_ip(django_request))
        django_request.rate_limit = limit or UNLIMITED
        if limit and limit.is_exceeded:
            raise Throttled(limit.reset_in, self.build_message(limit.quota, token, request.auth))
        return True

    def build_message(self, quota, token, auth):
        """Return the detail of the problem: the limit, and how to get a higher one."""
        if token:
            return f"This token allows {quota} requests a minute. {PAGE_SIZE_HINT}"
        allowed = f"One address may send {quota} requests a minute"
        if self.for_html_pages:
            return f"{allowed} for these pages."
        token_quota = settings.TOKEN_READS_PER_MINUTE
        lifted = f"allows {token_quota}" if token_quota else "lifts this"
        if auth:
            return f"{allowed}. The scope “{READ_SCOPE}”, which this token does not hold, {lifted}. {PAGE_SIZE_HINT}"
        return (
            f"{allowed}. A token with the scope “{READ_SCOPE}” {lifted}: an administrator gives one. {PAGE_SIZE_HINT}"
        )


class PageThrottle(ReadThrottle):
    """Counts HTML pages separately, so that a program at the same address does not lock people out of them."""

    for_html_pages = True


def count_anonymous_request(name: str, ip: str | None) -> RateLimit | None:
    """Count a request without token against the limit of its address; None if nothing is limited."""
    return count_request(name, settings.READS_PER_MINUTE, client_network(ip))


def count_request(name: str, quota: int, identity: object) -> RateLimit | None:
    """Count a request against a limit of so many a minute; None if the quota is 0, and nothing is limited."""
    return RateLimit(name, quota, MINUTE, *increment_window(name, identity)) if quota else None


def client_network(ip):
    """Return the /64 network of an IPv6 address, since its holder has all 2^64 addresses; an IPv4 address as it is."""
    return ip_network(f"{ip}/64", strict=False) if ip and ":" in ip else ip


def increment_window(name: str, identity: object, increment: bool = True) -> tuple[int, int]:
    """Count a request, or only look if `increment` is false. Return the count of this minute and its seconds left.

    Minutes of different clients start at different seconds, so that their counters do not all reset at once. If the
    cache server is down, the count is 0: reading stays possible without limits.
    """
    now = int(time()) + crc32(f"{identity}".encode()) % MINUTE
    minute, elapsed = divmod(now, MINUTE)
    key, counts = f"{name}:{identity}:{minute}", caches["counts"]
    try:
        count = 0 if monotonic() < pause.until else increment_counter(counts, key) if increment else counts.get(key, 0)
    except RedisError as error:
        pause.until = monotonic() + PAUSE_SECONDS  # Requests do not wait for it one after another.
        logger.warning("Requests are not counted: %s", error)
        count = 0
    return count, MINUTE - elapsed


def increment_counter(counts: BaseCache, key: str) -> int:
    """Count one more in a window, which begins with its first; return the count."""
    with suppress(ValueError):  # It is the first.
        return counts.incr(key)
    with suppress(ValueError):  # Another process was first, but its counter was evicted at once.
        return 1 if counts.add(key, 1, MINUTE) else counts.incr(key)
    return 1
