"""Clocks of service levels by REST: of one record, or all in sight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose

from app.insight import labels, value_to_wire
from app.insight.query import AnyReference
from app.insight.service_levels import STATES, SeenClock, Wanted, clocks_page
from app.web import context
from app.web.api.answers import answer, malformed
from app.web.api.bodies import read_id, read_number
from app.web.api.described import BLANK, NO_TIME, TEXT, WHEN, operation, page_of, parameter
from app.web.api.listing import DEFAULT_LIMIT, LARGEST_LIMIT
from app.web.context import RequestState

OPEN, ALL = "open", "all"


class ServiceLevelsApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """Clocks of records that the caller reads, where he sees all that they follow."""

    route_base = "/api/v1/service-levels"
    openapi_spec_tag = "Service levels"

    @expose("/", methods=("GET",))  # type: ignore[untyped-decorator]
    def get_list(self) -> Response:
        """Clocks by level and record: those that have not ended, unless `state` is another; of one `level`, `target`, `entity`
        or `record` where that is given. At most `limit`, and as `next` the `cursor` of those after them.
        """
        state, asked = context.current(), request.args
        limit, after = read_number("limit", DEFAULT_LIMIT), _mark(asked.get("cursor", ""))
        if limit is None or not 1 <= limit <= LARGEST_LIMIT or ("cursor" in asked and after is None):
            return malformed(f"limit is a number from 1 to {LARGEST_LIMIT}, cursor what `next` said.")
        which, record = asked.get("state", OPEN), read_id(asked["record"]) if "record" in asked else None
        if which not in {OPEN, ALL, *STATES}:
            return malformed(f"state is one of {OPEN}, {', '.join(STATES)}, {ALL}.")
        if "record" in asked and (record is None or "entity" not in asked):
            return malformed("record is an id; entity says of what.")
        wanted = Wanted(
            asked.get("level"), asked.get("target"), asked.get("entity"), record, None if which == ALL else which
        )
        page = clocks_page(state.session, state.actor, wanted, context.now(), after, limit)
        following = None if page.next is None else f"{page.next[0]}/{page.next[1]}"
        return answer({"result": _to_wire(state, page.found), "next": following})


def _mark(text: str) -> tuple[str, int] | None:
    level, _, record = text.partition("/")
    number = read_id(record)
    return None if number is None else (level, number)


def _to_wire(state: RequestState, found: tuple[SeenClock, ...]) -> list[dict[str, Any]]:
    wanted: dict[str, set[int]] = {}
    for each in found:
        wanted.setdefault(each.entity, set()).add(each.record)
    names = labels(state.session, wanted) if wanted else {}
    return [_clock(state, each, names) for each in found]


def _clock(state: RequestState, clock: SeenClock, names: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    moments = {
        key: None if (moment := getattr(clock, key)) is None else value_to_wire(moment)
        for key in ("started_at", "due", "paused_at", "warned_at", "breached_at", "stopped_at")
    }
    return {
        "level": clock.sla,
        "label": state.store.catalog.slas[clock.sla].label.in_language(state.language) or clock.sla,
        "target": clock.target,
        "record": value_to_wire(AnyReference(clock.entity, clock.record, names.get((clock.entity, clock.record)))),
        "state": clock.state(context.now()),
        **moments,
    }


def service_level_paths() -> dict[str, Any]:
    """What OpenAPI says of clocks."""
    listed = operation("list_service_levels", "service levels", "Clocks of service levels", page_of("Clock"))
    listed["parameters"] = [
        parameter("level", TEXT),
        parameter("target", TEXT),
        parameter("entity", TEXT),
        parameter("record", {**TEXT, "description": "An id; with `entity`."}),
        parameter("state", {"type": "string", "enum": [OPEN, *STATES, ALL], "default": OPEN}),
        parameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT}),
        parameter("cursor", TEXT),
    ]
    return {"/api/v1/service-levels/": {"get": listed}}


CLOCK_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "level": TEXT,
        "label": TEXT,
        "target": TEXT,
        "record": {"type": "object", "properties": {"entity": TEXT, "id": TEXT, "label": BLANK}},
        "state": {"type": "string", "enum": list(STATES), "description": "What is late stays late when it ends."},
        "started_at": WHEN,
        "due": {**NO_TIME, "description": "Blank while it rests."},
        "paused_at": NO_TIME,
        "warned_at": NO_TIME,
        "breached_at": {**NO_TIME, "description": "When its time was over."},
        "stopped_at": NO_TIME,
    },
}
