"""How often one may ask, and how every answer tells it: in the RateLimit fields of the IETF's draft."""

import logging
from dataclasses import dataclass
from ipaddress import ip_network
from math import ceil
from time import time
from zlib import crc32

from django.conf import settings
from django.core.cache import caches
from django.urls import reverse
from redis.exceptions import RedisError
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from kb.choices import TokenScope
from kb.utils.client_ip import client_ip

MINUTE = 60
READ_SCOPE = TokenScope.READ
PAGE_SIZE_HINT = "A list gives up to 200 records in one answer: “page_size=200”."
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RateLimit:
    """How many requests are allowed in how many seconds, how many of them are left, and for how long that holds."""

    name: str
    quota: int
    window: int
    remaining: int
    reset_in: int

    def as_headers(self):
        return {
            "RateLimit-Policy": f'"{self.name}";q={self.quota};w={self.window}',
            "RateLimit": f'"{self.name}";r={self.remaining};t={self.reset_in}',
        }


def rate_limit_headers_middleware(get_response):
    """Middleware: what comes from outside is counted, and is answered with how much more may come."""

    def middleware(request):
        request.rate_limit = getattr(
            request, "rate_limit", None
        )  # It may be answered anew where the data change meanwhile.
        response = get_response(request)
        response = (count_request_without_view(request) if request.rate_limit is None else None) or response
        for name, value in request.rate_limit.as_headers().items() if request.rate_limit else ():
            response[name] = value
        return response

    return middleware


def count_request_without_view(request):
    """Count what was refused before its view could count it, or has no view; its refusal, where it is too much."""
    from kb.api import exceptions as errors

    if request.path.startswith(errors.HTML_PREFIX):
        throttle, asked = PageThrottle(), Request(request)
    elif request.path.startswith(errors.API_PREFIX) and request.path != reverse("docs"):
        shown = [authenticator() for authenticator in api_settings.DEFAULT_AUTHENTICATION_CLASSES]
        throttle, asked = ReadThrottle(), Request(request, authenticators=shown)
    else:
        return None
    try:
        throttle.allow_request(asked, None)
    except AuthenticationFailed:
        return None  # It is counted as such, and what was wrong first is told.
    except Throttled as error:
        return errors.problem_exception_handler(error, {"request": asked})


def throttle_invalid_tokens(request, more=False):
    """Wrong tokens count for the address that shows them; where they are too many, no more tokens are looked at."""
    asked, quota = request._request, settings.READS_PER_MINUTE
    if not quota or getattr(asked, "rate_limit", False) is not None:
        return
    count, ends_in = increment_window("guesses", client_network(client_ip(asked)), more)
    if more or count >= quota:
        asked.rate_limit = RateLimit("guesses", quota, MINUTE, max(quota - count, 0), ends_in)
    if not more and count >= quota:
        raise Throttled(ends_in, f"One address may show {quota} wrong tokens a minute: until then, none is looked at.")


class ReadThrottle(BaseThrottle):
    """So many requests a minute from one address, or with one token that is for more.

    Minutes are counted, not times kept as DRF does: one number each, which all processes can raise at once. A request
    counts once, whatever views its answer is made of; what the knowledge base asks itself does not count.
    """

    for_html_pages = False

    def allow_request(self, request, view):
        asked = request._request
        if getattr(asked, "rate_limit", False) is not None:
            return True
        token = request.auth if request.auth and READ_SCOPE in request.auth.scopes else None
        quota = settings.TOKEN_READS_PER_MINUTE if token else settings.READS_PER_MINUTE
        if not quota:
            asked.rate_limit = False  # There is none, and nobody need look again.
            return True
        name = "token" if token else "pages" if self.for_html_pages else "anonymous"
        whom = token.digest if token else client_network(client_ip(asked))
        count, ends_in = increment_window(name, whom)
        asked.rate_limit = RateLimit(name, quota, MINUTE, max(quota - count, 0), ends_in)
        if count > quota:
            raise Throttled(ends_in, self.build_message(quota, token, request.auth))
        return True

    def build_message(self, quota, token, shown):
        """What was too much, and what would be more."""
        if token:
            return f"This token allows {quota} requests a minute. {PAGE_SIZE_HINT}"
        allowed = f"One address may send {quota} requests a minute"
        if self.for_html_pages:
            return f"{allowed} for these pages."
        more = settings.TOKEN_READS_PER_MINUTE
        lifted = f"allows {more}" if more else "lifts this"
        if shown:
            return f"{allowed}. The scope “{READ_SCOPE}”, which this token does not hold, {lifted}. {PAGE_SIZE_HINT}"
        return (
            f"{allowed}. A token with the scope “{READ_SCOPE}” {lifted}: an administrator gives one. {PAGE_SIZE_HINT}"
        )


class PageThrottle(ReadThrottle):
    """The pages for people count apart, so that a program at the same address does not shut anybody out of them."""

    for_html_pages = True


def client_network(address):
    """Whom an address stands for: one of IPv6 for the network that its holder has 2^64 of."""
    return ip_network(f"{address}/64", strict=False) if address and ":" in address else address


def increment_window(name, whom, more=True):
    """How many requests this minute has seen with one more, and when it ends; minutes begin apart, not all at once.

    Without the server that counts, everything is answered: it is there to be read.
    """
    now = int(time()) + crc32(f"{whom}".encode()) % MINUTE
    minute, into = divmod(now, MINUTE)
    key, counts = f"{name}:{whom}:{minute}", caches["counts"]
    try:
        if not more:
            count = counts.get(key, 0)
        elif counts.add(key, 1, MINUTE):
            count = 1
        else:
            count = counts.incr(key)
    except ValueError:  # It was put out to make room, or its minute has just ended.
        count = 1
    except RedisError as error:
        logger.warning("Requests are not counted: %s", error)
        count = 0
    return count, ceil(MINUTE - into)
