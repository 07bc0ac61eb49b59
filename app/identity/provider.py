"""An OpenID provider: what it says of itself, its keys, and the code with which it sends somebody back.

Authorization code with PKCE; the ID token comes from the provider itself, by the one client that calls other systems.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from app.delivery.outbound import Answered, CallFailed, Outbound
from app.delivery.reach import CallRefused, Reach, read_reach
from app.frozen import dataclass
from app.identity.arrival import Arrival, NotArrived
from app.identity.stated import OidcSettings
from app.identity.tokens import Expected, Key, UnknownKey, read_id_token

SECONDS = 5.0  # of a call
KEPT = 3_600.0  # seconds for which what it says of itself is believed
ASKED_AGAIN = 60.0  # seconds before unknown keys make it be asked again
LEFT_ALONE = 5.0  # seconds after it did not answer: everybody at the login page would hold a thread until it does
MOST_GROUPS = 1_000
LONGEST_NAME = 255
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Begun:
    """What a login keeps while its person is at the provider: what must come back, and what proves that it was we who asked."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class _Known:
    """What the provider says of itself, and its keys; at which moments of the clock it said so."""

    at: float
    said: Mapping[str, Any]
    keys_at: float = 0.0
    keys: tuple[Key, ...] | None = None


class Provider:
    """One provider. Threads share it: what it says is asked for once an hour, or when it signs with a key that is new."""

    def __init__(self, settings: OidcSettings, outbound: Outbound, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self._outbound = outbound
        self._clock = clock
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._silent: tuple[float, str] | None = None  # when it did not answer as it should, and how

    def check(self) -> None:
        """Asks what it says of itself, and for its keys. Raises NotArrived."""
        if not self._keys():
            raise NotArrived("unreachable", "keys")

    def address(self, begun: Begun) -> str:
        """Where a person is sent to log in. Raises NotArrived."""
        said = self._said().said
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.settings.client_id, "redirect_uri": self.settings.back,
            "scope": self.settings.scopes, "state": begun.state, "nonce": begun.nonce, "code_challenge": challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        return _with(said["authorization_endpoint"], asked)

    def arrival(self, code: str, issuer: str | None, begun: Begun, moment: dt.datetime) -> Arrival:
        """Who was sent back with a code. `issuer` is what came with it (RFC 9207). Raises NotArrived."""
        said = self._said().said
        must = said.get("authorization_response_iss_parameter_supported") is True
        if issuer != self.settings.issuer and (must or issuer is not None):
            raise NotArrived("failed", "mixed_up")
        token = self._redeemed(said, code, begun)
        expected = Expected(self.settings.issuer, self.settings.client_id, begun.nonce)
        try:
            claims = read_id_token(token, self._keys(), expected, moment)
        except UnknownKey:
            try:
                claims = read_id_token(token, self._keys(anew=True), expected, moment)
            except UnknownKey as error:
                raise NotArrived("failed", "key") from error
        return arrival_of(claims, self.settings)

    def way_out(self) -> str | None:
        """Where one logs out at the provider, too; None where it has no such place, is not asked for it, or does not answer."""
        if not self.settings.logout:
            return None
        try:
            place = self._said().said.get("end_session_endpoint")
        except NotArrived:
            return None
        asked = {"client_id": self.settings.client_id, "post_logout_redirect_uri": self.settings.home}
        return _with(place, asked) if isinstance(place, str) and self._is_secure(place) else None

    def _redeemed(self, said: Mapping[str, Any], code: str, begun: Begun) -> str:
        """The ID token for a code."""
        stated = self.settings
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": stated.back,
            "code_verifier": begun.verifier,
        }  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if stated.client_secret is not None and "client_secret_basic" in ways:
            pair = f"{quote(stated.client_id, safe='')}:{quote(stated.client_secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = stated.client_id
            if stated.client_secret is not None:
                form["client_secret"] = stated.client_secret
        url = said["token_endpoint"]
        answered = self._called(lambda: self._outbound.post(url, urlencode(form).encode(), headers))
        if 400 <= answered.status < 500:
            raise NotArrived("failed", "code")
        token = _object_of(answered).get("id_token")
        if not isinstance(token, str):
            raise NotArrived("failed", "token")
        return token

    def _said(self) -> _Known:
        with self._lock:
            known = self._known
            if known is None or self._clock() - known.at > KEPT:
                known = self._known = self._learnt()
            return known

    def _learnt(self) -> _Known:
        if self._silent is not None and self._clock() - self._silent[0] < LEFT_ALONE:
            raise NotArrived("unreachable", self._silent[1])
        try:
            return _Known(self._clock(), self._discovered())
        except NotArrived as error:
            self._silent = self._clock(), error.detail
            raise

    def _discovered(self) -> Mapping[str, Any]:
        url = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        said = _object_of(self._called(lambda: self._outbound.get(url)))
        if said.get("issuer") != self.settings.issuer:
            raise NotArrived("unreachable", "issuer")
        if not all(isinstance(said.get(each), str) and self._is_secure(said[each]) for each in _ENDPOINTS):
            raise NotArrived("unreachable", "endpoints")
        return said

    def _is_secure(self, address: str) -> bool:
        """As the issuer is: by https, unless the issuer itself is on this machine."""
        allowed = {"https", urlsplit(self.settings.issuer).scheme}
        return urlsplit(address).scheme in allowed and address.isascii() and address.isprintable()

    def _keys(self, *, anew: bool = False) -> tuple[Key, ...]:
        known = self._said()
        with self._lock:
            known = self._known or known
            age = self._clock() - known.keys_at
            if known.keys is not None and (age < ASKED_AGAIN if anew else age < KEPT):
                return known.keys
            found = _object_of(self._called(lambda: self._outbound.get(known.said["jwks_uri"]))).get("keys")
            if not isinstance(found, list):
                raise NotArrived("unreachable", "keys")
            keys = tuple(each for each in found if isinstance(each, dict))
            self._known = _Known(known.at, known.said, self._clock(), keys)
            return keys

    def _called(self, call: Callable[[], Answered]) -> Answered:
        try:
            return call()
        except (CallRefused, CallFailed) as error:
            raise NotArrived("unreachable", str(error)) from error


