"""The audit by REST, for those whose role has the right to read it: each value by the rights of its reader."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose
from werkzeug.exceptions import NotFound

from app.access import Actor, Allowed, decide, has_right
from app.definition import Catalog
from app.insight import value_to_wire
from app.record.audit_search import AuditLine, AuditQuery, facts_in_sight, search_audit
from app.web import context
from app.web.api.answers import answer, malformed
from app.web.api.bodies import LARGEST_ID, read_id, read_number
from app.web.api.described import BLANK, NO_TIME, TEXT, WHEN, operation, page_of, parameter
from app.web.api.listing import DEFAULT_LIMIT, LARGEST_LIMIT
from app.web.texts.audit import ACTS, DOORS

KNOWN = frozenset({"person", "entity", "record", "act", "door", "since", "until", "limit", "cursor"})
_SYSTEM = "system:"


class AuditApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """Lines of the audit, the newest first."""

    route_base = "/api/v1/audit"
    openapi_spec_tag = "Audit"

    @expose("/", methods=("GET",))  # type: ignore[untyped-decorator]
    def get_list(self) -> Response:
        """Of one `person` (an id, or a system actor by name), `entity`, `record` of it, `act` and `door`, from `since` on and
        before `until`. At most `limit`, and as `next` the `cursor` of older ones; `back_to` where it looked at so many that it
        stopped before it had found them: it goes on by `next`.
        """
        state = context.current()
        catalog, actor = state.store.catalog, state.actor
        if not reads_audit(catalog, actor):
            raise NotFound
        query, limit = _query(catalog, actor, request.args.to_dict()), read_number("limit", DEFAULT_LIMIT)
        if isinstance(query, str):
            return malformed(query)
        if limit is None or not 1 <= limit <= LARGEST_LIMIT:
            return malformed(f"limit is a number from 1 to {LARGEST_LIMIT}.")
        page = search_audit(state.session, catalog, actor, query, limit)
        return answer(
            {
                "result": [_to_wire(catalog, actor, each) for each in page.lines],
                "next": None if page.next is None else str(page.next),
                "back_to": None if page.back_to is None else value_to_wire(page.back_to),
            }
        )


def reads_audit(catalog: Catalog, actor: Actor) -> bool:
    """Whether the caller may read it."""
    return has_right(catalog, actor, "audit")


def _query(catalog: Catalog, actor: Actor, asked: dict[str, str]) -> AuditQuery | str:
    """What is looked for, or what is wrong with it."""
    if unknown := sorted(set(asked) - KNOWN):
        return f"{unknown[0][:40]} is no filter; there are {', '.join(sorted(KNOWN))}."
    person, entity, act, door = (asked.get(key) for key in ("person", "entity", "act", "door"))
    whom = person if person is None or person.startswith(_SYSTEM) else read_id(person)
    if (person is not None and whom is None) or "\0" in str(person):
        return "person is the id of a user, or the name of a system actor."
    if entity is not None and not (
        entity in catalog.entities and isinstance(decide(catalog, actor, "read", entity), Allowed)
    ):
        return "There is no such entity."
    record = read_id(asked["record"]) if "record" in asked else None
    if "record" in asked and (record is None or entity is None):
        return "record is an id; entity says of what."
    if act not in {None, *ACTS} or door not in {None, *DOORS}:
        return f"act is one of {', '.join(ACTS)}; door is one of {', '.join(DOORS)}."
    try:
        since, until = (_moment(asked.get(key)) for key in ("since", "until"))
    except ValueError:
        return "since and until are moments with their zone, as 2026-11-20T08:00:00Z."
    before = read_number("cursor", LARGEST_ID)
    if before is None:
        return "cursor is what `next` said."
    return AuditQuery(whom, entity, record, act, door, since, until, before if "cursor" in asked else None)


def _moment(text: str | None) -> dt.datetime | None:
    """Raises ValueError for what is no moment with its zone in the years of this program."""
    if text is None:
        return None
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is None or not 1970 < found.year < 9000:
        raise ValueError(text)
    return found.astimezone(dt.UTC)


def _to_wire(catalog: Catalog, actor: Actor, line: AuditLine) -> dict[str, Any]:
    changes = [(each.field, each.old, each.new) for each in line.changes] + list(line.told)
    return {
        "id": str(line.id),
        "at": value_to_wire(line.at),
        "person": None if line.actor_id is None else {"id": str(line.actor_id), "label": line.actor or None},
        "actor": line.actor or None,
        "door": line.door,
        "act": line.action,
        "entity": line.entity or None,
        "record": None if not line.entity or line.record is None else str(line.record),
        "changes": [{"field": key, "old": old, "new": new} for key, old, new in changes],
        "confirmed": [{"code": each.code, "reason": each.reason} for each in line.confirmed],
        "facts": facts_in_sight(catalog, actor, line),
    }


def audit_paths() -> dict[str, Any]:
    """What OpenAPI says of the audit."""
    listed = operation("list_audit", "audit", "What was done, by whom", page_of("AuditLine"))
    schema = listed["responses"]["200"]["content"]["application/json"]["schema"]
    schema["properties"]["back_to"] = {
        **NO_TIME,
        "description": "How far back it looked, where it stopped before its end.",
    }
    listed["parameters"] = [
        parameter("person", {**TEXT, "description": "The id of a user, or the name of a system actor."}),
        parameter("entity", TEXT),
        parameter("record", {**TEXT, "description": "An id; with `entity`."}),
        parameter("act", {"type": "string", "enum": list(ACTS)}),
        parameter("door", {"type": "string", "enum": list(DOORS)}),
        parameter("since", {**WHEN, "description": "Included."}),
        parameter("until", {**WHEN, "description": "Not included."}),
        parameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT}),
        parameter("cursor", TEXT),
    ]
    return {"/api/v1/audit/": {"get": listed}}


_CHANGE = {"type": "object", "properties": {"field": TEXT, "old": {}, "new": {}}}
_CONFIRMED = {"type": "object", "properties": {"code": TEXT, "reason": TEXT}}
AUDIT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "at": WHEN,
        "person": {"type": "object", "nullable": True, "properties": {"id": TEXT, "label": BLANK}},
        "actor": {
            **BLANK,
            "description": "The name of the person or of the system actor; null where it may not be known.",
        },
        "door": TEXT,
        "act": TEXT,
        "entity": BLANK,
        "record": BLANK,
        "changes": {"type": "array", "items": _CHANGE},
        "confirmed": {"type": "array", "items": _CONFIRMED},
        "facts": {"type": "object", "description": "What else is told of the act."},
    },
}
