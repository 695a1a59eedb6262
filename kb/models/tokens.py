"""API tokens: scoped, expiring credentials of programs, stored as digests."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken, get_digest_token
from knox.settings import CONSTANTS

from kb.choices import TokenScope
from kb.fields import ListField
from kb.models.records import PrintableTextMixin

DEFAULT_VALIDITY_DAYS = 365


def in_a_year() -> datetime:
    return timezone.now() + timedelta(days=DEFAULT_VALIDITY_DAYS)


class ApiToken(PrintableTextMixin, AbstractAuthToken):
    """Lets a program speak for a person, for some purposes, until a day."""

    name = models.CharField(max_length=80, help_text="Which program it is for; one token for each.")
    scopes = ListField(TokenScope, blank=False, help_text="What the program may do with it.")
    expiry = models.DateTimeField("valid until", default=in_a_year, help_text="A year from now, unless told otherwise.")

    class Meta:
        verbose_name = "API token"
        ordering = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="token_of_a_user_has_a_name_of_its_own",
                violation_error_message="This user has a token of that name: choose another, or revoke the old one.",
            )
        ]

    def __str__(self) -> str:
        return f"“{self.name}” of {self.user}"

    def clean(self) -> None:
        if self.expiry and self.expiry <= timezone.now():
            raise ValidationError({"expiry": "This has passed: the token could never be used."})
        if self.user_id and not self.user.is_active:
            raise ValidationError({"user": f"“{self.user}” is not active, so no token would work."})

    def issue(self) -> str:
        """Save the token with a new secret and return that secret, of which only a digest is stored."""
        self.full_clean(exclude=["digest", "token_key"])
        self.digest, secret = get_digest_token()
        self.token_key = secret[: CONSTANTS.TOKEN_KEY_LENGTH]
        self.save(force_insert=True)
        return secret
