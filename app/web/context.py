"""What a request knows: who acts, on which store, in which language, and its one reading session."""

from __future__ import annotations

import datetime as dt
import secrets
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import g
from flask.globals import _cv_app
from werkzeug.exceptions import Unauthorized

from app.access import (
    Actor,
    FoundFeed,
    FoundSession,
    actor_of_user,
    find_actor_by_feed,
    find_actor_by_key,
    find_actor_by_session,
    reading,
)
from app.orm.store import Store
from app.orm.types import now as machine_now
from app.record.preview import looking
from app.record.unit import Unit
from app.web.languages import Language

__all__ = ["RequestState", "begin", "current", "end", "now"]

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.orm import Session


@dataclass
class RequestState:
    """One request. `web_session` is None for a person who is not logged in; then `actor` raises Unauthorized."""

    store: Store
    language: Language
    web_session: FoundSession | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    _open: ExitStack = field(default_factory=ExitStack)
    _connection: Connection | None = None
    _session: Session | None = None

    @property
    def is_logged_in(self) -> bool:
        return self.web_session is not None

    @property
    def actor(self) -> Actor:
        """Who acts. Raises Unauthorized when nobody is logged in."""
        if self.web_session is None:
            raise Unauthorized
        return self.web_session.actor

    @property
    def viewer(self) -> Actor | None:
        """Who is logged in, where he looks as somebody else: then `actor` is that person, and `store` lets nobody write."""
        return self.web_session.viewer if self.web_session else None

    @property
    def time_zone(self) -> str:
        """The zone to show moments in: the person's, else the company's."""
        own = self.web_session.actor.time_zone if self.web_session else None
        return own or self.store.catalog.pack.time_zone

    @property
    def session(self) -> Session:
        """The reading session of the request, scoped to its actor: opened at first use, closed at the end."""
        if self._session is None:
            self._session = self._open.enter_context(reading(self.store, self.actor, self._connection))
        return self._session

    @property
    def looking(self) -> Unit:
        """What previews of a save read in: the request's session, and the connection that it is on."""
        if self._connection is None:
            self.close_session()
            self._connection = self._open.enter_context(self.store.system_reading())
        return looking(self.store, self.actor, self.session, self._connection)

    def find_web_session(self, token_hash: str, *, key: bool = False) -> FoundSession | None:
        """Whose the request is, by the hash of a token or of a program's key. The session for reading goes on in the same
        transaction.
        """
        if self._connection is None:
            self._connection = self._open.enter_context(self.store.system_reading())
        find = find_actor_by_key if key else find_actor_by_session
        return find(self._connection, self.store.models, token_hash, now())

    def find_feed(self, digest: str) -> FoundFeed | None:
        """The address of a calendar by the digest of its token, in the transaction that the session for reading goes on in."""
        if self._connection is None:
            self._connection = self._open.enter_context(self.store.system_reading())
        return find_actor_by_feed(self._connection, self.store.models, digest, now())

    def find_person(self, user_id: int) -> Actor | None:
        """The active person of that id, in the transaction of `find_web_session`."""
        if self._connection is None:
            self._connection = self._open.enter_context(self.store.system_reading())
        return actor_of_user(self._connection, self.store.models, user_id)

    def close_session(self) -> None:
        """End the reading session: before a write, so that one transaction at most is open."""
        self._session = self._connection = None
        self._open.close()


def begin(state: RequestState) -> None:
    """Make `state` the request's."""
    g.tenon = state


def current() -> RequestState:
    """The state of the request that is being answered. Raises LookupError outside of one."""
    within = _cv_app.get(None)  # a page asks hundreds of times; the proxy `g` takes five times as long
    state: RequestState | None = None if within is None else within.g.get("tenon")
    if state is None:
        raise LookupError("there is no request")
    return state


def now() -> dt.datetime:
    """The moment by the clock of the store; outside of a request by the machine's."""
    within = _cv_app.get(None)
    state: RequestState | None = None if within is None else within.g.get("tenon")
    return machine_now() if state is None else state.store.clock()


def end() -> None:
    """Close what the request has open."""
    if "tenon" in g:
        g.tenon.close_session()
