"""Two-factor authentication (django-otp): TOTP codes of an authenticator app, and single-use recovery codes."""

from base64 import b32encode
from math import ceil
from textwrap import wrap
from time import time

import qrcode
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django_otp import verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import default_key
from qrcode.image.svg import SvgPathImage

from kb.accounts.audit_log import AccountEventType, log_account_event
from kb.models import AuthenticatorApp, RecoveryCodes
from kb.models.second_factors import generate_recovery_code
from kb.permissions import is_verified, needs_second_factor

RECOVERY_CODE_COUNT = 10


def get_totp_device(user):
    """Return the authenticator app that a user has set up; None if there is none."""
    return AuthenticatorApp.objects.filter(user=user, confirmed=True).first()


def needs_verification(user):
    """Return whether a user still has to give a code: their role needs a second factor, or they have set one up."""
    return not is_verified(user) and (needs_second_factor(user) or get_totp_device(user) is not None)


def count_recovery_codes(user):
    """Return how many unused recovery codes a user has."""
    return StaticToken.objects.filter(device__user=user).count()


def generate_totp_key():
    """Return a new secret, in hexadecimal, for an app that is not set up yet."""
    return default_key()


def format_totp_key(key):
    """Return a secret as a person types it into an app: base 32, in groups of four."""
    return " ".join(wrap(b32encode(bytes.fromhex(key)).decode(), 4))


def render_qr_code(user, key):
    """Return the QR code of a secret as SVG without inline styles, which the content security policy forbids."""
    url = AuthenticatorApp(user=user, key=key).config_url
    return qrcode.make(url, image_factory=SvgPathImage).to_string(encoding="unicode")


def enroll_totp_device(user, key, code):
    """Make the app that holds a secret the second factor of a user, in place of the one before; return the device.

    Raise ValidationError if the code is not the one that the app should show.
    """
    device = AuthenticatorApp(user=user, name="Authenticator app", key=key)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time, code = time(), _normalize_code(code)
    if not _is_totp_code(code) or not totp.verify(int(code), device.tolerance):
        log_account_event(AccountEventType.REFUSED, user.get_username(), detail="while it was being set up")
        raise ValidationError(
            "This is not the code that the app should show now. Wait for the next one, and check that the phone's "
            "clock is right."
        )
    device.last_t, device.drift = totp.t(), totp.drift  # So that this code cannot be used again to sign in.
    with transaction.atomic():
        AuthenticatorApp.objects.filter(user=user).delete()
        device.save()
    log_account_event(AccountEventType.ENROLLED, user.get_username())
    return device


def verify_code(user, code):
    """Return the device that accepts a code, of the app or for recovery.

    Raise ValidationError if the code is wrong or used, or if too many wrong ones came before; it tells the wait.
    """
    code = _normalize_code(code)
    is_totp = _is_totp_code(code)
    device = get_totp_device(user) if is_totp else RecoveryCodes.objects.filter(user=user, confirmed=True).first()
    if device and (wait := _format_wait(device)):
        raise ValidationError(f"Too many wrong codes. Wait {wait}, then try the code that the app shows then.")
    if device and (device := verify_token(user, device.persistent_id, code)):
        log_account_event(AccountEventType.VERIFIED if is_totp else AccountEventType.RECOVERED, user.get_username())
        return device
    log_account_event(AccountEventType.REFUSED, user.get_username())
    raise ValidationError(
        "This code is wrong, too old, or has been used already. Wait for the next one in the app, and try that."
        if is_totp
        else "This is no recovery code of yours, or it has been used already. Codes of the app have six digits."
    )


def generate_recovery_codes(user):
    """Replace the recovery codes of a user by new ones, and return these as they are shown."""
    codes = [generate_recovery_code() for _ in range(RECOVERY_CODE_COUNT)]
    with transaction.atomic():
        device, _ = RecoveryCodes.objects.get_or_create(user=user, defaults={"name": "Recovery codes"})
        device.replace_codes(codes)
    return ["-".join(wrap(code, 4)) for code in codes]


def remove_two_factor(user):
    """Delete the second factor of a user, recovery codes included; return whether there was one."""
    with transaction.atomic():
        removed = [model.objects.filter(user=user).delete()[0] for model in (AuthenticatorApp, RecoveryCodes)]
    if any(removed):
        log_account_event(AccountEventType.REMOVED, user.get_username())
    return any(removed)


def _normalize_code(code):
    """Return a code without the spaces and dashes that help to read it, in lower case."""
    return "".join(code.split()).replace("-", "").lower()


def _is_totp_code(code):
    return len(code) == 6 and code.isascii() and code.isdecimal()


def _format_wait(device):
    """Return the time until the next code may be tried, in words; an empty string if that is now."""
    allowed, reason = device.verify_is_allowed()
    if allowed:
        return ""
    seconds = max(1, ceil((reason["locked_until"] - timezone.now()).total_seconds()))
    count, unit = (seconds, "second") if seconds < 90 else (ceil(seconds / 60), "minute")
    return f"{count} {unit}{'' if count == 1 else 's'}"
