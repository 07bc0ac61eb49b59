"""Deliveries by REST, for administrators: what left the house or waits to, and sending again what was given up."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose
from werkzeug.exceptions import Forbidden

from app.access import Actor, has_right
from app.automation.deliveries import send_again
from app.automation.delivery_log import KINDS, STATES, Sent, deliveries
from app.definition import Catalog
from app.insight import value_to_wire
from app.web import context
from app.web.api.answers import answer, malformed, not_found
from app.web.api.bodies import LARGEST_ID, read_id, read_number
from app.web.api.described import BLANK, NO_TIME, TEXT, WHEN, one_of, operation, page_of, parameter
from app.web.api.listing import DEFAULT_LIMIT, LARGEST_LIMIT
from app.web.context import now
from app.web.errors import problem

TAG = "deliveries"


class DeliveriesApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """Deliveries without what they hold."""

    route_base = "/api/v1/deliveries"
    openapi_spec_tag = "Deliveries"

    @expose("/", methods=("GET",))  # type: ignore[untyped-decorator]
    def get_list(self) -> Response:
        """Newest first, of one `state` or `kind` where it is given: at most `limit`, and as `next` the `cursor` of older ones."""
        _refuse_others()
        state, kind = request.args.get("state"), request.args.get("kind")
        if state not in {None, *STATES} or kind not in {None, *KINDS}:
            return malformed(f"state is one of {', '.join(STATES)}; kind is one of {', '.join(KINDS)}.")
        limit, before = read_number("limit", DEFAULT_LIMIT), read_number("cursor", LARGEST_ID)
        if limit is None or before is None or not 1 <= limit <= LARGEST_LIMIT:
            return malformed(f"limit is a number from 1 to {LARGEST_LIMIT}, cursor the id of a delivery.")
        with context.current().store.system_reading() as connection:
            found = deliveries(connection, limit=limit + 1, state=state, kind=kind, before=before)
        following = str(found[limit - 1].id) if len(found) > limit else None
        return answer({"result": [_to_wire(each) for each in found[:limit]], "next": following})

    @expose("/<string:delivery>", methods=("GET",))  # type: ignore[untyped-decorator]
    def get(self, delivery: str) -> Response:
        """One delivery."""
        _refuse_others()
        found = _find(delivery)
        return not_found() if found is None else _shown(found)

    @expose("/<string:delivery>/again", methods=("POST",))  # type: ignore[untyped-decorator]
    def again(self, delivery: str) -> Response:
        """Send one again that was given up, with its key."""
        _refuse_others()
        found = _find(delivery)
        if found is None:
            return not_found()
        state = context.current()
        state.close_session()
        if not send_again(state.store, found.id, now()):
            return problem(409, "record.conflict", "This delivery was not given up.")
        again = _find(delivery)
        return not_found() if again is None else _shown(again)


def _refuse_others() -> None:
    state = context.current()
    if not sees_deliveries(state.store.catalog, state.actor):
        raise Forbidden


def sees_deliveries(catalog: Catalog, actor: Actor) -> bool:
    """Whether the caller looks after them."""
    return has_right(catalog, actor, "configure")


def _find(text: str) -> Sent | None:
    key = read_id(text)
    if key is None:
        return None
    with context.current().store.system_reading() as connection:
        return next((each for each in deliveries(connection, limit=1, one=key)), None)


def _shown(found: Sent) -> Response:
    return answer({"id": str(found.id), "result": _to_wire(found)})


def _to_wire(sent: Sent) -> dict[str, Any]:
    record = {"entity": sent.entity, "id": str(sent.record)} if sent.entity and sent.record else None
    return {
        "id": str(sent.id),
        "kind": sent.kind,
        "automation": sent.automation,
        "record": record,
        "target": sent.target,
        "state": sent.state,
        "attempts": sent.attempts,
        "answer": sent.answer,
        "created_at": value_to_wire(sent.created_at),
        "touched_at": value_to_wire(sent.touched_at),
        "due": None if sent.due is None else value_to_wire(sent.due),
    }


def delivery_paths() -> dict[str, Any]:
    """What OpenAPI says of deliveries."""
    base, key = "/api/v1/deliveries/", {"name": "id", "in": "path", "required": True, "schema": TEXT}
    listed = operation("list_deliveries", TAG, "What left the house, or waits to", page_of("Delivery"))
    listed["parameters"] = [
        parameter("state", {"type": "string", "enum": list(STATES)}),
        parameter("kind", {"type": "string", "enum": list(KINDS)}),
        parameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT}),
        parameter("cursor", TEXT),
    ]
    one = one_of("Delivery")
    return {
        base: {"get": listed},
        f"{base}{{id}}": {"parameters": [key], "get": operation("read_delivery", TAG, "Read a delivery", one)},
        f"{base}{{id}}/again": {
            "parameters": [key],
            "post": operation("send_delivery_again", TAG, "Send a delivery again that was given up", one),
        },
    }


DELIVERY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "kind": {"type": "string", "enum": list(KINDS)},
        "automation": BLANK,
        "record": {"type": "object", "nullable": True, "properties": {"entity": TEXT, "id": TEXT}},
        "target": TEXT,
        "state": {"type": "string", "enum": list(STATES)},
        "attempts": {"type": "integer"},
        "answer": {"type": "string", "description": "How the last attempt ended."},
        "created_at": WHEN,
        "touched_at": WHEN,
        "due": {**NO_TIME, "description": "When it is tried next."},
    },
}
