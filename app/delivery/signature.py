"""Signatures of what is posted: `t=<seconds>,v1=<HMAC-SHA256 of time, dot and body, hex>`.

A secret may be given as two words while it is changed: both sign, and either is believed.
"""

from __future__ import annotations

import datetime as dt
import hmac

HEADER = "X-Tenon-Signature"
TOLERANCE = 300  # seconds between the clocks of both sides, and of the way
BELIEVED = dt.timedelta(seconds=2 * TOLERANCE)  # so long after it came a message may be believed: it may be dated ahead
_MOST_GIVEN = 4  # signatures in a header


def sign(secret: str, body: bytes, at: int) -> str:
    """The header for a body that is sent at this moment, in seconds of Unix time."""
    return ",".join((f"t={at}", *(f"v1={_digest(word, at, body)}" for word in secret.split())))


def is_signed(secret: str, header: str, body: bytes, now: int) -> bool:
    """Whether a header signs this body with the secret, a short while ago at most."""
    return signed_at(secret, header, body, now) is not None


def signed_at(secret: str, header: str, body: bytes, now: int) -> int | None:
    """The moment that a header signs together with this body, in seconds of Unix time; None where it does not hold."""
    stated, _, given = header.partition(",")
    name, _, moment = stated.partition("=")
    if name != "t" or not (moment.isascii() and moment.isdigit() and len(moment) < 12):
        return None
    at, believed = int(moment), False
    if moment != str(at):
        return None  # one moment is written in one way: what was taken in can't come again under another spelling
    for each in given.split(",")[:_MOST_GIVEN]:
        name, _, digest = each.strip().partition("=")
        for word in secret.split():
            same = hmac.compare_digest(digest.encode(), _digest(word, at, body).encode())
            believed |= name == "v1" and same
    return at if believed and abs(now - at) <= TOLERANCE else None


def _digest(secret: str, at: int, body: bytes) -> str:
    return hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex()
