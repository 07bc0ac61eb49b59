"""What an ID token says, once its signature and all that it claims were held against what is expected (OpenID Core, 3.1.3.7)."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.frozen import dataclass
from app.identity.arrival import NotArrived

ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)  # fmt: skip
"""Of two keys each: `none`, and what is signed with a secret that both sides know, is not among them."""
KINDS = frozenset({"RSA", "EC", "OKP"})
SKEW = 60.0  # seconds by which clocks may differ
OLDEST = 600.0  # seconds since it was made, at the most: it comes straight from the provider
SHORTEST_RSA = 2048  # bits
LONGEST = 16_384  # letters of a token
LONGEST_SUBJECT = 255
_UNCHECKED = dict.fromkeys(
    ("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss", "verify_sub", "verify_jti"), False
)
"""The library checks the signature; what is claimed is held below against a moment that is given."""

Key = Mapping[str, Any]
"""A key as the provider publishes it (RFC 7517)."""


class UnknownKey(Exception):
    """No key that is known fits the token: the provider may have taken another one into use."""


@dataclass(frozen=True)
class Expected:
    """Who must have made a token, for whom, and in answer to what."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)


def read_id_token(token: str, keys: Sequence[Key], expected: Expected, moment: dt.datetime) -> Mapping[str, Any]:
    """The claims of a token. Raises NotArrived for one that is not right, UnknownKey where none of the keys fits."""
    claims = _verified(token, keys)
    _check_parties(claims, expected)
    _check_times(claims, moment.timestamp())
    nonce, subject = claims.get("nonce"), claims.get("sub")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise NotArrived("failed", "nonce")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise NotArrived("failed", "subject")
    return claims


def _verified(token: str, keys: Sequence[Key]) -> Mapping[str, Any]:
    if len(token) > LONGEST:
        raise NotArrived("failed", "token")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise NotArrived("failed", "token") from error
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise NotArrived("failed", "algorithm")
    key = _find_key(keys, header.get("kid"), algorithm)
    try:
        claims: Mapping[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=_UNCHECKED)  # type: ignore[arg-type]
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise NotArrived("failed", "signature") from error
    return claims


def _find_key(keys: Sequence[Key], name: object, algorithm: str) -> Any:
    """The one key that fits, as the library takes it."""
    fits = [
        each
        for each in keys
        if each.get("kty") in KINDS
        and each.get("use", "sig") == "sig"
        and each.get("alg", algorithm) == algorithm
        and _is_of(each.get("kty"), algorithm)
        and (name is None or each.get("kid") == name)
    ]
    if len(fits) != 1:
        raise UnknownKey
    try:
        key = jwt.PyJWK(dict(fits[0]), algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise NotArrived("failed", "key") from error
    if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_RSA:
        raise NotArrived("failed", "key")
    return key


def _is_of(kind: object, algorithm: str) -> bool:
    return kind == {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}[algorithm[:2]]


def _check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise NotArrived("failed", "issuer")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        raise NotArrived("failed", "audience")
    if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != expected.client_id:
        raise NotArrived("failed", "audience")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    ends, made, begins = (_number(claims, name) for name in ("exp", "iat", "nbf"))
    if ends is None or made is None or now >= ends + SKEW or now > made + OLDEST + SKEW:
        raise NotArrived("failed", "expired")
    if made > now + SKEW or (begins is not None and begins > now + SKEW):
        raise NotArrived("failed", "early")


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotArrived("failed", "time")
    return float(value)
