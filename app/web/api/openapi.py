"""The OpenAPI description of what the caller may see and do: nothing hidden from him is named."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_appbuilder.api import BaseApi, expose

from app.access import Actor, Allowed, decide, field_rights
from app.definition import Catalog, Entity, Field, Verb
from app.definition.composite import ADDRESS_PARTS
from app.definition.currencies import COMPANY_SUFFIX, converted_fields
from app.definition.duty import TASK
from app.definition.entity import ASSIGNABLE_FIELDS
from app.insight.service_levels import seen_levels
from app.orm.companions import text_columns
from app.record.approving import has_approvals
from app.web import context
from app.web.api.answers import answer
from app.web.api.approvals import APPROVAL_ANSWER, APPROVAL_SCHEMA, ASKING, approval_paths
from app.web.api.audit import AUDIT_SCHEMA, audit_paths, reads_audit
from app.web.api.bodies import BESIDE, CLOSED
from app.web.api.deliveries import DELIVERY_SCHEMA, delivery_paths, sees_deliveries
from app.web.api.described import schema_name
from app.web.api.files import FILE_SCHEMA, READING, file_paths, file_shape, sees_files
from app.web.api.hooks import hook_paths
from app.web.api.overrides import override_paths, saved_schema
from app.web.api.record_teams import PLACE_SCHEMA, team_paths
from app.web.api.reveals import reveal_paths
from app.web.api.reviews import REVIEW_SCHEMA, review_paths
from app.web.api.service_levels import CLOCK_SCHEMA, service_level_paths
from app.web.errors import PROBLEM

PATCHABLE_VERBS: tuple[Verb, ...] = ("create", "update", "delete", "restore", "transition")
_SHAPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "decimal": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "description": "A decimal number as text."},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "option": {"type": "string"},
    "time": {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?$", "description": "A time of day."},
    "duration": {"type": "string", "description": "An ISO 8601 duration such as PT2H30M."},
    "location": {
        "type": "object",
        "required": ["latitude", "longitude"],
        "properties": {name: {"type": "string", "description": "Degrees."} for name in ("latitude", "longitude")},
    },
    "json": {"description": "Any JSON value."},
    "address": {"type": "object", "properties": {name: {"type": "string"} for name in ADDRESS_PARTS}},
}
_REFERENCE = {"$ref": "#/components/schemas/Reference"}
_PROBLEM = {"$ref": "#/components/responses/Problem"}


class OpenApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """Serves the description."""

    resource_name = "openapi.json"
    openapi_spec_tag = "OpenAPI"

    @expose("", methods=("GET",))  # type: ignore[untyped-decorator]
    def get(self) -> Response:
        """The description for the caller."""
        state = context.current()
        return answer(describe(state.store.catalog, state.actor))


def describe(catalog: Catalog, actor: Actor) -> dict[str, Any]:
    """The OpenAPI 3.0 document of the entities that `actor` may read or create."""
    visible = [entity for entity in catalog.entities.values() if _may(catalog, actor, "read", entity.key)]
    parts = [entity for entity in visible if entity.is_part]
    visible = [entity for entity in visible if not entity.is_part]
    paths: dict[str, Any] = {"/api/v1/security/login": {"post": _login()}}
    schemas: dict[str, Any] = {"Reference": _reference(), "Problem": _problem(), "Login": _login_body()}
    for entity in visible:
        paths.update({**_paths(catalog, actor, entity), **file_paths(catalog, actor, entity)})
        paths.update(override_paths(catalog, actor, entity, _overridable(catalog, actor, entity)))
        paths.update(reveal_paths(catalog, actor, entity))
        paths.update(team_paths(catalog, actor, entity))
        if entity.record_team:
            schemas["TeamPlace"] = PLACE_SCHEMA
        schemas[_name(entity)] = _record(catalog, actor, entity)
        schemas[f"{_name(entity)}Values"] = _values(catalog, actor, entity)
    for entity in parts:
        paths.update(file_paths(catalog, actor, entity))
        schemas[_name(entity)] = _part(catalog, actor, entity, reading=True)
        schemas[f"{_name(entity)}Values"] = _part(catalog, actor, entity, reading=False)
    if any(sees_files(catalog, actor, entity) for entity in (*visible, *parts)):
        paths["/files/{id}"], schemas["File"] = READING, FILE_SCHEMA
    if catalog.approvals:
        paths.update(approval_paths())
        schemas["Approval"] = APPROVAL_SCHEMA
    if catalog.reviews and any(entity.key == TASK for entity in visible):
        paths.update(review_paths())
        schemas["Review"] = REVIEW_SCHEMA
    _add_duties(catalog, actor, paths, schemas)
    return {
        "openapi": "3.0.3",
        "info": {"title": str(catalog.pack.label) or catalog.pack.key or "Tenon", "version": catalog.hash[:12] or "1"},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"Problem": _json("Why it was refused.", {"$ref": "#/components/schemas/Problem"}, PROBLEM)},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _add_duties(catalog: Catalog, actor: Actor, paths: dict[str, Any], schemas: dict[str, Any]) -> None:
    """What happens by itself: the clocks in sight; for administrators what left the house, and what may come in; for
    auditors what was done.
    """
    if seen_levels(catalog, actor):
        paths.update(service_level_paths())
        schemas["Clock"] = CLOCK_SCHEMA
    if sees_deliveries(catalog, actor):
        paths.update({**delivery_paths(), **hook_paths(catalog)})
        schemas["Delivery"] = DELIVERY_SCHEMA
    if reads_audit(catalog, actor):
        paths.update(audit_paths())
        schemas["AuditLine"] = AUDIT_SCHEMA


def _may(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> bool:
    return isinstance(decide(catalog, actor, verb, entity), Allowed)


def _name(entity: Entity) -> str:
    return schema_name(entity.key)


def _paths(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, Any]:
    base = f"/api/v1/{entity.key}/"
    may = {verb: _may(catalog, actor, verb, entity.key) for verb in PATCHABLE_VERBS}
    collection = {"get": _list_operation(entity)}
    if may["create"]:
        collection["post"] = _operation(
            entity, "create", "Create one record or a list of them", body=True, status="201"
        )
    one: dict[str, Any] = {"parameters": [_id()], "get": _operation(entity, "get", "Read a record")}
    if may["update"]:
        one["put"] = _operation(entity, "replace", "Replace all writable fields", body=True)
        one["patch"] = _operation(entity, "change", "Change the fields that are sent", body=True)
    if may["delete"]:
        one["delete"] = _operation(entity, "delete", "Delete a record", status="204")
    paths: dict[str, Any] = {base: collection, f"{base}{{id}}": one, f"{base}_info": {"get": _info_operation(entity)}}
    if may["restore"]:
        restore = _operation(entity, "restore", "Restore a deleted record")
        paths[f"{base}{{id}}/restore"] = {"parameters": [_id()], "post": restore}
    if may["transition"] and entity.pipelines:
        move = _operation(entity, "transition", "Move to a stage")
        sent: dict[str, Any] = {"to": {"type": "string"}, **BESIDE}
        if has_approvals(catalog, entity.key):
            sent["approval"] = ASKING
            move["responses"]["202"] = _json("The approval that waits now.", APPROVAL_ANSWER)
        move["requestBody"] = _body({**CLOSED, "required": ["to"], "properties": sent})
        paths[f"{base}{{id}}/transition"] = {"parameters": [_id()], "post": move}
    return paths


def _id() -> dict[str, Any]:
    return {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def _operation(entity: Entity, what: str, summary: str, *, body: bool = False, status: str = "200") -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{what}_{entity.key}",
        "tags": [entity.key],
        "summary": summary,
        "responses": {status: _answer(entity, what), "default": _PROBLEM},
    }
    if body:
        values = {"$ref": f"#/components/schemas/{_name(entity)}Values"}
        several = {"anyOf": [values, {"type": "array", "items": values, "minItems": 1}]}
        operation["requestBody"] = _body(several if what == "create" else values)
    return operation


def _list_operation(entity: Entity) -> dict[str, Any]:
    names = ("filter", "sort", "cursor", "search", "columns", "q", "count")
    parameters: list[dict[str, Any]] = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names]
    parameters.append({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}})
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{_name(entity)}"}}
    count = {"type": "integer", "nullable": True, "description": "Exact up to 1,000; null above."}
    page = {"result": items, "count": count, "next": {"type": "string", "nullable": True}}
    return {
        "operationId": f"list_{entity.key}",
        "tags": [entity.key],
        "summary": "A page of records",
        "parameters": parameters,
        "responses": {"200": _json("A page.", {"type": "object", "properties": page}), "default": _PROBLEM},
    }


def _info_operation(entity: Entity) -> dict[str, Any]:
    return {
        "operationId": f"info_{entity.key}",
        "tags": [entity.key],
        "summary": "Fields, options and rights of the caller",
        "responses": {"200": _json("The entity.", {"type": "object"}), "default": _PROBLEM},
    }


def _record(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, Any]:
    rights = field_rights(catalog, actor, entity.key)
    shapes = {key: _shape(catalog, entity, entity.every_field[key], reading=True) for key in rights.visible}
    shapes |= {key + COMPANY_SUFFIX: _in_company(catalog) for key in converted_fields(entity) if key in shapes}
    return {
        "type": "object",
        "properties": {**shapes, "id": {"type": "string"}, **_lists_of_parts(catalog, entity, "")},
    }


def _values(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, Any]:
    rights = field_rights(catalog, actor, entity.key)
    writable = rights.writable(creating=True) | rights.writable(creating=False)
    fields = [field for key, field in entity.every_field.items() if key in writable]
    properties = {field.key: _shape(catalog, entity, field, reading=False) for field in fields}
    lists = _lists_of_parts(catalog, entity, "Values")
    return {**CLOSED, "properties": {**properties, **BESIDE, **lists}}


def _overridable(catalog: Catalog, actor: Actor, entity: Entity) -> dict[str, Any]:
    """The shapes of the computed fields that the actor may overrule."""
    keys = field_rights(catalog, actor, entity.key).overridable
    return {key: _shape(catalog, entity, field, reading=False) for key, field in entity.fields.items() if key in keys}


def _lists_of_parts(catalog: Catalog, entity: Entity, form: str) -> dict[str, Any]:
    return {
        link.name: {
            "type": "array",
            "items": {"$ref": f"#/components/schemas/{_name(catalog.entities[link.entity])}{form}"},
        }
        for link in catalog.parts_of(entity.key).values()
    }


def _part(catalog: Catalog, actor: Actor, entity: Entity, *, reading: bool) -> dict[str, Any]:
    """A part within its whole: its fields and its id, by which a list that is sent names those that stay."""
    rights = field_rights(catalog, actor, entity.key)
    writable = rights.writable(creating=True) | rights.writable(creating=False)
    keys = rights.visible if reading else writable
    fields = [field for key, field in entity.fields.items() if key in keys and key != entity.parent_field]
    shapes = {field.key: _shape(catalog, entity, field, reading=reading) for field in fields}
    return {**({"type": "object"} if reading else CLOSED), "properties": {"id": {"type": "string"}, **shapes}}


def _shape(catalog: Catalog, entity: Entity, field: Field, *, reading: bool) -> dict[str, Any]:
    if field.is_list:
        return _list(catalog, entity, field, reading=reading)
    if field.holds == "any":
        return _any_reference(field)
    if field.holds == "reference":
        # A reference beside other keywords would hide them (OpenAPI 3.0), so the title goes without.
        return dict(_REFERENCE) if reading else {"type": "string", "nullable": True, "title": str(field.label)}
    if field.translated:
        return _texts(catalog, field, reading=reading)
    if field.holds == "file":
        return file_shape(field, reading=reading)
    shape: dict[str, Any] = {**_SHAPES[field.holds], "title": str(field.label)}
    if field.key in converted_fields(entity):
        shape["description"] = "A decimal number as text, as it was entered: in the currency of the record."
    if field.holds != "boolean":
        shape["nullable"] = True
    choices = catalog.choices(entity.key, field.key)
    if choices:
        shape["enum"] = [*choices, None]
    shape |= _limits(field)
    if reading and (field.is_computed or (field.system and field.key not in ASSIGNABLE_FIELDS)):
        shape["readOnly"] = True
    return shape


def _limits(field: Field) -> dict[str, Any]:
    if field.type == "rating":
        return {"minimum": 1, "maximum": field.stars}
    if field.type == "rich_text":
        return {"maxLength": field.length_limit, "description": "HTML; what is not allowed in it is left out."}
    return {"maxLength": field.length_limit} if field.holds == "text" and field.length_limit else {}


def _list(catalog: Catalog, entity: Entity, field: Field, *, reading: bool) -> dict[str, Any]:
    """A list: of options, of tags, or of links, which are written as ids or with the link's own fields."""
    if field.holds == "references":
        own = {key: _shape(catalog, entity, each, reading=reading) for key, each in field.own_fields.items()}
        link: dict[str, Any] = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, **own}}
        if field.of_several:
            link = {
                **link,
                "required": ["entity", "id"],
                "properties": {"entity": {"type": "string"}, **link["properties"]},
            }
        link["properties"]["label"] = {"type": "string", "nullable": True, "readOnly": True}
        items: dict[str, Any] = link if reading else {"anyOf": [{"type": "string"}, link]}
    else:
        items = dict(_SHAPES["option"])
        if field.holds == "tags":
            items["maxLength"] = field.length_limit
        else:
            items["enum"] = list(catalog.choices(entity.key, field.key))
    return {"type": "array", "items": items, "nullable": not reading, "title": str(field.label)}


