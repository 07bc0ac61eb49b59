"""Files by REST: one is sent alone, for a field; a record is then saved with its id. It is read at `/files/<id>`."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi, expose

from app.access import Actor, field_rights
from app.definition import Catalog, Entity, Field
from app.files import Place
from app.record import Refusal, Refused
from app.web import context
from app.web.api.answers import answer, malformed, not_found, refused
from app.web.uploads import take_in

PART = "file"


class FilesApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """Takes files in."""

    route_base = "/api/v1/<string:entity>/_files"
    openapi_spec_tag = "Files"

    @expose("/<string:field>", methods=("POST",))  # type: ignore[untyped-decorator]
    def post(self, entity: str, field: str) -> Response:
        """Keep a file for a record that is saved with it within a day."""
        state = context.current()
        described = state.store.catalog.entities.get(entity)
        if described is None or field not in described.fields or described.fields[field].holds != "file":
            return not_found()
        rights = field_rights(state.store.catalog, state.actor, entity)
        if field not in rights.creatable | rights.updatable:
            denied = Refusal("access.denied", field, entity=entity, params={"verb": "update"})
            return refused(Refused((denied,), "denied")) if rights.sees(field) else not_found()
        sent = request.files.getlist(PART)
        if len(sent) != 1:
            return malformed(f"Send one file, as the part “{PART}” of multipart/form-data.")
        taken = take_in(Place(entity, field), sent[0])
        if isinstance(taken, Refusal):
            return refused(Refused((taken,), "invalid"))
        return answer({"id": taken.id, "result": taken.wire()}, 201)


def file_paths(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, Any]:
    """What OpenAPI says of the files that the actor may send for an entity; nothing where there are none."""
    rights = field_rights(catalog, actor, entity.key)
    writable = rights.creatable | rights.updatable
    fields = [key for key, field in entity.fields.items() if field.holds == "file" and key in writable]
    if not fields:
        return {}
    names = {"name": "field", "in": "path", "required": True, "schema": {"type": "string", "enum": fields}}
    form = {"type": "object", "required": [PART], "properties": {PART: {"type": "string", "format": "binary"}}}
    made = {"type": "object", "properties": {"id": {"type": "string"}, "result": FILE}}
    operation = {
        "operationId": f"send_file_{entity.key}",
        "tags": [entity.key],
        "summary": "Send a file; save a record with its id within a day",
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
        "responses": {
            "201": {"description": "The file.", "content": {"application/json": {"schema": made}}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    return {f"/api/v1/{entity.key}/_files/{{field}}": {"parameters": [names], "post": operation}}


def sees_files(catalog: Catalog, actor: Actor, entity: Entity) -> bool:
    """Whether some field with files of the entity is in the actor's sight."""
    rights = field_rights(catalog, actor, entity.key)
    return any(field.holds == "file" and rights.sees(key) for key, field in entity.fields.items())


FILE = {"$ref": "#/components/schemas/File"}
FILE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "nullable": True,
    "properties": {
        **{name: {"type": "string"} for name in ("id", "name", "type", "url")},
        **{name: {"type": "integer"} for name in ("size", "width", "height")},
    },
}


def file_shape(field: Field, *, reading: bool) -> dict[str, Any]:
    """A file, or a list of them, as it is read; it is written by its id."""
    sent = {"type": "string", "nullable": True, "description": "The id of a file that was sent."}
    one: dict[str, Any] = dict(FILE) if reading else sent
    return {"type": "array", "items": one, "nullable": True} if field.many else one


READING: dict[str, Any] = {
    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
    "get": {
        "operationId": "read_file",
        "tags": ["files"],
        "summary": "The content of a file",
        "responses": {
            "200": {
                "description": "The content.",
                "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    },
}
