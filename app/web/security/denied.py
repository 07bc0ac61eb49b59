"""What somebody who is logged in was denied: a line of the audit for each try, without any value.

What is not there and what is out of sight have the same answer, so that both leave the same line. Tries are limited as those at
the login are.
"""

from __future__ import annotations

import logging

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from app.record import Act
from app.record.acts import NO_ENTITY, Fact
from app.web import context, errors
from app.web.security.audited import note
from app.web.security.viewing import writes

DENIALS = frozenset({403, 404})
_LONGEST_ID = 18  # digits
_log = logging.getLogger("tenon.web")


def note_denial(response: Response) -> None:
    """Tells the audit where the answer to the request denies something; no answer fails for that."""
    if response.status_code not in DENIALS or request.url_rule is None or request.endpoint == "static":
        return
    state = context.current()
    if not state.is_logged_in:
        return
    actor, named = state.viewer or state.actor, request.view_args or {}
    entity, number = str(named.get("entity", "")), str(named.get("record") or named.get("id") or "")
    known = entity in state.store.catalog.entities
    record = int(number) if known and number.isascii() and number.isdecimal() and len(number) <= _LONGEST_ID else None
    facts: dict[str, Fact] = {"tried": f"{request.method} {request.url_rule.rule}", "status": response.status_code}
    if state.viewer is not None:
        facts["viewed"] = state.actor.name
    act = Act(
        "denied",
        "api" if errors.is_api() else "form",
        actor.user_id,
        actor.name,
        entity if known else NO_ENTITY,
        record,
        facts,
    )
    state.close_session()
    try:
        note(writes(), act, context.now(), tried_by=str(actor.user_id))
    except SQLAlchemyError:
        _log.warning("a denial is not in the audit: the database takes no line", exc_info=True)
