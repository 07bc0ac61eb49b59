"""Sessions of people and programs: rows in the database, ended at once in every process.

The holder has a random token of 256 bits; the row is named by its SHA-256, so that a copy of the table lets nobody in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import field
from typing import Literal, get_args

import sqlalchemy as sa
from flask import Request
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from app.access import FoundSession
from app.definition.pack import SessionPolicy
from app.frozen import dataclass
from app.orm.framework import ab_user, web_session
from app.orm.store import Store
from app.web.cookies import give_cookie, read_cookie, take_cookie
from app.web.security.durations import parse_duration

COOKIE = "tenon_session"
SEEN_EVERY = dt.timedelta(minutes=5)
TOKEN_LIFE = dt.timedelta(hours=24)
STEP_COOKIE = "tenon_login"
STEP_LIFE = dt.timedelta(minutes=10)
Whole = Literal["page", "token"]
Step = Literal["code", "enrol", "renew"]
"""What a login still waits for, after the password: a code, a second factor to be set up, a new password."""
Kind = Literal[Whole, Step]
_LONGEST_AGENT = 200


@dataclass(frozen=True)
class Visitor:
    """Where a request came from, as far as it says so. `is_shared`: the address is everyone's."""

    address: str | None
    agent: str | None
    is_shared: bool = False


def digest(token: str) -> str:
    """The name of the row that a token stands for."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class NewSession:
    """A session to be started: whose, of which kind, from where, and by what he has shown first."""

    user_id: int
    kind: Kind
    visitor: Visitor
    means: str = "password"


def start(connection: Connection, policy: SessionPolicy, new: NewSession, moment: dt.datetime) -> str:
    """A new session of a person; the token that its holder keeps. A page's session ends by the pack's policy; one that waits for
    a step opens nothing but that step.
    """
    kind, visitor = new.kind, new.visitor
    token = secrets.token_urlsafe(32)
    life = parse_duration(policy.longest) if kind == "page" else TOKEN_LIFE if kind == "token" else STEP_LIFE
    connection.execute(
        sa.insert(web_session).values(
            id=digest(token),
            user_id=new.user_id,
            kind=kind,
            csrf=secrets.token_urlsafe(32),
            created_at=moment,
            seen_at=moment,
            expires_at=moment + life,
            address=visitor.address,
            agent=(visitor.agent or "")[:_LONGEST_AGENT] or None,
            means=new.means,
        )
    )
    return token


def end(store: Store, session_id: str) -> None:
    """End one session."""
    with store.housekeeping() as connection:
        connection.execute(sa.delete(web_session).where(web_session.c.id == session_id))


@dataclass(frozen=True)
class Waiting:
    """A session that waits for a step, whose it is, the hash of his password, and by what he came."""

    id: str
    user_id: int
    password: str | None = field(repr=False)
    by: str = "password"


def find_step(connection: Connection, token: str, step: Step, moment: dt.datetime) -> Waiting | None:
    """The login that waits for that step, by the token of its cookie."""
    s, u = web_session.c, ab_user.c
    query = (
        sa.select(s.id, s.user_id, u.password, sa.func.coalesce(s.means, "password"))
        .join_from(web_session, ab_user, u.id == s.user_id)
        .where(s.id == digest(token), s.kind == step, s.expires_at > moment, u.active)
    )
    row = connection.execute(query).one_or_none()
    return Waiting(*row) if row else None


def use_step(connection: Connection, session_id: str) -> bool:
    """End a session that waited; False where it has ended meanwhile."""
    return connection.execute(sa.delete(web_session).where(web_session.c.id == session_id)).rowcount == 1


@dataclass(frozen=True)
class Standing:
    """A session that goes on, as its person sees it."""

    id: str
    kind: str
    created_at: dt.datetime
    seen_at: dt.datetime
    address: str
    agent: str


def standing_of(connection: Connection, policy: SessionPolicy, user_id: int, moment: dt.datetime) -> list[Standing]:
    """A person's sessions that go on, the one that was used last first. Logins that wait for a step are none."""
    s = web_session.c
    alive = moment - parse_duration(policy.idle) - SEEN_EVERY
    query = (
        sa.select(s.id, s.kind, s.created_at, s.seen_at, s.address, s.agent)
        .where(s.user_id == user_id, s.expires_at > moment, s.kind.in_(get_args(Whole)))
        .where(sa.or_(s.kind != "page", s.seen_at >= alive))
        .order_by(s.seen_at.desc(), s.created_at.desc(), s.id)
    )
    return [
        Standing(row.id, row.kind, row.created_at, row.seen_at, row.address or "", row.agent or "")
        for row in connection.execute(query)
    ]


def end_own(store: Store, user_id: int, session_id: str) -> bool:
    """End one of a person's sessions; False where he has none of that name."""
    mine = sa.delete(web_session).where(web_session.c.user_id == user_id, web_session.c.id == session_id)
    with store.housekeeping() as connection:
        return bool(connection.execute(mine).rowcount)


def end_others(store: Store, user_id: int, kept: str) -> None:
    """End all sessions of a person but one, also of programs."""
    others = sa.delete(web_session).where(web_session.c.user_id == user_id, web_session.c.id != kept)
    with store.housekeeping() as connection:
        connection.execute(others)


def end_all_of(connection: Connection, user_id: int) -> None:
    """End every session of a person, pages and programs alike."""
    connection.execute(sa.delete(web_session).where(web_session.c.user_id == user_id))


def sweep(connection: Connection, moment: dt.datetime) -> None:
    """Remove sessions that are over: done at each login, so that the table stays small."""
    connection.execute(sa.delete(web_session).where(web_session.c.expires_at < moment))


def is_idle(found: FoundSession, policy: SessionPolicy, moment: dt.datetime) -> bool:
    """Whether a page's session was not used for too long. Its last use is known to five minutes."""
    return found.kind == "page" and moment - found.seen_at > parse_duration(policy.idle) + SEEN_EVERY


def touch(store: Store, found: FoundSession, moment: dt.datetime) -> None:
    """Note that a session was used, at most once in five minutes."""
    if moment - found.seen_at < SEEN_EVERY:
        return
    with store.housekeeping() as connection:
        connection.execute(sa.update(web_session).where(web_session.c.id == found.id).values(seen_at=moment))


def page_token(request: Request) -> str | None:
    """The token of a page's cookie."""
    return read_cookie(request, COOKIE) or None


def give_token(response: Response, token: str) -> None:
    """Hand the token to the browser, until it is closed."""
    give_cookie(response, COOKIE, token)


def give_step_token(response: Response, token: str) -> None:
    """Hand over the token of a login that waits for a step: only the pages of the login look at it."""
    give_cookie(response, STEP_COOKIE, token, seconds=int(STEP_LIFE.total_seconds()))


def take_step_token(response: Response) -> None:
    """Take it back."""
    take_cookie(response, STEP_COOKIE)


def take_token(response: Response) -> None:
    """Take the token back."""
    take_cookie(response, COOKIE)
