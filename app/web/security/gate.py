"""The gate that every request passes: who it is, and whether it may go on. A view is for logged-in people unless marked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from flask import current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.access import FoundSession
from app.orm.store import StaleRevision
from app.web import context, errors, i18n
from app.web.security import csrf, keys, second_factor, sessions, tokens, viewing
from app.web.security.outside import doors
from app.web.security.visitors import visitor

LAST_TRY = "tenon.last_try"  # the outermost layer could not build the newer revision: serve what there is
View = TypeVar("View", bound=Callable[..., Any])
READING = frozenset({"GET", "HEAD", "OPTIONS"})
REPLACING = frozenset({"PUT", "PATCH", "DELETE"})
"""Methods for which a program with a key says which version it has read."""


def public(view: View) -> View:
    """Marks a view that needs no login."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def unattended(view: View) -> View:
    """Marks a view that pages ask by themselves: it keeps no session alive."""
    view.is_unattended = True  # type: ignore[attr-defined]
    return view


def sealed(view: View) -> View:
    """Marks a public view whose address, or what is sent to it, holds the proof that one may: others can't know or make it, so
    that no further token of a page is asked for. It looks at no login.
    """
    view.is_sealed = True  # type: ignore[attr-defined]
    return view


def unviewed(view: View) -> View:
    """Marks a view that belongs to who is logged in, also while he looks as somebody else."""
    view.is_unviewed = True  # type: ignore[attr-defined]
    return view


def is_sealed(endpoint: str | None) -> bool:
    """Whether the address of an endpoint is the proof."""
    return getattr(current_app.view_functions.get(endpoint or ""), "is_sealed", False)


def is_public(endpoint: str | None) -> bool:
    """Whether an endpoint needs no login."""
    if endpoint is None:
        return False
    return endpoint == "static" or getattr(current_app.view_functions.get(endpoint), "is_public", False)


def enter() -> BaseResponse | None:
    """Finds the actor and refuses what may not go on; None lets the request pass.

    Raises StaleRevision when another revision is applied than the one served here.
    """
    if request.endpoint == "static":
        return None
    if errors.is_api():
        return _enter_api()
    if is_sealed(request.endpoint):
        return None
    state = context.current()
    anyone = is_public(request.endpoint)
    if sessions.page_token(request) and not (anyone and request.method in READING):
        over = _identify(sessions.page_token(request), "page")
        if over is not None:
            return over
    if state.viewer is not None and (request.method not in READING or viewing.is_closed()):
        raise errors.Told("viewing.closed" if request.method in READING else "viewing.reads_only", 403)
    if not state.is_logged_in and not anyone:
        return to_login()
    if request.method not in READING and not csrf.is_valid(anyone=anyone):
        raise errors.Told("csrf.refused")
    return None


def _enter_api() -> BaseResponse | None:
    """A program shows a bearer token; a cookie is not looked at, so that no other site can act in its name."""
    if is_public(request.endpoint):
        return None
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip().startswith(keys.KIND.prefix):
        refused = _identify_key(token.strip())
        if refused is not None:
            return refused
    elif scheme.lower() == "bearer" and token.strip():
        _identify(token.strip(), "token")
    if context.current().is_logged_in:
        return None
    answer = errors.problem(401, detail="Send a token: Authorization: Bearer …")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _identify_key(key: str) -> BaseResponse | None:
    """Finds whose key it is; an answer where it may not be used so, or so often."""
    state, moment = context.current(), context.now()
    found = state.find_web_session(tokens.digest(key), key=True)
    if request.method not in READING or found is None:
        state.close_session()  # a write has a transaction of its own
    if found is None:
        if keys.is_guessing(state.store, visitor().address, moment):
            return errors.problem(429, detail=i18n.text_in("en", "login.too_many"))
        return None
    check_revision(found.revision)
    step = keys.missing_step(state.store.catalog, doors(), found, moment)
    if step is not None:
        code = "auth.key_rests" if step == "outside" else None
        return errors.problem(401, code, detail=keys.MISSING[step], step=step)
    state.web_session = found
    state.language = i18n.as_language(found.actor.language)
    keys.touch(state.store, found, moment)
    if found.scope == "read" and request.method not in READING:
        return errors.problem(403, detail="This key may only read.")
    if request.method in REPLACING and not request.headers.get("If-Match", "").strip():
        return errors.problem(428, detail="Send If-Match with the ETag of the record that you read, or *.")
    return None


def to_login() -> BaseResponse:
    """To the login page, and back afterwards to where one was."""
    target = request.full_path.rstrip("?") if request.method == "GET" else own_path(request.headers.get("Referer"))
    address = f"/login/?next={quote(target, safe='/')}" if target and target != "/" else "/login/"
    if request.headers.get("HX-Request"):
        # A fragment of a page can't be replaced by the login page: the browser goes there as a whole.
        return BaseResponse(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)


def own_path(address: str | None) -> str | None:
    """The path and query of an address of this server; None for any other."""
    root = request.host_url
    return "/" + address.removeprefix(root) if address and address.startswith(root) else None


def _identify(token: str | None, kind: str) -> BaseResponse | None:
    """Finds whose session it is; an answer where he looked as somebody else, and that has just ended."""
    state = context.current()
    store = state.store
    moment = context.now()
    found = state.find_web_session(sessions.digest(token or ""))
    if request.method not in READING:
        state.close_session()  # a write has a transaction of its own
    if found is None or found.kind != kind:
        return None
    if sessions.is_idle(found, store.catalog.pack.security.session, moment):
        sessions.end(store, found.id)
        return None
    check_revision(found.revision)
    if not found.has_factor and second_factor.is_required_of(store.catalog, found.actor.roles):
        sessions.end(store, found.id)  # a role asks for one since he logged in: the next login sets it up
        return None
    if found.viewed_id is not None and not _has_mark("is_unviewed"):
        return _look(found, found.viewed_id, moment)
    _take(found)
    return None


def _look(found: FoundSession, viewed_id: int, moment: dt.datetime) -> BaseResponse | None:
    """Takes the session with the person as whom its own looks; an answer where that has just ended."""
    state = context.current()
    viewed = state.find_person(viewed_id)
    if request.method not in READING:
        state.close_session()
    is_over = found.viewed_until is None or found.viewed_until <= moment
    ending = "time" if is_over else viewing.why_not(state.store.catalog, found.actor, viewed)
    if ending is None and viewed is not None:
        _take(replace(found, actor=viewed, viewer=found.actor))
        state.store = replace(state.store, reads_only=True)
        return None
    state.close_session()
    viewing.end(state.store, found, ending or "gone", moment)
    return viewing.over(is_page=request.method == "GET" and not _has_mark("is_unattended"))


def _has_mark(mark: str) -> bool:
    return getattr(current_app.view_functions.get(request.endpoint or ""), mark, False)


def check_revision(applied: int | None) -> None:
    """Raises StaleRevision when another revision is applied than the one served here."""
    revision = context.current().store.revision
    if applied != revision and not request.environ.get(LAST_TRY):
        raise StaleRevision(f"built for revision {revision}, the database has {applied}")


def _take(found: FoundSession) -> None:
    state = context.current()
    state.web_session = found
    state.language = i18n.as_language(found.actor.language)
    if not _has_mark("is_unattended"):
        sessions.touch(state.store, found, context.now())
