"""Secrets that must be read again, kept so that a copy of the database alone does not tell them (AES-256-GCM)."""

from __future__ import annotations

import base64
import binascii
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12  # bytes
_PURPOSE = b"tenon second factor"


class Unreadable(ValueError):
    """What was sealed by another key, for something else, or was altered."""


@lru_cache(maxsize=4)
def _cipher(secret_key: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret_key.encode()))


def seal(secret_key: str, content: str, belongs_to: str) -> str:
    """Content that only who has the key can read, and only as what belongs to `belongs_to`."""
    nonce = os.urandom(_NONCE)
    sealed = _cipher(secret_key).encrypt(nonce, content.encode(), belongs_to.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(secret_key: str, sealed: str, belongs_to: str) -> str:
    """What was sealed. Raises Unreadable."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode())
        return _cipher(secret_key).decrypt(raw[:_NONCE], raw[_NONCE:], belongs_to.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise Unreadable("sealed by another key, or for something else") from error