def provider_of(settings: OidcSettings, allowed: tuple[str, ...]) -> Provider:
    """The provider of the settings, called by the one client: its host is allowed with those of CRM_OUTBOUND_ALLOW."""
    reach = read_reach(allowed)
    host = (urlsplit(settings.issuer).hostname or "").lower()
    return Provider(settings, Outbound(Reach(reach.hosts | {host}, reach.networks), seconds=SECONDS))


def arrival_of(claims: Mapping[str, Any], settings: OidcSettings) -> Arrival:
    """Who the claims of a token that was checked tell of. Raises NotArrived where his groups are not told in full."""
    if settings.groups_claim in _as_mapping(claims.get("_claim_names")):
        raise NotArrived("groups", "too_many")
    shown = {("acr", claims.get("acr"))} if isinstance(claims.get("acr"), str) else set()
    methods = claims.get("amr")
    shown |= {("amr", each) for each in methods if isinstance(each, str)} if isinstance(methods, list) else set()
    return Arrival(
        issuer=claims["iss"],
        subject=claims["sub"],
        login=_text(claims, settings.login_claim),
        name=_text(claims, "name"),
        email=_text(claims, "email") if claims.get("email_verified") is True else "",
        groups=_groups(_claim(claims, settings.groups_claim)),
        has_factor=not settings.factor.isdisjoint(shown),
    )


def _groups(told: object) -> tuple[str, ...]:
    """The names of groups. None told is none had: who has lost all of them is often told so."""
    if told is None:
        return ()
    names = [told] if isinstance(told, str) else told
    if not isinstance(names, list) or len(names) > MOST_GROUPS or not all(isinstance(each, str) for each in names):
        raise NotArrived("groups", "malformed")
    return tuple(names)


def _claim(claims: Mapping[str, Any], path: str) -> object:
    """A claim by its name, or by the names on the way to it: `realm_access.roles`."""
    if path in claims:
        return claims[path]
    found: object = claims
    for name in path.split("."):
        found = _as_mapping(found).get(name)
    return found


def _as_mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip()[:LONGEST_NAME] if isinstance(value, str) and "\0" not in value else ""


def _object_of(answered: Answered) -> Mapping[str, Any]:
    try:
        found = json.loads(answered.body) if answered.status == 200 and answered.whole else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotArrived("unreachable", f"status {answered.status}")
    return found


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
