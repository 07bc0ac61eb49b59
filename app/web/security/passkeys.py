"""Passkeys: what a device is asked to sign, and whether what it signed is a person's (WebAuthn Level 3).

A challenge belongs to who was asked (a session, a login that waits for a step, a visit) and is answered once, within five
minutes. The name of the company's server stands in what is signed: no other site can have it signed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import secrets
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import sqlalchemy as sa
from cryptography.exceptions import UnsupportedAlgorithm
from flask import current_app, request
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from app.frozen import dataclass
from app.orm.framework import ab_user, passkey, passkey_challenge
from app.orm.store import Store
from app.record import Act, NewPasskey, use_passkey
from app.web.security import login
from app.web.security.audited import note

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CONFIG = "TENON_BASE_URL"
LIFE = dt.timedelta(minutes=5)
LONGEST_NAME = 60
LONGEST_SENT = 20_000  # characters of what a browser sends of a device
_TRANSPORTS = frozenset({"usb", "nfc", "ble", "smart-card", "internal", "cable", "hybrid"})
_BITS_OF_CHALLENGE = 256
Purpose = Literal["add", "factor", "login"]
"""A new passkey; the second factor of who has shown his password; all of a login, where the device asks for finger, face or PIN."""
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Party:
    """Whose passkeys they are: the server's name, and its address as a browser tells it."""

    name: str
    origin: str
    label: str


def party(label: str) -> Party | None:
    """The server as the settings know it, or as the browser asked for it, which is one of the trusted hosts. None where a
    browser has no passkeys for it: by a number for an address, without https, or by another name than the settings say.
    """
    asked = urlsplit(f"//{request.host}")
    stated = urlsplit(current_app.config[CONFIG] or f"{request.scheme}://{request.host}")
    host = stated.hostname or ""
    local = host == "localhost"
    if asked.hostname != host or _is_number(host) or not (stated.scheme == "https" or local):
        return None
    port = "" if stated.port in {None, _PORTS.get(stated.scheme)} else f":{stated.port}"
    return Party(host, f"{stated.scheme}://{host}{port}", label)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Passkey:
    """A passkey as its person sees it."""

    id: int
    name: str
    created_at: dt.datetime
    used_at: dt.datetime | None


def passkeys_of(connection: Connection, user_id: int) -> list[Passkey]:
    """A person's passkeys, the first one first."""
    p = passkey.c
    query = sa.select(p.id, p.name, p.created_at, p.used_at).where(p.user_id == user_id).order_by(p.id)
    return [Passkey(*row) for row in connection.execute(query)]


@dataclass(frozen=True)
class Asked:
    """Who is asked to sign, and for what. `holder` names the session, the step or the visit; nobody else answers for it."""

    holder: str = field(repr=False)
    purpose: Purpose

    @property
    def id(self) -> str:
        """The row of the challenge: a new one takes its place."""
        return hashlib.sha256(f"{self.purpose} {self.holder}".encode()).hexdigest()


def _challenge(store: Store, asked: Asked, about: str, moment: dt.datetime) -> bytes:
    from webauthn.helpers import bytes_to_base64url

    made = secrets.token_bytes(_BITS_OF_CHALLENGE // 8)
    row = {"challenge": bytes_to_base64url(made), "purpose": asked.purpose, "about": about, "expires_at": moment + LIFE}
    with store.housekeeping() as connection:
        connection.execute(sa.delete(passkey_challenge).where(passkey_challenge.c.expires_at <= moment))
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        fresh = insert(passkey_challenge).values(id=asked.id, **row)
        connection.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=row))
    return made


@dataclass(frozen=True)
class Taken:
    """A challenge that is being answered, and what it was about: nobody answers it again."""

    challenge: bytes = field(repr=False)
    about: str


def _take(store: Store, asked: Asked, moment: dt.datetime) -> Taken | None:
    from webauthn.helpers import base64url_to_bytes

    c = passkey_challenge.c
    gone = sa.delete(passkey_challenge).where(c.id == asked.id, c.purpose == asked.purpose)
    with store.housekeeping() as connection:
        row = connection.execute(gone.returning(c.challenge, c.about, c.expires_at)).one_or_none()
    if row is None or row.expires_at <= moment:
        return None
    return Taken(base64url_to_bytes(row.challenge), row.about)


def options_to_add(
    store: Store, ours: Party, asked: Asked, user_id: int, name: str, moment: dt.datetime
) -> dict[str, Any]:
    """What a browser needs to have a passkey made, of that name. Not on a device that has one of this person's."""
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    with store.system_reading() as connection:
        person = login.find_secret(connection, user_id)
        known = _descriptors(connection, user_id)
    options = generate_registration_options(
        rp_id=ours.name, rp_name=ours.label, user_id=_handle(user_id), user_name=person.login if person else str(user_id),
        user_display_name=person.name if person else "", challenge=_challenge(store, asked, name, moment),
        exclude_credentials=known,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )  # fmt: skip
    return options_to_json_dict(options)


def _handle(user_id: int) -> bytes:
    """By which a device knows the person: it tells nobody more than that."""
    return f"tenon:{user_id}".encode()


