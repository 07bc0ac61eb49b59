"""The login itself, the same for every door: a page, a token."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import field
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.frozen import dataclass
from app.orm.framework import ab_user
from app.orm.store import Store
from app.web.security import lockout, passwords, sessions

LONGEST_LOGIN = 128
# By address and by login: five tries at once, then one in six seconds. A whole office may share an address.
BY_ADDRESS = lockout.Bucket(size=50, per_second=1.0)
BY_LOGIN = lockout.Bucket(size=10, per_second=1 / 6)


_SECRETS = sa.select(ab_user.c.id, ab_user.c.username, ab_user.c.password, ab_user.c.active)


@dataclass(frozen=True)
class Secret:
    """What a login is checked against."""

    id: int
    login: str
    password: str | None = field(repr=False)
    active: bool | None


@dataclass(frozen=True)
class LoggedIn:
    """The password was right. `token` is what the holder keeps."""

    user_id: int
    token: str


@dataclass(frozen=True)
class NotLoggedIn:
    """`wrong` says no more than that: unknown, locked, deactivated and wrong password look and last the same."""

    reason: Literal["wrong", "too_many"]


@dataclass(frozen=True)
class Attempt:
    """What somebody showed at a door."""

    login: str
    password: str
    kind: sessions.Kind
    visitor: sessions.Visitor


def log_in(store: Store, attempt: Attempt, moment: dt.datetime) -> LoggedIn | NotLoggedIn:
    """Check a password and start a session."""
    login = clean_login(attempt.login)
    if not (BY_ADDRESS.take(attempt.visitor.address or "") and BY_LOGIN.take(login.lower())):
        return NotLoggedIn("too_many")
    with store.system_reading() as connection:
        person = find_login(connection, login)
        locked = lockout.is_locked(connection, login.lower(), moment)
    # The password is hashed in any case: an unknown or a locked login answers as late as a wrong password.
    right = passwords.verify(person.password if person else None, attempt.password[: passwords.LONGEST * 4])
    security = store.catalog.pack.security
    if person is None or locked or not right or not person.active:
        if not locked:
            lockout.count_failure(store, login.lower(), security.lockout, moment)
        return NotLoggedIn("wrong")
    with store.housekeeping() as connection:
        lockout.forget_failures(connection, login.lower())
        sessions.sweep(connection, moment)
        token = sessions.start(connection, security.session, person.id, attempt.kind, attempt.visitor, moment)
    return LoggedIn(person.id, token)


def clean_login(text: str) -> str:
    """A login as it is compared: trimmed, composed, without what no login holds."""
    composed = unicodedata.normalize("NFC", text.replace("\0", "")).strip()
    return composed[:LONGEST_LOGIN]


def find_login(connection: Connection, login: str) -> Secret | None:
    """The login of that name; letter case does not matter, an exact match comes first."""
    same = sa.or_(ab_user.c.username == login, sa.func.lower(ab_user.c.username) == login.lower())
    row = connection.execute(_SECRETS.where(same).order_by(ab_user.c.username != login).limit(1)).first()
    return Secret(*row) if row else None


def find_secret(connection: Connection, user_id: int) -> Secret | None:
    """The login of a person."""
    row = connection.execute(_SECRETS.where(ab_user.c.id == user_id)).first()
    return Secret(*row) if row else None
