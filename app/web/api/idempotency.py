"""`Idempotency-Key`: a POST that is sent again gets the first answer and does nothing twice."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from flask import Response, request
from sqlalchemy.exc import IntegrityError

from app.frozen import dataclass
from app.orm.framework import idempotency
from app.web import context
from app.web.context import RequestState
from app.web.errors import problem
from app.web.security import sealing
from app.web.security.answers import secret_key

LONGEST_KEY = 200
_RUNNING = 0  # the status of a request that has begun and not ended


@dataclass(frozen=True)
class Claim:
    """A key that this request has claimed."""

    user_id: int
    key: str


def find(state: RequestState) -> Response | Claim | None:
    """The first answer to this request if there was one, else the claim to give it; None without a key."""
    key = request.headers.get("Idempotency-Key", "")
    user_id = state.actor.user_id
    if not key or user_id is None:
        return None
    if len(key) > LONGEST_KEY:
        return problem(400, "request.malformed", f"Idempotency-Key has at most {LONGEST_KEY} characters.")
    body = request.method.encode() + b" " + request.full_path.encode() + b"\n" + request.get_data()
    digest = hashlib.sha256(body).hexdigest()
    values = {"user_id": user_id, "key": key, "request": digest, "status": _RUNNING, "answer": "", "at": context.now()}
    try:
        with state.store.housekeeping() as connection:
            connection.execute(sa.insert(idempotency).values(values))
    except IntegrityError:
        return _first_answer(state, user_id, key, digest)
    return Claim(user_id, key)


def _first_answer(state: RequestState, user_id: int, key: str, digest: str) -> Response:
    here = sa.and_(idempotency.c.user_id == user_id, idempotency.c.key == key)
    with state.store.system_reading() as connection:
        found = connection.execute(sa.select(idempotency).where(here)).one_or_none()
    if found is None or found.status == _RUNNING:
        return problem(409, "request.precondition", "The first request with this Idempotency-Key is still running.")
    if found.request != digest:
        return problem(422, "request.malformed", "This Idempotency-Key was used for another request.")
    try:
        told = sealing.unseal(secret_key(), found.answer, _belongs_to(user_id, key))
    except sealing.Unreadable:  # by another secret key, or before answers were sealed: it was carried out all the same
        return problem(409, "request.precondition", "The first answer to this Idempotency-Key can't be told any more.")
    return Response(told, found.status, content_type="application/json")


def _belongs_to(user_id: int, key: str) -> str:
    return f"answer to {user_id} {key}"


def keep(state: RequestState, claim: Response | Claim | None, response: Response) -> None:
    """Keeps the answer for a claimed key, sealed: it may tell values that stand nowhere in plain text."""
    if not isinstance(claim, Claim):
        return
    here = sa.and_(idempotency.c.user_id == claim.user_id, idempotency.c.key == claim.key)
    with state.store.housekeeping() as connection:
        told = sealing.seal(secret_key(), response.get_data(as_text=True), _belongs_to(claim.user_id, claim.key))
        values = {"status": response.status_code, "answer": told}
        connection.execute(sa.update(idempotency).where(here).values(values))


def release(state: RequestState, claim: Response | Claim | None) -> None:
    """Gives a key back after a refusal: the corrected request may use it."""
    if isinstance(claim, Claim):
        here = sa.and_(idempotency.c.user_id == claim.user_id, idempotency.c.key == claim.key)
        with state.store.housekeeping() as connection:
            connection.execute(sa.delete(idempotency).where(here))
