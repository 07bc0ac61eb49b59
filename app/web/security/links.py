"""One-time links: the first administrator sets himself up, a new person chooses a password. The token is kept hashed."""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.frozen import dataclass
from app.orm.framework import ab_user, setup_token
from app.orm.store import Store
from app.record.people import UNUSABLE_PASSWORD
from app.web.security.sessions import digest

LIFE = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Link:
    """A link that may still be used. `user_id` None: it makes the first administrator."""

    id: str
    user_id: int | None
    login: str | None


def make_link(store: Store, user_id: int | None, moment: dt.datetime) -> str:
    """The token of a new link; older links for the same purpose end."""
    token = secrets.token_urlsafe(32)
    same = setup_token.c.user_id.is_(None) if user_id is None else setup_token.c.user_id == user_id
    with store.housekeeping() as connection:
        connection.execute(sa.delete(setup_token).where(same))
        row = {"id": digest(token), "user_id": user_id, "created_at": moment, "expires_at": moment + LIFE}
        connection.execute(sa.insert(setup_token).values(**row))
    return token


def find_link(connection: Connection, token: str, moment: dt.datetime) -> Link | None:
    """The link of a token, when it is unused, in time, and its purpose still stands."""
    row = connection.execute(
        sa.select(setup_token.c.id, setup_token.c.user_id, ab_user.c.username, ab_user.c.active)
        .select_from(setup_token.outerjoin(ab_user, ab_user.c.id == setup_token.c.user_id))
        .where(setup_token.c.id == digest(token), setup_token.c.used_at.is_(None), setup_token.c.expires_at > moment)
    ).one_or_none()
    if row is None or (row.user_id is None and has_people(connection)) or (row.user_id is not None and not row.active):
        return None
    return Link(row.id, row.user_id, row.username)


def use_link(store: Store, link: Link, moment: dt.datetime) -> bool:
    """Mark a link as used; False when somebody was faster."""
    with store.housekeeping() as connection:
        unused = sa.update(setup_token).where(setup_token.c.id == link.id, setup_token.c.used_at.is_(None))
        return connection.execute(unused.values(used_at=moment)).rowcount == 1


def has_people(connection: Connection) -> bool:
    """Whether anyone can log in at all."""
    usable = sa.exists().where(ab_user.c.password.is_not(None), ab_user.c.password != UNUSABLE_PASSWORD)
    return connection.execute(sa.select(usable)).scalar_one()
