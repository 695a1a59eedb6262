"""How secrets of second factors were first stored: frozen here, whatever the program does later."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import salted_hmac

PREFIX, PURPOSE, NONCE_BYTES, DIGEST_LENGTH = "aes:", "secret of an authenticator app", 12, 16


def make_cipher():
    key = salted_hmac(f"kb.utils.encryption:{PURPOSE}", b"", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return AESGCM(key)


def encrypt_key(key):
    nonce = os.urandom(NONCE_BYTES)
    sealed = make_cipher().encrypt(nonce, bytes.fromhex(key), PURPOSE.encode())
    return PREFIX + urlsafe_b64encode(nonce + sealed).decode()


def decrypt_key(stored):
    data = urlsafe_b64decode(stored.removeprefix(PREFIX))
    return make_cipher().decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], PURPOSE.encode()).hex()


def digest_code(code):
    return urlsafe_b64encode(sha256(code.encode()).digest()).decode()[:DIGEST_LENGTH]
