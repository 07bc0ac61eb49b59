"""One-time links: the first administrator sets himself up, a new person chooses a password. The token is kept hashed."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor
from app.frozen import dataclass
from app.orm.framework import ab_user, outside_login, setup_token
from app.orm.store import Store
from app.record import Act, make_link_of, write_act
from app.record.people import UNUSABLE_PASSWORD
from app.web.security.sessions import digest

LIFE = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Link:
    """A link that may still be used. `user_id` None: it makes the first administrator."""

    id: str
    user_id: int | None
    login: str | None
    resets: bool = False  # its person asked for it, for he forgot his password


def make_link(
    store: Store, user_id: int | None, moment: dt.datetime, by: Actor | None = None, door: str = "form"
) -> str:
    """The token of a new link; older links for the same purpose end. Who made it for somebody is told in the audit."""
    with store.housekeeping() as connection:
        if by is not None:
            write_act(store, connection, Act("link_made", door, by.user_id, by.name, record=user_id), moment)
        return make_link_of(connection, user_id, moment, LIFE, "setup")


def find_link(connection: Connection, token: str, moment: dt.datetime) -> Link | None:
    """The link of a token, when it is unused, in time, and its purpose still stands."""
    row = connection.execute(
        sa.select(setup_token.c.id, setup_token.c.user_id, setup_token.c.purpose, ab_user.c.username, ab_user.c.active)
        .select_from(setup_token.outerjoin(ab_user, ab_user.c.id == setup_token.c.user_id))
        .where(setup_token.c.id == digest(token), setup_token.c.used_at.is_(None), setup_token.c.expires_at > moment)
    ).one_or_none()
    if row is None or (row.user_id is None and has_people(connection)) or (row.user_id is not None and not row.active):
        return None
    return Link(row.id, row.user_id, row.username, resets=row.purpose == "reset")


def use_link(connection: Connection, link: Link, moment: dt.datetime) -> bool:
    """Mark a link as used, in the transaction of what it was made for; False when somebody was faster."""
    unused = sa.update(setup_token).where(setup_token.c.id == link.id, setup_token.c.used_at.is_(None))
    return connection.execute(unused.values(used_at=moment)).rowcount == 1


def has_people(connection: Connection) -> bool:
    """Whether anyone can log in at all."""
    usable = sa.exists().where(ab_user.c.password.is_not(None), ab_user.c.password != UNUSABLE_PASSWORD)
    outside = sa.exists().where(outside_login.c.user_id == ab_user.c.id, ab_user.c.active)
    return connection.execute(sa.select(sa.or_(usable, outside))).scalar_one()
