"""A login that leads over another site: what the browser that sets out takes along, and what comes of whom it brings back.

What must come back is kept in a sealed cookie of the browser that set out, for ten minutes: nobody else can come back in its place.
"""

from __future__ import annotations

import datetime as dt
import json

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.frozen import dataclass
from app.identity.arrival import Arrival, Why
from app.plan import applied_revision
from app.web import context, i18n
from app.web.cookies import give_cookie, read_cookie, take_cookie
from app.web.security import outside, sealing, sessions
from app.web.security.answers import go_on, login_page, secret_key
from app.web.security.gate import check_revision

LIFE = dt.timedelta(minutes=10)
STATUS: dict[Why, int] = {"unreachable": 503, "cancelled": 401, "late": 401, "failed": 401}
"""Of the others it is 403: he has shown who he is."""


@dataclass(frozen=True)
class Outward:
    """Somebody who is away: what must come back, where he wants to go, and since when (seconds since 1970)."""

    begun: tuple[str, ...]
    target: str
    since: int


@dataclass(frozen=True)
class Trip:
    """The way by one means: its addresses stand below `path`."""

    means: outside.Means
    path: str

    @property
    def cookie(self) -> str:
        """What the browser that is away has."""
        return f"tenon_{self.means}"

    @property
    def _purpose(self) -> str:
        return f"a login by {self.means}"

    def begin(self, address: str, begun: tuple[str, ...], target: str) -> BaseResponse:
        """Sends the browser away. By GET, for a link: browsers follow no form to another site here."""
        answer = redirect(address, 303)
        words = [*begun, target, int(context.now().timestamp())]
        sealed = sealing.seal(secret_key(), json.dumps(words), self._purpose)
        give_cookie(answer, self.cookie, sealed, seconds=int(LIFE.total_seconds()))
        return answer

    def outward(self) -> Outward | None:
        """Who set out from this browser, and not too long ago."""
        try:
            words = json.loads(sealing.unseal(secret_key(), read_cookie(request, self.cookie), self._purpose))
        except sealing.Unreadable:
            return None
        outward = Outward(tuple(words[:-2]), *words[-2:])
        return outward if 0 <= context.now().timestamp() - outward.since < LIFE.total_seconds() else None

    def end(self, answer: BaseResponse) -> BaseResponse:
        """Uses the cookie up."""
        take_cookie(answer, self.cookie)
        return answer


def check_served() -> None:
    """Raises StaleRevision before anything is used up that is good once: the request is asked again under another revision."""
    with context.current().store.system_reading() as connection:
        check_revision(applied_revision(connection))


def refused(entry: outside.Entry, why: Why, detail: str, target: str = "") -> Response:
    """The login page with why not, and a line of the audit."""
    outside.tell_refused(context.current().store, entry, why, detail, context.now())
    return not_in(why, target)


def arrived(arrival: Arrival, entry: outside.Entry, target: str) -> BaseResponse:
    """In, or to the next step of the login, or the login page with why not."""
    store = context.current().store
    answer = outside.let_arrive(store, arrival, entry, context.now())
    if isinstance(answer, str):
        return not_in(answer, target)
    shown = sessions.page_token(request)
    if shown:  # the session that was shown ends, as at the login by a password
        sessions.end(store, sessions.digest(shown))
    return go_on(answer, target)


def not_in(why: Why, target: str) -> Response:
    """The login page with why not."""
    return login_page(STATUS.get(why, 403), problem=i18n.t(f"outside.{why}"), next=target)
