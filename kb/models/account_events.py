"""Account events: the audit log of sign-ins, lockouts, second factors and roles."""

from django.db import models


class AccountEvent(models.Model):
    """Something that happened to somebody's account; written once, never changed."""

    class EventType(models.TextChoices):
        """What can happen to an account."""

        SIGNED_IN = "signed-in", "Signed in"
        SIGNED_OUT = "signed-out", "Signed out"
        FAILED = "failed", "Failed to sign in"
        LOCKED = "locked", "Locked out"
        RELEASED = "released", "Lockout released"
        ENROLLED = "enrolled", "Second factor set up"
        REMOVED = "removed", "Second factor removed"
        CODES = "codes", "New recovery codes made"
        VERIFIED = "verified", "Second factor shown"
        RECOVERED = "recovered", "Recovery code used"
        REFUSED = "refused", "Wrong code"
        PASSWORD = "password", "Password changed"
        GIVEN = "given", "Role given"
        TAKEN = "taken", "Role taken away"
        CREATED = "created", "Account made"
        CLOSED = "closed", "Account deactivated"
        REOPENED = "reopened", "Account activated again"

    at = models.DateTimeField("when", auto_now_add=True, db_index=True, help_text="When it happened.")
    what = models.CharField(max_length=20, choices=EventType, help_text="What happened.")
    username = models.CharField(
        "whose account", max_length=150, db_index=True, help_text="The user name, as it was typed."
    )
    by = models.CharField(
        "done by", max_length=150, blank=True, help_text="Who did it, if it was somebody else who was signed in."
    )
    address = models.GenericIPAddressField(
        "from", null=True, help_text="The address that it was done from; none for a command on the server."
    )
    browser = models.CharField(max_length=255, blank=True, help_text="The browser, as it called itself.")
    on_server = models.BooleanField(
        "by a command", default=False, db_default=False, help_text="Whether a command on the server did it."
    )
    detail = models.CharField(max_length=255, blank=True, help_text="What else there is to know, such as the role.")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["what"], name="account_events_by_what")]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.username}, {self.at:%d %B %Y %H:%M} (UTC)"
