"""The second factor: a code of six digits that a phone works out every half minute (RFC 6238), or a recovery code.

A code is taken once: the step of the last one is kept, and neither it nor an earlier one is taken again. Guesses are counted
before they are looked at, in the database, so that of many at once no more than a few are evaluated in all processes.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from typing import Literal
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog
from app.definition.pack import Lockout
from app.frozen import dataclass
from app.orm.framework import ab_role, ab_user_role, recovery_code, second_factor
from app.orm.store import Store
from app.record import Act, NewFactor, factor_key, has_codes_of_phone, passkeys_held, write_act
from app.web.security import lockout, sealing
from app.web.security.audited import note

STEP = 30  # seconds
DIGITS = 6
RECOVERY_CODES = 10
_SECRET_BYTES = 20  # as long as the digest: RFC 4226
_RECOVERY_BYTES = 10
MOST_GUESSES = 5
Verdict = Literal["right", "wrong", "locked"]


@dataclass(frozen=True)
class Factor:
    """What is known of a person's second factor."""

    since: dt.datetime
    codes_left: int


def new_secret() -> str:
    """A secret as phones take it: Base32."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def address_of(secret: str, issuer: str, login: str) -> str:
    """What the QR code says: `otpauth://totp/…`, as all authenticators read it."""
    asked = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(login)}?{asked}"


def step_at(moment: dt.datetime) -> int:
    """The number of the half minute."""
    return int(moment.timestamp()) // STEP


def code_at(secret: str, step: int) -> str:
    """The code of a half minute (RFC 4226, with SHA-1 as phones expect it)."""
    mac = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, moment: dt.datetime) -> int | None:
    """The half minute that a code belongs to: this one, the one before or the next, for clocks differ. None: no such code."""
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit()):
        return None
    now = step_at(moment)
    found = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(code_at(secret, step), typed)]
    return found[-1] if found else None


def seal(secret_key: str, user_id: int, secret: str) -> str:
    """A secret as it is kept: for this person alone."""
    return sealing.seal(secret_key, secret, f"second factor of {user_id}")


def unseal(secret_key: str, user_id: int, sealed: str) -> str:
    """The secret. Raises Unreadable."""
    return sealing.unseal(secret_key, sealed, f"second factor of {user_id}")


def seal_anew(store: Store, secrets: Sequence[str]) -> tuple[int, list[int]]:
    """Seals every second factor by the first of these secrets: how many, and the people of those that none of them opens."""
    current, *former = secrets
    done, shut = 0, list[int]()
    with store.housekeeping() as connection:
        rows = connection.execute(sa.select(second_factor.c.user_id, second_factor.c.secret)).all()
        for user_id, sealed in rows:
            opened = [each for each in (current, *former) if _opens(each, user_id, sealed)]
            if not opened:
                shut.append(user_id)
            elif opened[0] != current:
                anew = seal(current, user_id, unseal(opened[0], user_id, sealed))
                here = second_factor.c.user_id == user_id
                connection.execute(sa.update(second_factor).where(here).values(secret=anew))
                done += 1
    return done, shut


def _opens(secret_key: str, user_id: int, sealed: str) -> bool:
    try:
        unseal(secret_key, user_id, sealed)
    except sealing.Unreadable:
        return False
    return True


def new_codes() -> tuple[str, ...]:
    """Recovery codes, as they are shown once: 80 random bits each, in groups of four."""
    made = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES))
    return tuple("-".join(each[start : start + 4] for start in range(0, len(each), 4)) for each in made)


def digest_of(user_id: int, code: str) -> str:
    """What a recovery code is known by: it is too long to be guessed from that."""
    plain = "".join(each for each in code.lower() if each.isalnum())
    return hashlib.sha256(f"{user_id}:{plain}".encode()).hexdigest()


def made_of(secret_key: str, user_id: int, secret: str, step: int, codes: tuple[str, ...]) -> NewFactor:
    """A new second factor as it is kept."""
    return NewFactor(seal(secret_key, user_id, secret), step, [digest_of(user_id, each) for each in codes])


def find_factor(connection: Connection, user_id: int) -> Factor | None:
    """A person's second factor; None where there is none."""
    left = sa.select(sa.func.count()).where(recovery_code.c.user_id == user_id).scalar_subquery()
    row = connection.execute(
        sa.select(second_factor.c.since, left).where(second_factor.c.user_id == user_id)
    ).one_or_none()
    return Factor(*row) if row else None


