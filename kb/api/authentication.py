"""Token authentication of the API, token scopes, and the daily limit on suggestions."""

import re
from contextlib import contextmanager
from math import ceil

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from knox import auth
from rest_framework import exceptions
from rest_framework.authentication import get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.throttling import UserRateThrottle

from kb.api.throttling import RateLimit, throttle_invalid_tokens

CREDENTIALS_HINT = (
    "Send the header “Authorization: Bearer TOKEN”; an administrator of the knowledge base gives a token."
)


class TokenAuthentication(auth.TokenAuthentication):
    """Authenticates the token in the Authorization header; an invalid one is refused, never treated as absent."""

    def authenticate(self, request):
        header = get_authorization_header(request)
        if not header:
            return None
        throttle_invalid_tokens(request)
        try:
            return self.authenticate_token(request, header)
        except exceptions.AuthenticationFailed:
            throttle_invalid_tokens(request, increment=True)
            raise

    def authenticate_token(self, request, header):
        """Return the user and the token of an Authorization header."""
        if header.partition(b" ")[0].decode("latin-1").lower() != self.authenticate_header(request).lower():
            raise exceptions.AuthenticationFailed(f"This header holds no token. {CREDENTIALS_HINT}")
        return super().authenticate(request)

    def authenticate_credentials(self, token):
        try:
            return super().authenticate_credentials(token if re.fullmatch(rb"\w+", token) else b"")
        except exceptions.AuthenticationFailed:
            raise exceptions.AuthenticationFailed(
                f"This token is unknown, revoked or expired. {CREDENTIALS_HINT}"
            ) from None


class HasTokenScope(BasePermission):
    """Requires a token that holds the `scope` of the view."""

    def has_permission(self, request, view):
        if request.auth is None:
            raise exceptions.NotAuthenticated(CREDENTIALS_HINT)
        if view.scope in request.auth.scopes:
            return True
        raise exceptions.PermissionDenied(
            f"This token does not hold the scope “{view.scope}”: an administrator gives one that does."
        )


@contextmanager
def user_lock(user):
    """Run a transaction that waits for any other of the same user, in whichever process it runs."""
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)  # SQLite allows only one writer at a time.
        yield


class DailySuggestionThrottle(UserRateThrottle):
    """Limits how many suggestions a user sends in a day, with all their tokens together; reading is not limited.

    Only what is accepted counts (`count_suggestion`), so that a client with a fault does not use up the day.
    """

    scope = "suggestions"

    def get_rate(self):
        return f"{settings.SUGGESTIONS_PER_DAY}/day"

    def allow_request(self, request, view):
        allowed = super().allow_request(request, view)
        self.report(request)
        return allowed

    def throttle_success(self):
        return True  # Nothing counts yet.

    def count_suggestion(self, request, view):
        """Count one that is accepted, under the lock of its user; raise Throttled if another was faster."""
        if not super().allow_request(request, view):
            view.throttled(request, self.wait())
        super().throttle_success()
        self.report(request)

    def report(self, request):
        """Set the limit that the response tells."""
        first = self.history[-1] if self.history else self.now
        count, reset_in = len(self.history), ceil(first + self.duration - self.now)
        request._request.rate_limit = RateLimit(self.scope, self.num_requests, self.duration, count, reset_in)
