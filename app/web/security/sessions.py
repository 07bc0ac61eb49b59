"""Sessions of people and programs: rows in the database, ended at once in every process.

The holder has a random token of 256 bits; the row is named by its SHA-256, so that a copy of the table lets nobody in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Literal

import sqlalchemy as sa
from flask import Request, Response
from sqlalchemy.engine import Connection

from app.access import FoundSession
from app.definition.pack import SessionPolicy
from app.frozen import dataclass
from app.orm.framework import web_session
from app.orm.store import Store
from app.web.security.durations import parse_duration

COOKIE = "tenon_session"
SEEN_EVERY = dt.timedelta(minutes=5)
TOKEN_LIFE = dt.timedelta(hours=24)
Kind = Literal["page", "token"]
_LONGEST_AGENT = 200


@dataclass(frozen=True)
class Visitor:
    """Where a request came from, as far as it says so."""

    address: str | None
    agent: str | None


def digest(token: str) -> str:
    """The name of the row that a token stands for."""
    return hashlib.sha256(token.encode()).hexdigest()


def start(
    connection: Connection, policy: SessionPolicy, user_id: int, kind: Kind, visitor: Visitor, moment: dt.datetime
) -> str:
    """A new session of a person; the token that its holder keeps. A page's session ends by the pack's policy."""
    token = secrets.token_urlsafe(32)
    life = parse_duration(policy.longest) if kind == "page" else TOKEN_LIFE
    connection.execute(
        sa.insert(web_session).values(
            id=digest(token),
            user_id=user_id,
            kind=kind,
            csrf=secrets.token_urlsafe(32),
            created_at=moment,
            seen_at=moment,
            expires_at=moment + life,
            address=visitor.address,
            agent=(visitor.agent or "")[:_LONGEST_AGENT] or None,
        )
    )
    return token


def end(store: Store, session_id: str) -> None:
    """End one session."""
    with store.housekeeping() as connection:
        connection.execute(sa.delete(web_session).where(web_session.c.id == session_id))


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
    return request.cookies.get(COOKIE) or None


def give_cookie(response: Response, token: str, *, https: bool) -> None:
    """Hand the token to the browser, until it is closed: no script reads it, no other site sends it."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=https)


def take_cookie(response: Response, *, https: bool) -> None:
    """Take the token back."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=https)
