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
    """Reveals masked values."""

    route_base = "/api/v1/<string:entity>/<string:id>/reveal"
    openapi_spec_tag = "Reveals"

    @expose("/<string:field>", methods=("POST",))  # type: ignore[untyped-decorator]
    @of_entity("read")
    def post(self, state: RequestState, entity: Entity, id: str, field: str) -> Response:  # noqa: A002 - of the route
        """Show a masked value once."""
        record = read_id(id)
        if record is None or field not in field_rights(state.store.catalog, state.actor, entity.key).masks:
            return not_found()
        reason = read_reason()
        state.close_session()
        outcome = reveal(state.store, state.actor, Asked(entity.key, record, field, reason), door="api")
        if isinstance(outcome, Refused):
            return refused(outcome)
        return answer({"id": id, "field": field, "value": outcome.value})


def reveal_paths(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, Any]:
    """What OpenAPI says of the fields that the actor may reveal."""
    keys = sorted(field_rights(catalog, actor, entity.key).revealable)
    return {f"/api/v1/{entity.key}/{{id}}/reveal/{key}": _path(entity, key) for key in keys}


def _path(entity: Entity, key: str) -> dict[str, Any]:
    text = {"type": "string"}
    shown = {"type": "object", "properties": {"id": text, "field": text, "value": {**text, "nullable": True}}}
    reason = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON}
    body = {**CLOSED, "required": ["reason"], "properties": {"reason": reason}}
    return {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": text}],
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