def _any_reference(field: Field) -> dict[str, Any]:
    """Points to a record of one of several entities, which are not named: the caller may not know them all."""
    label = {"type": "string", "nullable": True, "readOnly": True}
    properties = {"entity": {"type": "string"}, "id": {"type": "string"}, "label": label}
    return {
        "type": "object", "nullable": True, "required": ["entity", "id"], "properties": properties,
        "title": str(field.label),
    }  # fmt: skip


def _texts(catalog: Catalog, field: Field, *, reading: bool) -> dict[str, Any]:
    """A text for each language; what is written may also be one text, in the language of the caller."""
    text = {"type": "string", "nullable": True, "maxLength": field.length_limit}
    properties = dict.fromkeys(text_columns(catalog, field), text)
    texts = {"type": "object", "nullable": True, "properties": properties, "additionalProperties": False}
    return {**(texts if reading else {"anyOf": [texts, text]}), "title": str(field.label)}


def _in_company(catalog: Catalog) -> dict[str, Any]:
    said = (
        f"The same in {catalog.pack.currency.company}, by the rate of the record. Filters and sorts compare this value."
    )
    return {**_SHAPES["decimal"], "description": said, "nullable": True, "readOnly": True}


def _answer(entity: Entity, what: str) -> dict[str, Any]:
    """What an operation answers: a list of new records with their ids alone."""
    if what == "delete":
        return {"description": "Done."}
    one = saved_schema(entity)
    if what != "create":
        return _json("The record.", one)
    made = {"type": "object", "properties": {"id": {"type": "string"}, "version": {"type": "integer"}}}
    listed = {"result": {"type": "array", "items": made}, "count": {"type": "integer"}}
    many = {"type": "object", "required": ["result", "count"], "properties": listed}
    return _json("The record, or of a list the ids in its order.", {"anyOf": [one, many]})


