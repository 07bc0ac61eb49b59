"""Passwords: hashed with Argon2id in Unicode's composed form, held against the pack's policy."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.definition.pack import PasswordPolicy
from app.frozen import dataclass
from app.web.security.common_passwords import is_common

LONGEST = 128
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's choice: 19 MiB, two passes
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without those that look alike


@dataclass(frozen=True)
class Weakness:
    """A reason why a password is refused: the key of its text, with the number that the text names."""

    key: str
    length: int = 0


def hashed(password: str) -> str:
    """The hash to store."""
    return _HASHER.hash(composed(password))


def composed(password: str) -> str:
    """A password as it is hashed: the same letters typed on another device are the same password (NFC)."""
    return unicodedata.normalize("NFC", password)


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(stored)


def verify(stored: str | None, password: str) -> bool:
    """Whether it is the password. Takes as long when there is none stored, so that time tells nothing."""
    usable = stored is not None and stored.startswith("$argon2")
    try:
        _HASHER.verify(stored if usable and stored else _nobody(), composed(password))
    except (VerificationError, InvalidHashError):
        return False
    return usable


def weaknesses(password: str, login: str, policy: PasswordPolicy) -> list[Weakness]:
    """Everything that the policy has against a password; empty when it may be used. One that is too long is looked at no further:
    what is asked of the others takes time that grows with the square of their length.
    """
    policy, password = policy.effective(), composed(password)
    if len(password) > LONGEST:
        return [Weakness("password.long", LONGEST)]
    found: list[Weakness] = []
    if len(password) < policy.min_length:
        found.append(Weakness("password.short", policy.min_length))
    kinds = {
        "upper": any(each.isupper() for each in password),
        "lower": any(each.islower() for each in password),
        "digit": any(each.isdigit() for each in password),
        "special": any(not each.isalnum() for each in password),
    }
    found.extend(Weakness(f"password.{kind}") for kind in policy.characters if not kinds[kind])
    if login and login.lower() in password.lower():
        found.append(Weakness("password.login"))
    if is_common(password):
        found.append(Weakness("password.common"))
    return found


def made_up(policy: PasswordPolicy) -> str:
    """A random password that the policy has nothing against."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(max(policy.min_length, 14)))
    return f"{body}-Aa7"


@cache
def _nobody() -> str:
    return hashed(secrets.token_urlsafe())
