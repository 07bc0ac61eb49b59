"""Approvals by REST: what waits for the caller, what became of others, and his answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose

from app.access import field_rights
from app.automation.approval_figures import Figures, figures_of
from app.automation.approval_lists import waiting_count, waiting_page
from app.automation.approval_rows import speaking_for
from app.automation.approvals import Ask, Asked, decide, get_asked, recall
from app.definition import Catalog
from app.insight import labels, to_wire, value_to_wire
from app.record import Refused, Saved
from app.web import context
from app.web.api.answers import answer, malformed, not_found, refused
from app.web.api.bodies import CLOSED, LARGEST_ID, BadRequestBody, read_comment, read_id, read_number
from app.web.api.listing import DEFAULT_LIMIT, LARGEST_LIMIT
from app.web.context import RequestState

DOOR = "api"
Names = Mapping[tuple[str, int], str]


class ApprovalsApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """What waits for the caller's decision, and his decisions."""

    route_base = "/api/v1/approvals"
    openapi_spec_tag = "Approvals"

    @expose("/", methods=("GET",))  # type: ignore[untyped-decorator]
    def get_list(self) -> Response:
        """What waits for the caller, newest first: at most `limit`, and as `next` the `cursor` of those after them."""
        state = context.current()
        limit, before = read_number("limit", DEFAULT_LIMIT), read_number("cursor", LARGEST_ID)
        if limit is None or before is None or not 1 <= limit <= LARGEST_LIMIT:
            return malformed(f"limit is a number from 1 to {LARGEST_LIMIT}, cursor the id of an approval.")
        now = state.store.clock()
        found, following = waiting_page(state.session, state.actor, now, before, limit)
        number = waiting_count(state.session, state.actor, now)
        return answer(
            {"result": _to_wire(state, found), "count": number, "next": None if following is None else str(following)}
        )

    @expose("/<string:approval>", methods=("GET",))  # type: ignore[untyped-decorator]
    def get(self, approval: str) -> Response:
        """One approval."""
        state = context.current()
        return _shown(state, read_id(approval))

    @expose("/<string:approval>/agree", methods=("POST",))  # type: ignore[untyped-decorator]
    def agree(self, approval: str) -> Response:
        """Agree; the last agreement makes the move."""
        return _act(approval, lambda state, key, said: _decide(state, key, said, agree=True))

    @expose("/<string:approval>/reject", methods=("POST",))  # type: ignore[untyped-decorator]
    def reject(self, approval: str) -> Response:
        """Reject, for a reason."""
        return _act(approval, lambda state, key, said: _decide(state, key, said, agree=False))

    @expose("/<string:approval>/recall", methods=("POST",))  # type: ignore[untyped-decorator]
    def recall(self, approval: str) -> Response:
        """Take back what one asked for."""
        return _act(approval, lambda state, key, said: recall(state.store, state.actor, key, comment=said, door=DOOR))


def _decide(state: RequestState, key: int, said: str, *, agree: bool) -> Saved | Refused:
    return decide(state.store, state.actor, key, agree=agree, comment=said, door=DOOR)


def _act(approval: str, act: Callable[[RequestState, int, str], Saved | Refused]) -> Response:
    """Does it, and answers with the approval; without a result where it is out of the caller's sight now."""
    state, key = context.current(), read_id(approval)
    if key is None:
        return not_found()
    try:
        said = read_comment() if request.get_data() else ""
    except BadRequestBody as error:
        return malformed(str(error))
    state.close_session()
    outcome = act(state, key, said)
    return refused(outcome) if isinstance(outcome, Refused) else _shown(state, key, done=True)


def _shown(state: RequestState, key: int | None, *, done: bool = False, status: int = 200) -> Response:
    found = None if key is None else get_asked(state.session, state.actor, key, state.store.clock())
    if found is None:
        return answer({"id": str(key), "result": None}, status) if done else not_found()
    return answer({"id": str(found.id), "result": _to_wire(state, [found])[0]}, status)


def asked_answer(state: RequestState, key: int) -> Response:
    """The answer to a move that waits for its approval now."""
    return _shown(state, key, done=True, status=202)


def _to_wire(state: RequestState, found: Sequence[Asked]) -> list[dict[str, Any]]:
    figures = figures_of(state.store, state.session, state.actor, found)
    names = _names(state, found)
    return [_approval(state, each, names, figures) for each in _without_hidden(state, found)]


def _without_hidden(state: RequestState, found: Sequence[Asked]) -> list[Asked]:
    """The approvals without the move where its stage is hidden from the caller; what was said of it is for those alone who
    have to do with it.
    """
    people = speaking_for(state.session, state.actor, state.store.clock()) if found else frozenset()
    return [each if _knows_stage(state, each) else _without_move(each, people) for each in found]


def _without_move(asked: Asked, people: frozenset[int]) -> Asked:
    shown = replace(asked, field=None, stage_from=None, stage_to=None)
    if people.isdisjoint({asked.asked_by, *(each for ask in asked.asks for each in (ask.user, ask.decided_by))}):
        return replace(shown, comment=None, asks=tuple(replace(ask, comment=None) for ask in asked.asks))
    return shown


def _knows_stage(state: RequestState, asked: Asked) -> bool:
    catalog = state.store.catalog
    return asked.entity in catalog.entities and asked.field in field_rights(catalog, state.actor, asked.entity).clear


