"""Private addresses of calendars: a person gives a program for calendars an address that reads one of them as he may, until a day.

The address holds 256 random bits, which are kept as their SHA-256; it is shown once. It opens nothing but its calendar: these are
no keys of programs, and keys of programs are none of these.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, FoundSession
from app.frozen import dataclass
from app.orm.framework import calendar_feed
from app.orm.store import Store
from app.record import Act, write_act
from app.web.security.keys import digest
from app.web.security.lockout import Bucket
from app.web.security.sessions import SEEN_EVERY

PREFIX = "tnc_"
MOST = 20  # addresses of a person
LONGEST_NAME = 60
DAYS = (90, 365, 730)
CALLS = Bucket(size=30, per_second=0.5)
"""Of one address: programs ask every few minutes, and a person who sets one up some times more."""
_HINT = 4


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
    token = PREFIX + secrets.token_urlsafe(32)
    mine = calendar_feed.c.user_id == actor.user_id
    row: dict[str, object] = {
        "digest": digest(token), "user_id": actor.user_id, "name": wish.name, "hint": token[-_HINT:], "entity": wish.entity,
        "view": wish.view, "created_at": moment, "expires_at": moment + dt.timedelta(days=wish.days),
    }  # fmt: skip
    with store.housekeeping() as connection:
        connection.execute(sa.delete(calendar_feed).where(mine, calendar_feed.c.expires_at <= moment))
        held = connection.execute(sa.select(sa.func.count()).select_from(calendar_feed).where(mine)).scalar_one()
        if held >= MOST:
            return None
        connection.execute(sa.insert(calendar_feed).values(row))
        told: dict[str, str | int] = {
            "calendar": f"{wish.entity}/{wish.view}",
            "days": wish.days,
            "hint": token[-_HINT:],
        }
        _tell(store, connection, "feed_made", actor, told, moment)
    return token


def end_feed(store: Store, actor: Actor, feed_id: int, moment: dt.datetime) -> bool:
    """End one of one's own addresses; False where one has none of that number."""
    mine = sa.and_(calendar_feed.c.user_id == actor.user_id, calendar_feed.c.id == feed_id)
    with store.housekeeping() as connection:
        hint = connection.execute(sa.delete(calendar_feed).where(mine).returning(calendar_feed.c.hint)).scalar()
        if hint is None:
            return False
        _tell(store, connection, "feed_ended", actor, {"hint": hint}, moment)
    return True


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
    """Note that an address was used, at most once in five minutes."""
    if moment - found.seen_at >= SEEN_EVERY:
        with store.housekeeping() as connection:
            used = sa.update(calendar_feed).where(calendar_feed.c.digest == found.id)
            connection.execute(used.values(used_at=moment))


def _tell(
    store: Store, connection: Connection, action: Literal["feed_made", "feed_ended"], actor: Actor,
    facts: Mapping[str, str | int], moment: dt.datetime,
) -> None:  # fmt: skip
    write_act(
        store, connection, Act(action, "form", actor.user_id, actor.name, record=actor.user_id, facts=facts), moment
    )
