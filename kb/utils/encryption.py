"""Authenticated encryption of short secrets at rest (AES-GCM), under keys derived from SECRET_KEY.

What was encrypted under a key of SECRET_KEY_FALLBACKS is still read, so that SECRET_KEY can be changed.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

PREFIX = "aes:"  # No hexadecimal text begins so: a secret of before is told from an encrypted one.
NONCE_BYTES = 12


class DecryptionError(Exception):
    """None of the keys reads this: SECRET_KEY was changed without a fallback, or somebody altered the text."""


def is_encrypted(text: str) -> bool:
    """Return whether a text is one that `encrypt` made."""
    return text.startswith(PREFIX)


def encrypt(secret: bytes, purpose: str) -> str:
    """Return a secret encrypted for one purpose: 20 bytes become 68 characters."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = _make_cipher(settings.SECRET_KEY, purpose).encrypt(nonce, secret, purpose.encode())
    return PREFIX + urlsafe_b64encode(nonce + sealed).decode()


def decrypt(text: str, purpose: str) -> bytes:
    """Return what was encrypted for the same purpose; raise DecryptionError if no key reads it."""
    data = urlsafe_b64decode(text.removeprefix(PREFIX))
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _make_cipher(key, purpose).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose.encode())
        except InvalidTag:
            continue
    raise DecryptionError(f"No key of SECRET_KEY and SECRET_KEY_FALLBACKS reads what was encrypted for {purpose}.")


def _make_cipher(key: str, purpose: str) -> AESGCM:
    return AESGCM(salted_hmac(f"kb.utils.encryption:{purpose}", b"", secret=key, algorithm="sha256").digest())
