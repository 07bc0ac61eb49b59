"""Looking at the application as another person sees it, for who may configure: read only, for a quarter of an hour.

It stands in the row of the session of who looks, so that every process knows of it. Each request asks anew whether it may go on:
he may still configure, the other is still active and sees nothing that he himself may not.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Literal

import sqlalchemy as sa
from flask import Response, current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.access import Actor, FoundSession, has_right, sees_no_less
from app.automation.notices import Notice, tell
from app.definition import Catalog
from app.frozen import dataclass
from app.orm.framework import web_session
from app.orm.store import Store
from app.record import Act
from app.record.acts import Fact, write_act
from app.web import context, errors

LASTS = dt.timedelta(minutes=15)
LONGEST_REASON = 500
CLOSED = ("/profile/", "/password/", "/files/", "/<entity:entity>/csv")
"""Rules of what shows nothing to who looks: a person's own login, and what is carried away."""
WhyNot = Literal["right", "self", "gone", "more", "reason"]


@dataclass(frozen=True)
class Wish:
    """Whom somebody wants to look as, and why."""

    viewed: Actor
    reason: str


def why_not(catalog: Catalog, viewer: Actor, viewed: Actor | None) -> Literal["right", "gone", "self", "more"] | None:
    """What keeps somebody from looking as a person (None: who is not active); None where nothing does."""
    if not has_right(catalog, viewer, "configure"):
        return "right"
    if viewed is None:
        return "gone"
    if viewed.user_id == viewer.user_id:
        return "self"
    return None if sees_no_less(catalog, viewer, viewed) else "more"


def begin(store: Store, found: FoundSession, wish: Wish, moment: dt.datetime) -> WhyNot | None:
    """Begin to look, from this session; why not, where it can't be. The person is told.

    The session gets another token against forged requests, so that no page from before does anything meanwhile.
    """
    viewer, viewed, reason = found.actor, wish.viewed, wish.reason.strip()
    refused = why_not(store.catalog, viewer, viewed)
    if refused is not None:
        return refused
    if not 0 < len(reason) <= LONGEST_REASON:
        return "reason"
    assert viewed.user_id is not None
    until = moment + LASTS
    mine = sa.update(web_session).where(web_session.c.id == found.id, web_session.c.kind == "page")
    with store.housekeeping() as connection:
        looks = {"viewed_id": viewed.user_id, "viewed_until": until, "csrf": secrets.token_urlsafe(32)}
        if connection.execute(mine.values(looks)).rowcount != 1:
            return "gone"  # the session has ended meanwhile
        facts = {"reason": reason, "until": until.isoformat(timespec="seconds")}
        write_act(store, connection, _act("view_as", viewer, viewed.user_id, facts), moment)
        told = Notice(
            user=viewed.user_id, kind="viewed", mark=f"viewed:{viewer.user_id}:{moment.isoformat()}",
            params={"who": viewer.name, "reason": reason},
        )  # fmt: skip
        tell(connection, [told], moment)
    return None


def end(store: Store, found: FoundSession, ending: str, moment: dt.datetime) -> None:
    """End it, once: whoever comes second changes nothing and writes no line."""
    if found.viewed_id is None:
        return
    row, viewer = web_session.c, found.viewer or found.actor
    mine = sa.update(web_session).where(row.id == found.id, row.viewed_id == found.viewed_id)
    ended = {"viewed_id": None, "viewed_until": None, "csrf": secrets.token_urlsafe(32)}
    with store.housekeeping() as connection:
        if connection.execute(mine.values(ended)).rowcount == 1:
            write_act(store, connection, _act("view_as_ended", viewer, found.viewed_id, {"why": ending}), moment)


def over(*, is_page: bool) -> BaseResponse:
    """The answer to the request that finds that it has ended: one's own home page."""
    if not is_page or request.headers.get("HX-Request"):
        return BaseResponse(
            status=401, headers={"HX-Redirect": "/"}
        )  # no fragment of a page is replaced by another page
    from app.web.pages import notices

    answer = redirect("/", 303)
    notices.give(answer, notices.Notice("viewing.over"))
    return answer


def _act(action: Literal["view_as", "view_as_ended"], viewer: Actor, viewed: int, facts: Mapping[str, Fact]) -> Act:
    return Act(action, "form", viewer.user_id, viewer.name, record=viewed, facts=facts)


def is_closed() -> bool:
    """Whether the address that is asked for shows nothing to who looks."""
    return request.url_rule is not None and request.url_rule.rule.startswith(CLOSED)


def writes() -> Store:
    """The store in which one may write, also while the request looks."""
    found: Store = current_app.extensions["tenon"]
    return found


def keep_in(response: Response) -> Response:
    """The answer to a request; a refusal to who looks, where it is something that a browser saves as a file."""
    state = context.current()
    if state.viewer is None or not response.headers.get("Content-Disposition", "").startswith("attachment"):
        return response
    response.close()
    return errors.expected(errors.Told("viewing.closed", 403))  # type: ignore[return-value]  # our own pages are of Flask
