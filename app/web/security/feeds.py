"""Private addresses of calendars: a person gives a program for calendars an address that reads one of them as he may, until a day.

It opens nothing but its calendar: these are no keys of programs, and keys of programs are none of these.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, FoundSession
from app.frozen import dataclass
from app.orm.framework import calendar_feed
from app.orm.store import Store
from app.web.security import tokens
from app.web.security.lockout import Bucket

KIND = tokens.Kind(calendar_feed, "tnc_", "feed_made", "feed_ended")
DAYS = (90, 365, 730)
CALLS = Bucket(size=30, per_second=0.5)
"""Of one address: programs ask every few minutes, and a person who sets one up some times more."""


@dataclass(frozen=True)
class Feed:
    """An address as its person sees it: `hint` is its end."""

    id: int
    name: str
    hint: str
    entity: str
    view: str
    expires_at: dt.datetime
    used_at: dt.datetime | None


@dataclass(frozen=True)
class NewFeed:
    """What a person wishes of an address."""

    name: str
    entity: str
    view: str
    days: int


def make_feed(store: Store, actor: Actor, wish: NewFeed, moment: dt.datetime) -> str | None:
    """The token of a new address, to be shown this once. None where the person has as many as one may have."""
    row = {"name": wish.name, "entity": wish.entity, "view": wish.view}
    return tokens.make(
        store, actor, KIND, tokens.New(row, {"calendar": f"{wish.entity}/{wish.view}"}, wish.days), moment
    )


def end_feed(store: Store, actor: Actor, feed_id: int, moment: dt.datetime) -> bool:
    """End one of one's own addresses; False where one has none of that number."""
    return tokens.end(store, actor, KIND, feed_id, moment)


def feeds_of(connection: Connection, user_id: int, moment: dt.datetime) -> list[Feed]:
    """A person's addresses that are good, the newest first."""
    f = calendar_feed.c
    query = (
        sa.select(f.id, f.name, f.hint, f.entity, f.view, f.expires_at, f.used_at)
        .where(f.user_id == user_id, f.expires_at > moment)
        .order_by(f.id.desc())
    )
    return [Feed(*row) for row in connection.execute(query)]


def touch(store: Store, found: FoundSession, moment: dt.datetime) -> None:
    """Note that an address was used."""
    tokens.touch(store, KIND, found, moment)
