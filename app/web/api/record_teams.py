"""Teams of records by REST: who has which place on a record, giving one, and taking one away."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response
from flask_appbuilder.api import BaseApi, expose

from app import insight
from app.access import Actor, Allowed, decide
from app.automation.record_teams import PLACE, USER, Placed, give_place, take_place, team_of
from app.definition import Catalog, Entity
from app.insight.labels import labels
from app.record import Refused
from app.web.api.answers import answer, not_found, refused
from app.web.api.bodies import CLOSED, read_id, read_place
from app.web.api.records import DOOR, of_entity
from app.web.context import RequestState


class RecordTeamsApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """The colleagues on single records."""

    route_base = "/api/v1/<string:entity>/<string:id>/team"
    openapi_spec_tag = "Record teams"

    @expose("/", methods=("GET",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def get_list(self, state: RequestState, entity: Entity, id: str) -> Response:  # noqa: A002 - of the route
        """Who has a place on a record's team."""
        record = read_id(id)
        if not entity.record_team or record is None:
            return not_found()
        if insight.get_record(state.session, state.actor, entity.key, record, ("id",)) is None:
            return not_found()
        result = _wire(state, team_of(state.session.execute, entity, record))
        return answer({"result": result, "count": len(result)})

    @expose("/", methods=("POST",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def post(self, state: RequestState, entity: Entity, id: str) -> Response:  # noqa: A002
        """Give a colleague a place, instead of the one that they had."""
        user, place = read_place()
        record = read_id(id)
        if not entity.record_team or record is None:
            return not_found()
        colleague = read_id(user) if isinstance(user, str) else None
        outcome = give_place(state.store, state.actor, (entity.key, record), colleague, place, door=DOOR)
        if isinstance(outcome, Refused):
            return refused(outcome)
        given = [each for each in team_of(state.session.execute, entity, record) if each.user == colleague]
        return answer({"id": user, "result": next(iter(_wire(state, given)), None)}, 201)

    @expose("/<string:user>", methods=("DELETE",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def delete(self, state: RequestState, entity: Entity, id: str, user: str) -> Response:  # noqa: A002
        """Take a colleague's place away, or give one's own up."""
        record, colleague = read_id(id), read_id(user)
        if not entity.record_team or record is None or colleague is None:
            return not_found()
        outcome = take_place(state.store, state.actor, (entity.key, record), colleague, door=DOOR)
        return refused(outcome) if isinstance(outcome, Refused) else Response(status=204)


def _wire(state: RequestState, team: list[Placed]) -> list[dict[str, Any]]:
    """The places as JSON: people by id and name, null for the name of one out of sight."""
    people = {each.user for each in team} | {each.given_by for each in team if each.given_by is not None}
    names = labels(state.session, {"user": people}) if people else {}

    def reference(user: int | None) -> dict[str, Any] | None:
        return None if user is None else {"id": str(user), "label": names.get(("user", user))}

    return [
        {
            USER: reference(each.user),
            PLACE: each.place,
            "given_by": reference(each.given_by),
            "given_at": each.given_at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        for each in team
    ]


def team_paths(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, Any]:
    """What OpenAPI says of the team of an entity's records; nothing where they have none."""
    if not entity.record_team:
        return {}
    record_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    user_id = {"name": "user", "in": "path", "required": True, "schema": {"type": "string"}}
    problem = {"$ref": "#/components/responses/Problem"}
    place = {"$ref": "#/components/schemas/TeamPlace"}
    listed = {
        "type": "object",
        "properties": {"result": {"type": "array", "items": place}, "count": {"type": "integer"}},
    }
    one: dict[str, Any] = {
        "parameters": [record_id],
        "get": {
            "operationId": f"team_of_{entity.key}",
            "tags": [entity.key],
            "summary": "Who has a place on a record's team",
            "responses": {"200": _json("The places.", listed), "default": problem},
        },
    }
    if isinstance(decide(catalog, actor, "share", entity.key), Allowed):
        body = {
            **CLOSED,
            "required": [USER, PLACE],
            "properties": {USER: {"type": "string"}, PLACE: {"type": "string", "enum": list(entity.record_team)}},
        }
        given = {"type": "object", "properties": {"id": {"type": "string"}, "result": place}}
        one["post"] = {
            "operationId": f"share_{entity.key}",
            "tags": [entity.key],
            "summary": "Give a colleague a place, instead of the one that they had",
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"201": _json("The place.", given), "default": problem},
        }
    base = f"/api/v1/{entity.key}/{{id}}/team/"
    taking = {
        "operationId": f"unshare_{entity.key}",
        "tags": [entity.key],
        "summary": "Take a colleague's place away, or give one's own up",
        "responses": {"204": {"description": "It is gone."}, "default": problem},
    }
    return {base: one, f"{base}{{user}}": {"parameters": [record_id, user_id], "delete": taking}}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


PLACE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A place on the team of a record.",
    "properties": {
        USER: {"$ref": "#/components/schemas/Reference"},
        PLACE: {"type": "string"},
        "given_by": {"$ref": "#/components/schemas/Reference"},
        "given_at": {"type": "string", "format": "date-time"},
    },
}