def options_to_sign(
    store: Store, ours: Party, asked: Asked, user_id: int | None, moment: dt.datetime
) -> dict[str, Any]:
    """What a browser needs to have a challenge signed: by one of a person's passkeys, or by whichever it has."""
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import UserVerificationRequirement

    known: list[PublicKeyCredentialDescriptor] = []
    if user_id is not None:
        with store.system_reading() as connection:
            known = _descriptors(connection, user_id)
    whole = asked.purpose == "login"
    verified = UserVerificationRequirement.REQUIRED if whole else UserVerificationRequirement.PREFERRED
    options = generate_authentication_options(
        rp_id=ours.name, challenge=_challenge(store, asked, "", moment), allow_credentials=known or None,
        user_verification=verified,
    )  # fmt: skip
    return options_to_json_dict(options)


def _descriptors(connection: Connection, user_id: int) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    query = sa.select(passkey.c.credential, passkey.c.transports).where(passkey.c.user_id == user_id)
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(row.credential),
            transports=[AuthenticatorTransport(each) for each in row.transports.split()],
        )
        for row in connection.execute(query)
    ]


def made_by_device(store: Store, ours: Party, asked: Asked, sent: str, moment: dt.datetime) -> NewPasskey | None:
    """The passkey that a device has made for a challenge, which is over with that; None where it is none."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url, parse_registration_credential_json

    taken = _take(store, asked, moment)
    if taken is None or len(sent) > LONGEST_SENT:
        return None
    try:
        credential = parse_registration_credential_json(sent)
        found = verify_registration_response(
            credential=credential, expected_challenge=taken.challenge, expected_rp_id=ours.name, expected_origin=ours.origin
        )  # fmt: skip
    except _unreadable():
        return None
    ways = {each.value for each in credential.response.transports or ()} & _TRANSPORTS
    public_key, name = bytes_to_base64url(found.credential_public_key), bytes_to_base64url(found.credential_id)
    return NewPasskey(name, public_key, found.sign_count, " ".join(sorted(ways)), taken.about)


@dataclass(frozen=True)
class Signed:
    """What a browser sent of a device, for whom it is to be (None: for whomever's it is), and from where."""

    sent: str = field(repr=False)
    user_id: int | None
    address: str | None


def signer_of(store: Store, ours: Party, asked: Asked, signed: Signed, moment: dt.datetime) -> int | None:
    """Whose passkey has signed the challenge, which is over with that; None where nobody's has, and the audit says why. A device
    that counts less than before is a copy of the one that was registered.
    """
    taken = _take(store, asked, moment)
    row = _find(store, signed) if taken is not None else None
    why, count = "passkey", None
    if taken is not None and row is not None:
        count = _verified(ours, signed.sent, taken.challenge, row.public_key, whole=asked.purpose == "login")
    if row is not None and count is not None:
        why = "copied"
        if count > row.sign_count or count == row.sign_count == 0:
            with store.housekeeping() as connection:
                if use_passkey(connection, row.id, row.sign_count, count, moment):
                    return row.user_id
    facts = {"why": why, "address": signed.address}
    person = row.user_id if row is not None else signed.user_id
    act = Act("second_factor_failed", "form", record=person, facts=facts)
    note(store, act, moment, tried_by=signed.address or "-")
    return None


@dataclass(frozen=True)
class _Held:
    id: int
    user_id: int
    public_key: str
    sign_count: int


def _find(store: Store, signed: Signed) -> _Held | None:
    from webauthn.helpers import bytes_to_base64url, parse_authentication_credential_json

    if len(signed.sent) > LONGEST_SENT:
        return None
    try:
        named = bytes_to_base64url(parse_authentication_credential_json(signed.sent).raw_id)
    except _unreadable():
        return None
    p = passkey.c
    query = sa.select(p.id, p.user_id, p.public_key, p.sign_count).join(ab_user, ab_user.c.id == p.user_id)
    query = query.where(p.credential == named, ab_user.c.active)
    if signed.user_id is not None:
        query = query.where(p.user_id == signed.user_id)
    with store.system_reading() as connection:
        row = connection.execute(query).one_or_none()
    return _Held(*row) if row is not None else None


def _verified(ours: Party, sent: str, challenge: bytes, public_key: str, *, whole: bool) -> int | None:
    """How often the device says it has signed; None where this was signed by another, for another, or by nobody in person."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    try:
        found = verify_authentication_response(
            credential=sent, expected_challenge=challenge, expected_rp_id=ours.name, expected_origin=ours.origin,
            credential_public_key=base64url_to_bytes(public_key), credential_current_sign_count=0,
            require_user_verification=whole,
        )  # fmt: skip
    except _unreadable():
        return None
    return found.new_sign_count


def _unreadable() -> tuple[type[Exception], ...]:
    """What is raised for what no browser sends."""
    from webauthn.helpers.exceptions import WebAuthnException

    plain = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
    return (WebAuthnException, UnsupportedAlgorithm, *plain)


def clean_name(text: str) -> str:
    """The name of a passkey, as it is kept."""
    return " ".join(text.replace("\0", "").split())[:LONGEST_NAME]
