"""The client IP address of a request, read from behind the installation's own proxies."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """Return the address that a request came from; None if it is not valid."""
    return find_client_ip(request.META)


def find_client_ip(environ: Mapping[str, Any]) -> str | None:
    """Return the address that the outermost of our own proxies saw, else that of the peer; None if neither is valid.

    Each proxy appends the address that it saw to X-Forwarded-For. A client can write anything further left, so only the
    last `settings.PROXIES` entries are trusted.
    """
    hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    forwarded = hops[-settings.PROXIES] if 0 < settings.PROXIES <= len(hops) else ""
    return _parse_ip(forwarded) or _parse_ip(environ.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=10_000)
def _parse_ip(text: str) -> str | None:
    """Return an IP address in its plain form, without the port that some proxies add; None if it is not valid."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
