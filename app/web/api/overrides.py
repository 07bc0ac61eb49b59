"""Computed values that are overruled, by REST: another value counts, for a reason, until that is withdrawn."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_appbuilder.api import BaseApi, expose

from app.access import Actor, Allowed, decide, field_rights
from app.definition import Catalog, Entity
from app.orm.overrides import overrides_of
from app.record import Overruling
from app.record.overrule import LONGEST_REASON
from app.web.api.answers import not_found
from app.web.api.bodies import BESIDE, CLOSED, read_override, read_withdrawal
from app.web.api.described import schema_name
from app.web.api.records import change_record, of_entity
from app.web.context import RequestState


class OverridesApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """Overrules computed values and withdraws that."""

    route_base = "/api/v1/<string:entity>/<string:id>/overrides"
    openapi_spec_tag = "Overrides"

    @expose("/<string:field>", methods=("PUT",))  # type: ignore[untyped-decorator]
    @of_entity("update")
    def put(self, state: RequestState, entity: Entity, id: str, field: str) -> Response:  # noqa: A002 - of the route
        """Let another value count than the computed one."""
        if not _is_there(state, entity, field):
            return not_found()
        value, reason, sent = read_override()
        return change_record(state, entity, id, sent, {field: Overruling(value, reason)})

    @expose("/<string:field>", methods=("DELETE",))  # type: ignore[untyped-decorator]
    @of_entity("update")
    def delete(self, state: RequestState, entity: Entity, id: str, field: str) -> Response:  # noqa: A002
        """Let the computed value count again."""
        if not _is_there(state, entity, field):
            return not_found()
        return change_record(state, entity, id, read_withdrawal(), {field: None})


def _is_there(state: RequestState, entity: Entity, field: str) -> bool:
    """Whether the caller may know that the field can be overruled."""
    return field in overrides_of(entity) and field_rights(state.store.catalog, state.actor, entity.key).sees(field)


def override_paths(catalog: Catalog, actor: Actor, entity: Entity, values: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI says of the fields that the actor may overrule; `values` are their shapes. Nothing where there are none."""
    allowed = isinstance(decide(catalog, actor, "update", entity.key), Allowed)
    return {
        f"/api/v1/{entity.key}/{{id}}/overrides/{key}": _path(entity, key, values[key]) for key in values if allowed
    }


def saved_schema(entity: Entity) -> dict[str, Any]:
    """The shape of what an API answers with one record."""
    record = {"$ref": f"#/components/schemas/{schema_name(entity.key)}"}
    seen = {"allOf": [record], "nullable": True, "description": "Null where the caller gave it out of his own sight."}
    properties = {
        "id": {"type": "string"},
        "result": seen,
        **({"overrides": OVERRIDES} if overrides_of(entity) else {}),
    }
    return {"type": "object", "required": ["id", "result"], "properties": properties}


def _path(entity: Entity, key: str, shape: dict[str, Any]) -> dict[str, Any]:
    result = saved_schema(entity)
    answers = {
        "200": {"description": "The record.", "content": {"application/json": {"schema": result}}},
        "default": {"$ref": "#/components/responses/Problem"},
    }
    reason = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON}
    body = {
        **CLOSED,
        "required": ["value", "reason"],
        "properties": {"value": shape, "reason": reason, **BESIDE},
    }
    beside = {**CLOSED, "properties": BESIDE}
    return {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "put": {
            "operationId": f"overrule_{entity.key}_{key}",
            "tags": [entity.key],
            "summary": "Let another value count than the computed one",
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": answers,
        },
        "delete": {
            "operationId": f"withdraw_{entity.key}_{key}",
            "tags": [entity.key],
            "summary": "Let the computed value count again",
            "requestBody": {"required": False, "content": {"application/json": {"schema": beside}}},
            "responses": answers,
        },
    }


OVERRIDES: dict[str, Any] = {
    "type": "object",
    "description": "Computed values that are overruled, by field.",
    "readOnly": True,
    "additionalProperties": {
        "type": "object",
        "properties": {
            "computed": {"description": "What would be computed; of an amount the company's value."},
            "by": {"$ref": "#/components/schemas/Reference"},
            "at": {"type": "string", "format": "date-time"},
            "reason": {"type": "string"},
        },
    },
}