def _json(description: str, schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": schema}}}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _reference() -> dict[str, Any]:
    label = {"type": "string", "nullable": True, "description": "Null when it is not the caller's to see."}
    return {"type": "object", "nullable": True, "properties": {"id": {"type": "string"}, "label": label}}


def _problem() -> dict[str, Any]:
    error: dict[str, Any] = {
        "field": {"type": "string", "nullable": True},
        "code": {"type": "string"},
        "message": {"type": "string"},
    }
    error |= {"index": {"type": "integer"}, "confirmable": {"type": "boolean"}}
    alike = {
        "type": "array",
        "items": _REFERENCE,
        "description": "Records that it looks like, which the caller may read.",
    }
    error["records"] = alike
    names = ("type", "title", "code", "detail")
    properties: dict[str, Any] = {name: {"type": "string"} for name in names}
    properties["status"] = {"type": "integer"}
    properties["confirmable"] = {"type": "boolean", "description": "Whether all of it may be confirmed: see `confirm`."}
    properties["errors"] = {"type": "array", "items": {"type": "object", "properties": error}}
    return {"type": "object", "properties": properties}


def _login_body() -> dict[str, Any]:
    properties = {
        "username": {"type": "string"},
        "password": {"type": "string", "format": "password"},
        "code": {"type": "string", "description": "Of the second factor, where the person has one."},
    }
    return {"type": "object", "required": ["username", "password"], "properties": properties}


def _login() -> dict[str, Any]:
    token = {"type": "object", "properties": {"access_token": {"type": "string"}}}
    return {
        "operationId": "login",
        "tags": ["security"],
        "summary": "A token for a name and a password",
        "security": [],
        "requestBody": _body({"$ref": "#/components/schemas/Login"}),
        "responses": {"200": _json("The token.", token), "default": _PROBLEM},
    }