def _names(state: RequestState, found: Sequence[Asked]) -> Names:
    people = {each.asked_by for each in found}
    people |= {person for each in found for ask in each.asks for person in (ask.user, ask.decided_by)}
    wanted = {"user": {each for each in people if each is not None}}
    return labels(state.session, wanted) if wanted["user"] else {}


def _approval(state: RequestState, asked: Asked, names: Names, figures: Figures) -> dict[str, Any]:
    row = figures.get(asked.id)
    shown = None if row is None else to_wire(state.store.catalog, row)
    return {
        "id": str(asked.id),
        "approval": asked.approval,
        "label": _label(state.store.catalog, asked, state.language),
        "entity": asked.entity,
        "record": str(asked.record),
        "field": asked.field,
        "from": asked.stage_from,
        "to": asked.stage_to,
        "state": asked.state,
        "step": asked.step,
        "asked_by": _person(names, asked.asked_by),
        "asked_at": value_to_wire(asked.asked_at),
        "comment": asked.comment,
        "ended_at": _moment(asked.ended_at),
        "figures": shown,
        "asks": [_ask(names, each) for each in asked.asks],
    }


def _ask(names: Names, ask: Ask) -> dict[str, Any]:
    return {
        "id": str(ask.id),
        "step": ask.step,
        "user": _person(names, ask.user),
        "state": ask.state,
        "asked_at": value_to_wire(ask.asked_at),
        "due": _moment(ask.due),
        "decided_by": _person(names, ask.decided_by),
        "decided_at": _moment(ask.decided_at),
        "comment": ask.comment,
    }


def _person(names: Names, user: int | None) -> dict[str, Any] | None:
    return None if user is None else {"id": str(user), "label": names.get(("user", user))}


def _moment(moment: dt.datetime | None) -> str | None:
    return None if moment is None else str(value_to_wire(moment))


def _label(catalog: Catalog, asked: Asked, language: str) -> str:
    known = catalog.approvals.get(asked.approval)
    return (known.label.in_language(language) if known is not None else "") or asked.approval


def approval_paths() -> dict[str, Any]:
    """What OpenAPI says of approvals."""
    several = {
        "type": "object",
        "properties": {"result": {"type": "array", "items": _REF}, "count": {"type": "integer"}, "next": _BLANK},
    }
    base, key = "/api/v1/approvals/", {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    listed = _operation("list_approvals", "What waits for the caller", several)
    listed["parameters"] = [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT}},
        {"name": "cursor", "in": "query", "schema": {"type": "string"}},
    ]
    paths: dict[str, Any] = {
        base: {"get": listed},
        f"{base}{{id}}": {"parameters": [key], "get": _operation("read_approval", "Read an approval", APPROVAL_ANSWER)},
    }
    for word, summary in (("agree", "Agree"), ("reject", "Reject, for a reason"), ("recall", "Take back a request")):
        act = _operation(f"{word}_approval", summary, APPROVAL_ANSWER)
        needed = ["comment"] if word == "reject" else []
        body: dict[str, Any] = {**CLOSED, "properties": {"comment": COMMENT}}
        act["requestBody"] = {
            "required": bool(needed),
            "content": {"application/json": {"schema": body | ({"required": needed} if needed else {})}},
        }
        paths[f"{base}{{id}}/{word}"] = {"parameters": [key], "post": act}
    return paths


def _operation(name: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    answers = {
        "200": {"description": "As it is now.", "content": {"application/json": {"schema": schema}}},
        "default": {"$ref": "#/components/responses/Problem"},
    }
    return {"operationId": name, "tags": ["approvals"], "summary": summary, "responses": answers}


COMMENT: dict[str, Any] = {"type": "string", "maxLength": 2000}
ASKING: dict[str, Any] = {
    **CLOSED,
    "description": "Asks for the approval that the move needs, instead of making it.",
    "properties": {"comment": COMMENT},
}
_REF = {"$ref": "#/components/schemas/Approval"}
APPROVAL_ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "result": _REF},
}
_TEXT: dict[str, Any] = {"type": "string"}
_BLANK: dict[str, Any] = {"type": "string", "nullable": True}
_WHEN: dict[str, Any] = {"type": "string", "format": "date-time"}
_SOMEONE = {"$ref": "#/components/schemas/Reference"}
_ASK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "step": _TEXT,
        "user": _SOMEONE,
        "state": {"type": "string", "enum": ["waiting", "agreed", "rejected", "passed_on", "dropped"]},
        "asked_at": _WHEN,
        "due": {**_WHEN, "nullable": True},
        "decided_by": _SOMEONE,
        "decided_at": {**_WHEN, "nullable": True},
        "comment": _BLANK,
    },
}
APPROVAL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "approval": _TEXT,
        "label": _TEXT,
        "entity": _TEXT,
        "record": _TEXT,
        "field": _BLANK,
        "from": _BLANK,
        "to": _BLANK,
        "state": {"type": "string", "enum": ["waiting", "agreed", "done", "rejected", "recalled", "void"]},
        "step": _BLANK,
        "asked_by": _SOMEONE,
        "asked_at": _WHEN,
        "comment": _BLANK,
        "ended_at": {**_WHEN, "nullable": True},
        "figures": {"type": "object", "nullable": True, "description": "What the decision rests on."},
        "asks": {"type": "array", "items": _ASK},
    },
}
