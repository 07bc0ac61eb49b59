"""Keys of programs: a person gives a program a key with which it acts as he may, or only reads, until a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, FoundSession, OutsideSeen
from app.definition import Catalog
from app.definition.pack import Lockout
from app.frozen import dataclass
from app.identity.stated import PasswordLogins
from app.orm.framework import api_key
from app.orm.store import Store
from app.web.security import lockout, password_age, second_factor, tokens
from app.web.security.sessions import Step

KIND = tokens.Kind(api_key, "tnk_", "key_made", "key_ended")
DAYS = (30, 90, 365)
Scope = Literal["read", "all"]
WRONG = Lockout(after=50, for_="15 minutes")
"""How many unknown keys an address may show, before it rests."""
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


def make_key(store: Store, actor: Actor, wish: NewKey, moment: dt.datetime) -> str | None:
    """A new key of who acts, to be shown this once. None where he has as many as one may have."""
    row = {"name": wish.name, "scope": wish.scope}
    return tokens.make(store, actor, KIND, tokens.New(row, {"scope": wish.scope}, wish.days), moment)


def end_key(store: Store, actor: Actor, key_id: int, moment: dt.datetime) -> bool:
    """End one of one's own keys; False where one has none of that number."""
    return tokens.end(store, actor, KIND, key_id, moment)


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


def touch(store: Store, found: FoundSession, moment: dt.datetime) -> None:
    """Note that a key was used."""
    tokens.touch(store, KIND, found, moment)


def is_guessing(store: Store, address: str | None, moment: dt.datetime) -> bool:
    """An unknown key was shown from there; whether that happened too often. Keys that are known are looked at all the same."""
    return address is not None and not lockout.claim(store, lockout.keys_key(address), WRONG, moment)
