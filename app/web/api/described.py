"""Pieces of the OpenAPI description that resources beside the records share."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string"}
BLANK: dict[str, Any] = {"type": "string", "nullable": True}
WHEN: dict[str, Any] = {"type": "string", "format": "date-time"}
NO_TIME: dict[str, Any] = {**WHEN, "nullable": True}
OURS = frozenset(
    {"Approval", "AuditLine", "Clock", "Delivery", "File", "Login", "Problem", "Reference", "Review", "TeamPlace"}
)
"""Names of schemas that no entity gives. Operations beside those of records are named by verbs of their own, such as `read_`."""


def schema_name(entity: str) -> str:
    """The name of the schema of an entity: `QuoteLine`. One that is ours already gets a name that no entity can have, for keys hold
    no capitals: the entity `delivery` is `Delivery_Record`.
    """
    name = "".join(part.capitalize() for part in entity.split("_"))
    return f"{name}_Record" if name in OURS else name


def operation(name: str, tag: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    """An operation that answers 200 with this, or a problem."""
    answers = {
        "200": {"description": "As it is now.", "content": {"application/json": {"schema": schema}}},
        "default": {"$ref": "#/components/responses/Problem"},
    }
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": answers}


def parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """One of the query."""
    return {"name": name, "in": "query", "schema": schema}


def page_of(name: str) -> dict[str, Any]:
    """A list of things with that schema, and the cursor of what follows."""
    listed = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    return {"type": "object", "properties": {"result": listed, "next": BLANK}}


def one_of(name: str) -> dict[str, Any]:
    """One thing with that schema."""
    return {"type": "object", "properties": {"id": TEXT, "result": {"$ref": f"#/components/schemas/{name}"}}}
