"""System checks of settings that belong together (`manage.py check`)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register
def check_proxies(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Warn where X-Forwarded-For is believed although nothing says that a proxy writes it."""
    if settings.PROXIES and not settings.HTTPS:
        return [
            Warning(
                f"PROXIES is {settings.PROXIES}, but HTTPS is off: is there a proxy in front?",
                hint="Without one, anybody writes X-Forwarded-For themselves: rate limits and lockouts do not hold. "
                "Set PROXIES=0 where clients reach the service directly.",
                id="kb.W001",
            )
        ]
    return []
