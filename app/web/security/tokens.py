"""What a person gives a program: a key for all that he may, or the address of a calendar. Each holds 256 random bits, of which the
SHA-256 is kept and compared; it is shown once, and good until a day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, FoundSession
from app.frozen import dataclass
from app.orm.store import Store
from app.record import Act, write_act
from app.record.acts import OfLogin
from app.web.security.sessions import SEEN_EVERY

MOST = 20  # of a kind and a person
LONGEST_NAME = 60
_HINT = 4


@dataclass(frozen=True)
class Kind:
    """One kind: its table, how its tokens begin, and what the audit calls their making and their end."""

    table: sa.Table
    prefix: str
    made: OfLogin
    ended: OfLogin


@dataclass(frozen=True)
class New:
    """What a new token is to be: the columns of its kind, what the audit says of it, and how many days it is good."""

    row: Mapping[str, object]
    told: Mapping[str, str | int]
    days: int


def digest(token: str) -> str:
    """What a token is known by."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(store: Store, actor: Actor, kind: Kind, new: New, moment: dt.datetime) -> str | None:
    """A new token of who acts, to be shown this once. None where he has as many as one may have."""
    c, token = kind.table.c, kind.prefix + secrets.token_urlsafe(32)
    mine, hint = c.user_id == actor.user_id, token[-_HINT:]
    its = {"digest": digest(token), "user_id": actor.user_id, "hint": hint, "created_at": moment}
    with store.housekeeping() as connection:
        connection.execute(sa.delete(kind.table).where(mine, c.expires_at <= moment))
        held = connection.execute(sa.select(sa.func.count()).select_from(kind.table).where(mine)).scalar_one()
        if held >= MOST:
            return None
        connection.execute(
            sa.insert(kind.table).values(**new.row, **its, expires_at=moment + dt.timedelta(days=new.days))
        )
        _tell(store, connection, kind.made, actor, {**new.told, "days": new.days, "hint": hint}, moment)
    return token


def end(store: Store, actor: Actor, kind: Kind, number: int, moment: dt.datetime) -> bool:
    """End one of one's own; False where one has none of that number."""
    c = kind.table.c
    mine = sa.delete(kind.table).where(c.user_id == actor.user_id, c.id == number)
    with store.housekeeping() as connection:
        hint = connection.execute(mine.returning(c.hint)).scalar()
        if hint is None:
            return False
        _tell(store, connection, kind.ended, actor, {"hint": hint}, moment)
    return True


def held_by(connection: Connection, user_id: int, kinds: Sequence[Kind], moment: dt.datetime) -> tuple[int, ...]:
    """How many of each kind a person has that are good."""
    counted = (
        sa.select(sa.func.count())
        .select_from(each.table)
        .where(each.table.c.user_id == user_id, each.table.c.expires_at > moment)
        .scalar_subquery()
        for each in kinds
    )
    return tuple(connection.execute(sa.select(*counted)).one())


def touch(store: Store, kind: Kind, found: FoundSession, moment: dt.datetime) -> None:
    """Note that one was used, at most once in five minutes."""
    if moment - found.seen_at >= SEEN_EVERY:
        with store.housekeeping() as connection:
            used = sa.update(kind.table).where(kind.table.c.digest == found.id)
            connection.execute(used.values(used_at=moment))


def _tell(
    store: Store, connection: Connection, action: OfLogin, actor: Actor, facts: Mapping[str, str | int], moment: dt.datetime
) -> None:  # fmt: skip
    act = Act(action, "form", actor.user_id, actor.name, record=actor.user_id, facts=facts)
    write_act(store, connection, act, moment)
