"""The client IP address of a request."""

from ipaddress import ip_address

from django.conf import settings


def client_ip(request):
    """Where a request comes from: what the outermost of our own proxies saw, else who is at the other end.

    Each proxy adds the address that it saw at the right of X-Forwarded-For; anybody can write what stands further left.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    told = hops[-settings.PROXIES] if 0 < settings.PROXIES <= len(hops) else ""
    return _parse_ip(told) or _parse_ip(request.META.get("REMOTE_ADDR", ""))


def _parse_ip(text):
    """An IP address in its plain form, without the port that some proxies add; None where it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)
