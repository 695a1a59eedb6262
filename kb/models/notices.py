"""Notices by e-mail: when each reviewer was last told that changes wait."""

from django.conf import settings
from django.db import models


class ReviewNotice(models.Model):
    """When a reviewer was last sent word of changes that wait, so that there is one message for many of them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", help_text="Who is to review them."
    )
    sent_at = models.DateTimeField(null=True, help_text="When the last message was sent.")

    def __str__(self) -> str:
        return f"{self.user}: {self.sent_at}"
