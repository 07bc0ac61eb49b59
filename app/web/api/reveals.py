"""Masked values by REST: shown once, to who may reveal them, for a reason that the audit keeps."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_appbuilder.api import BaseApi, expose

from app.access import Actor, field_rights
from app.definition import Catalog, Entity
from app.record import Refused, reveal
from app.record.overrule import LONGEST_REASON
from app.record.reveal import Asked
from app.web.api.answers import answer, not_found, refused
from app.web.api.bodies import CLOSED, read_id, read_reason
from app.web.api.records import of_entity
from app.web.context import RequestState


class RevealsApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """Reveals masked values, those of parts at their whole."""

    route_base = "/api/v1/<string:entity>/<string:id>"
    openapi_spec_tag = "Reveals"

    @expose("/reveal/<string:field>", methods=("POST",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def post(self, state: RequestState, entity: Entity, id: str, field: str) -> Response:  # noqa: A002 - of the route
        """Show a masked value once."""
        record = read_id(id)
        if record is None or not _is_masked(state, entity.key, field):
            return not_found()
        return _revealed(state, Asked(entity.key, record, field, read_reason()))

    @expose("/<string:parts>/<string:part>/reveal/<string:field>", methods=("POST",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def of_part(self, state: RequestState, entity: Entity, **names: str) -> Response:
        """Show a masked value of one of a record's parts once."""
        link = state.store.catalog.parts_of(entity.key).get(names["parts"])
        whole, record, field = read_id(names["id"]), read_id(names["part"]), names["field"]
        if link is None or whole is None or record is None or not _is_masked(state, link.entity, field):
            return not_found()
        return _revealed(state, Asked(link.entity, record, field, read_reason(), whole))


def _is_masked(state: RequestState, entity: str, field: str) -> bool:
    return field in field_rights(state.store.catalog, state.actor, entity).masks


def _revealed(state: RequestState, asked: Asked) -> Response:
    state.close_session()
    outcome = reveal(state.store, state.actor, asked, door="api")
    if isinstance(outcome, Refused):
        return refused(outcome)
    return answer({"id": str(outcome.record), "field": outcome.field, "value": outcome.value})


def reveal_paths(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, Any]:
    """What OpenAPI says of the fields that the actor may reveal, of records and of their parts."""
    one = f"/api/v1/{entity.key}/{{id}}"
    keys = sorted(field_rights(catalog, actor, entity.key).revealable)
    found = {f"{one}/reveal/{key}": _path(entity, key) for key in keys}
    for name, link in catalog.parts_of(entity.key).items():
        for key in sorted(field_rights(catalog, actor, link.entity).revealable):
            found[f"{one}/{name}/{{part}}/reveal/{key}"] = _path(entity, f"{name}_{key}", ("id", "part"))
    return found


def _path(entity: Entity, key: str, ids: tuple[str, ...] = ("id",)) -> dict[str, Any]:
    text = {"type": "string"}
    shown = {"type": "object", "properties": {"id": text, "field": text, "value": {**text, "nullable": True}}}
    reason = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON}
    body = {**CLOSED, "required": ["reason"], "properties": {"reason": reason}}
    return {
        "parameters": [{"name": each, "in": "path", "required": True, "schema": text} for each in ids],
        "post": {
            "operationId": f"reveal_{entity.key}_{key}",
            "tags": [entity.key],
            "summary": "Show a masked value once; the audit tells who asked for it, and why",
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {
                "200": {"description": "The value.", "content": {"application/json": {"schema": shown}}},
                "default": {"$ref": "#/components/responses/Problem"},
            },
        },
    }
