"""Keys of programs: a person gives a program a key with which it acts as he may, or only reads, until a day.

A key holds 256 random bits, so that its SHA-256 is kept and compared; it is shown once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from typing import Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, FoundSession
from app.access.identify import OutsideSeen
from app.definition import Catalog
from app.definition.pack import Lockout
from app.frozen import dataclass
from app.identity.stated import PasswordLogins
from app.orm.framework import ab_user, api_key, outside_login
from app.orm.store import Store
from app.record import Act, write_act
from app.record.people import UNUSABLE_PASSWORD
from app.web.security import lockout, password_age, second_factor
from app.web.security.sessions import SEEN_EVERY, Step

PREFIX = "tnk_"
MOST = 20  # keys of a person
LONGEST_NAME = 60
DAYS = (30, 90, 365)
Scope = Literal["read", "all"]
WRONG = Lockout(after=50, for_="15 minutes")
"""How many unknown keys an address may show, before it rests."""
_HINT = 4
Missing = Literal[Step, "outside"]
MISSING: Mapping[Missing, str] = {
    "code": "Send the code of the second factor, too: {username, password, code}.",
    "enrol": "A role asks for a second factor: log in on the web page and set it up.",
    "renew": "The password is too old: log in on the web page and change it.",
    "outside": "The last login at the provider was too long ago: log in there again on the web page, then the key is good again.",
}
"""What a program is told of a step that is missing."""


class Ways(Protocol):
    """The ways in, as far as keys ask."""

    @property
    def key_days(self) -> int:
        """How long after the last login elsewhere they are good; 0: always."""

    @property
    def passwords(self) -> PasswordLogins:
        """Who may use a password of ours."""


@dataclass(frozen=True)
class Key:
    """A key as its person sees it: `hint` is its end."""

    id: int
    name: str
    hint: str
    scope: str
    created_at: dt.datetime
    expires_at: dt.datetime
    used_at: dt.datetime | None


@dataclass(frozen=True)
class NewKey:
    """What a person wishes of a key."""

    name: str
    scope: Scope
    days: int


def digest(key: str) -> str:
    """What a key is known by."""
    return hashlib.sha256(key.encode()).hexdigest()


def make_key(store: Store, actor: Actor, wish: NewKey, moment: dt.datetime) -> str | None:
    """A new key of who acts, to be shown this once. None where he has as many as one may have."""
    key = PREFIX + secrets.token_urlsafe(32)
    mine = api_key.c.user_id == actor.user_id
    row: dict[str, object] = {
        "digest": digest(key), "user_id": actor.user_id, "name": wish.name, "hint": key[-_HINT:], "scope": wish.scope,
        "created_at": moment, "expires_at": moment + dt.timedelta(days=wish.days),
    }  # fmt: skip
    with store.housekeeping() as connection:
        connection.execute(sa.delete(api_key).where(mine, api_key.c.expires_at <= moment))
        held = connection.execute(sa.select(sa.func.count()).select_from(api_key).where(mine)).scalar_one()
        if held >= MOST:
            return None
        connection.execute(sa.insert(api_key).values(row))
        _tell(
            store, connection, "key_made", actor, {"scope": wish.scope, "days": wish.days, "hint": key[-_HINT:]}, moment
        )
    return key


def end_key(store: Store, actor: Actor, key_id: int, moment: dt.datetime) -> bool:
    """End one of one's own keys; False where one has none of that number."""
    mine = sa.and_(api_key.c.user_id == actor.user_id, api_key.c.id == key_id)
    with store.housekeeping() as connection:
        hint = connection.execute(sa.delete(api_key).where(mine).returning(api_key.c.hint)).scalar()
        if hint is None:
            return False
        _tell(store, connection, "key_ended", actor, {"hint": hint}, moment)
    return True


def keys_of(connection: Connection, user_id: int, moment: dt.datetime) -> list[Key]:
    """A person's keys that are good, the newest first."""
    k = api_key.c
    query = (
        sa.select(k.id, k.name, k.hint, k.scope, k.created_at, k.expires_at, k.used_at)
        .where(k.user_id == user_id, k.expires_at > moment)
        .order_by(k.id.desc())
    )
    return [Key(*row) for row in connection.execute(query)]


def missing_step(catalog: Catalog, ways: Ways, found: FoundSession, moment: dt.datetime) -> Missing | None:
    """What the person of a key has to do on a page before it is good again: a login of his would wait for it."""
    if found.outside is not None and rests(ways, found.outside, moment):
        return "outside"
    if not found.has_factor and second_factor.is_required_of(catalog, found.actor.roles):
        return "enrol"
    left = None if found.password_at is None else password_age.days_left_of(catalog, found.password_at, moment)
    return "renew" if left is not None and left < 0 else None


def rests(ways: Ways, seen: OutsideSeen, moment: dt.datetime) -> bool:
    """Whether a person's keys are good no more because nobody has vouched for him for long, and he has no password of ours that he
    may use: who has left the company leaves its provider, and nobody may have thought of us.
    """
    if not ways.key_days or (seen.has_password and ways.passwords.allows(seen.login)):
        return False
    return moment - seen.at > dt.timedelta(days=ways.key_days)


def outside_of(connection: Connection, user_id: int) -> OutsideSeen | None:
    """What is known of a person's logins elsewhere; None where he has none."""
    seen = sa.func.max(sa.func.coalesce(outside_login.c.seen_at, outside_login.c.since))
    query = (
        sa.select(seen, ab_user.c.username, ab_user.c.password)
        .join_from(outside_login, ab_user, ab_user.c.id == outside_login.c.user_id)
        .where(ab_user.c.id == user_id)
        .group_by(ab_user.c.username, ab_user.c.password)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else OutsideSeen(row[0], row[1], row[2] not in {None, "", UNUSABLE_PASSWORD})


def touch(store: Store, found: FoundSession, moment: dt.datetime) -> None:
    """Note that a key was used, at most once in five minutes."""
    if moment - found.seen_at >= SEEN_EVERY:
        with store.housekeeping() as connection:
            connection.execute(sa.update(api_key).where(api_key.c.digest == found.id).values(used_at=moment))


def is_guessing(store: Store, address: str | None, moment: dt.datetime) -> bool:
    """An unknown key was shown from there; whether that happened too often. Keys that are known are looked at all the same."""
    return address is not None and not lockout.claim(store, lockout.keys_key(address), WRONG, moment)


def _tell(
    store: Store, connection: Connection, action: Literal["key_made", "key_ended"], actor: Actor,
    facts: Mapping[str, str | int], moment: dt.datetime,
) -> None:  # fmt: skip
    write_act(
        store, connection, Act(action, "form", actor.user_id, actor.name, record=actor.user_id, facts=facts), moment
    )
