"""`/hooks/<name>`: what other systems tell us, signed with a secret that both sides know."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, request
from flask_appbuilder.api import BaseApi

from app.automation.inbound import Told, take_in
from app.definition import Catalog
from app.definition.grammars import variable_of
from app.definition.pack import Inbound
from app.delivery.signature import HEADER, signed_at
from app.delivery.variables import stated_secret
from app.record import Refused
from app.web import context
from app.web.api.answers import answer, malformed, not_found, refused
from app.web.api.bodies import BadRequestBody, read_records
from app.web.api.described import TEXT
from app.web.api.idempotency import LONGEST_KEY
from app.web.builder import route
from app.web.errors import problem
from app.web.security.gate import public
from app.web.security.lockout import Bucket, counted_as
from app.web.security.visitors import visitor

LARGEST_BODY = 256 * 1024  # bytes
CALLS = Bucket(size=300, per_second=10.0)  # of a hook, from an address


class HooksApi(BaseApi):  # type: ignore[misc]  # the library publishes no types
    """The hooks of pack.yaml. One whose secret is not set in the environment is not there."""

    route_base = "/hooks"
    openapi_spec_tag = "Hooks"

    @route("/<string:hook>", "POST")
    @public
    def call(self, hook: str) -> Response:
        """Make a record, or change the one that matches."""
        known = context.current().store.catalog.pack.inbound.get(hook)
        secret = stated_secret(variable_of(known.secret)) if known is not None else None
        if known is None or secret is None:
            return not_found()
        if not CALLS.take(f"{hook} {counted_as(visitor().address)}"):
            return problem(429, detail="Too many calls: try again in a minute.")
        request.max_content_length = LARGEST_BODY
        body = request.get_data()
        moment = int(context.current().store.clock().timestamp())
        signed = signed_at(secret, request.headers.get(HEADER, ""), body, moment)
        if signed is None:
            return problem(401, detail=f"{HEADER} does not sign this body with the secret, now.")
        try:
            return _taken(known, body, signed)
        except BadRequestBody as error:
            return malformed(str(error))


def _taken(hook: Inbound, body: bytes, at: int) -> Response:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise BadRequestBody(f"Idempotency-Key has at most {LONGEST_KEY} characters.")
    rows, is_list = read_records()
    if is_list:
        raise BadRequestBody("Send one record.")
    digest = hashlib.sha256(body).hexdigest()
    signed = hashlib.sha256(f"t={at}.".encode() + body).hexdigest()
    # The key is not signed: whoever overheard a message can't have it taken in anew under another one.
    keys = (f"key:{key}", f"signed:{signed}") if key else (f"signed:{signed}",)
    taken = take_in(context.current().store, Told(hook, keys, digest, rows[0]))
    if isinstance(taken, Refused):
        return refused(taken)
    if not taken.same:
        return problem(422, "request.malformed", "This Idempotency-Key was used for another request.")
    return answer({"id": str(taken.record), "result": None}, 201 if taken.made else 200)


def hook_paths(catalog: Catalog) -> dict[str, Any]:
    """What OpenAPI says of the hooks: each takes values of its entity, signed."""
    return {f"/hooks/{key}": {"post": _described(key, each)} for key, each in catalog.pack.inbound.items()}


def _described(key: str, hook: Inbound) -> dict[str, Any]:
    taken: dict[str, Any] = {"type": "object", "description": f"Values of {hook.entity}."}
    if hook.match:
        taken["required"] = sorted(hook.match)
    done = {
        "type": "object",
        "properties": {"id": TEXT, "result": {"nullable": True, "description": "Nothing is told."}},
    }
    content = {"application/json": {"schema": done}}
    headers = [
        (HEADER, True, "t=<seconds since 1970>,v1=<hex HMAC-SHA256 of `<t>.<body>` with the secret>"),
        ("Idempotency-Key", False, "The same key makes or changes the record once."),
    ]
    return {
        "operationId": f"hook_{key}",
        "tags": ["hooks"],
        "summary": f"Make a record of {hook.entity}, or change the one that matches",
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": must, "description": text, "schema": TEXT}
            for name, must, text in headers
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": taken}}},
        "responses": {
            "200": {"description": "It is changed.", "content": content},
            "201": {"description": "It is made.", "content": content},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