def has_factor(connection: Connection, user_id: int) -> bool:
    """Whether a person has any: codes of a phone, or a passkey."""
    return has_codes_of_phone(connection, user_id) or passkeys_held(connection, user_id) > 0


def codes_left(connection: Connection, user_id: int) -> int:
    """How many recovery codes a person has."""
    query = sa.select(sa.func.count()).select_from(recovery_code).where(recovery_code.c.user_id == user_id)
    return connection.execute(query).scalar_one()


def is_required(connection: Connection, catalog: Catalog, user_id: int) -> bool:
    """Whether a role of the person, or one that it includes, asks for a second factor."""
    if not catalog.pack.security.two_factor.roles:
        return False
    query = (
        sa.select(ab_role.c.name)
        .join_from(ab_user_role, ab_role, ab_role.c.id == ab_user_role.c.role_id)
        .where(ab_user_role.c.user_id == user_id)
    )
    return is_required_of(catalog, catalog.role_closure(frozenset(connection.execute(query).scalars())))


def is_required_of(catalog: Catalog, roles: AbstractSet[str]) -> bool:
    """Whether one of these roles, with those that they include, asks for a second factor."""
    return not roles.isdisjoint(catalog.pack.security.two_factor.roles)


@dataclass(frozen=True)
class Guess:
    """A code that somebody typed who has shown the password of a person, and where."""

    user_id: int
    code: str = field(repr=False)
    door: str = "form"
    address: str | None = None


def check(store: Store, secret_key: str, guess: Guess, moment: dt.datetime) -> Verdict:
    """Whether a code, of the phone or for recovery, is the person's. It is used up with that. Wrong ones lock, for a growing
    while, whichever door they come through; a new password does not unlock.
    """
    user_id = guess.user_id
    policy = Lockout(after=MOST_GUESSES, for_=store.catalog.pack.security.lockout.for_)
    guard = factor_key(user_id)
    facts = {"address": guess.address}
    if not lockout.claim(store, guard, policy, moment):
        return "locked"
    by_phone = _use_code(store, secret_key, user_id, guess.code, moment)
    if not (by_phone or _use_recovery(store, user_id, guess.code)):
        tried = Act("second_factor_failed", guess.door, record=user_id, facts=facts)
        note(store, tried, moment, tried_by=f"user {user_id}")
        return "wrong"
    with store.housekeeping() as connection:
        lockout.forget_failures(connection, guard)
        if not by_phone:
            write_act(store, connection, Act("recovery_code", guess.door, record=user_id, facts=facts), moment)
    return "right"


def _use_code(store: Store, secret_key: str, user_id: int, code: str, moment: dt.datetime) -> bool:
    with store.system_reading() as connection:
        sealed = connection.execute(
            sa.select(second_factor.c.secret).where(second_factor.c.user_id == user_id)
        ).scalar_one_or_none()
    if sealed is None:
        return False
    try:
        step = step_of(unseal(secret_key, user_id, sealed), code, moment)
    except sealing.Unreadable:  # CRM_SECRET_KEY is another one now: recovery codes still let in
        return False
    if step is None:
        return False
    unused = sa.update(second_factor).where(second_factor.c.user_id == user_id, second_factor.c.last_step < step)
    with store.housekeeping() as connection:
        return connection.execute(unused.values(last_step=step)).rowcount == 1


def _use_recovery(store: Store, user_id: int, code: str) -> bool:
    mine = sa.delete(recovery_code).where(
        recovery_code.c.user_id == user_id, recovery_code.c.id == digest_of(user_id, code)
    )
    with store.housekeeping() as connection:
        return connection.execute(mine).rowcount == 1
