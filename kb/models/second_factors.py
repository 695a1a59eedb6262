"""Second factors as they are stored: secrets of authenticator apps encrypted, recovery codes as digests.

They are the devices of django-otp, in its tables; a proxy each keeps what the table holds from being of use alone.
"""

from base64 import b32encode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from os import urandom
from typing import Any

from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.utils.encryption import DecryptionError, decrypt, encrypt, is_encrypted

PURPOSE = "secret of an authenticator app"
CODE_BYTES = 10  # 80 bits: too many to try, also for somebody who has the digests.
DIGEST_LENGTH = 16  # Characters of the column in django-otp's table: 96 bits.


def encrypt_totp_key(key: str) -> str:
    """Return the secret of an app, in hexadecimal, as it is stored."""
    return encrypt(bytes.fromhex(key), PURPOSE)


def decrypt_totp_key(stored: str) -> str:
    """Return a stored secret of an app in hexadecimal; one that was stored before secrets were encrypted, as it is."""
    return decrypt(stored, PURPOSE).hex() if is_encrypted(stored) else stored


def generate_recovery_code() -> str:
    """Return a new recovery code, without the dashes that help to read it."""
    return b32encode(urandom(CODE_BYTES)).decode().lower()


def compute_code_digest(code: str) -> str:
    """Return what is stored of a recovery code."""
    return urlsafe_b64encode(sha256(code.encode()).digest()).decode()[:DIGEST_LENGTH]


class AuthenticatorApp(TOTPDevice):
    """An authenticator app of a person; its secret is stored encrypted, and read only to check a code."""

    class Meta:
        proxy = True
        verbose_name = "authenticator app"

    @property
    def bin_key(self) -> bytes:
        return bytes.fromhex(decrypt_totp_key(self.key))

    def save(self, *args: Any, **kwargs: Any) -> None:
        with suppress(DecryptionError):  # Each sign-in brings the secret under the key of now.
            self.key = encrypt_totp_key(decrypt_totp_key(self.key))
        super().save(*args, **kwargs)

    def verify_token(self, token: Any) -> bool:
        """Return whether a code is right; never, where the secret cannot be read any more."""
        try:
            return super().verify_token(token)
        except DecryptionError:
            return False


class RecoveryCodes(StaticDevice):
    """The recovery codes of a person, each for one sign-in; only digests of them are stored."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "recovery codes"

    def verify_token(self, token: Any) -> bool:
        return super().verify_token(compute_code_digest(str(token)))

    def replace_codes(self, codes: Sequence[str]) -> None:
        """Store these codes in place of those before."""
        with transaction.atomic():
            self.token_set.all().delete()
            StaticToken.objects.bulk_create(StaticToken(device=self, token=compute_code_digest(code)) for code in codes)
