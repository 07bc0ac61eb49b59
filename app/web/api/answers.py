"""What a program gets: records as JSON, refusals as problems (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from app.definition import Catalog
from app.insight.labels import labels
from app.record import Refusal, Refused
from app.web import context
from app.web.errors import problem

_STATUS = {"invalid": 422, "denied": 403, "not_found": 404, "conflict": 409}


def answer(body: Mapping[str, Any], status: int = 200, version: int | None = None) -> Response:
    """A JSON answer; `version` becomes its ETag."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status, content_type="application/json")
    if version is not None:
        response.headers["ETag"] = f'"{version}"'
    return response


def not_found() -> Response:
    """What is not there and what may not be read: the same answer."""
    return problem(404, "record.not_found", "There is no such record.")


def malformed(text: str) -> Response:
    """A request that can't be read."""
    return problem(400, "request.malformed", text)


def refused(outcome: Refused) -> Response:
    """Why the write path saved nothing: every reason, in the language of the caller."""
    if outcome.status == "not_found":
        return not_found()
    state = context.current()
    names = _names_of_alike(outcome)
    errors = []
    for each in outcome.refusals:
        found = refusal_errors(state.store.catalog, each, state.language)
        records = [{"id": str(one), "label": names.get((each.entity, one))} for one in each.alike]
        errors += [{**error, "records": records} for error in found] if records else found
    first = outcome.refusals[0]
    status = 400 if first.code == "request.malformed" else _STATUS[outcome.status]
    more = {"confirmable": True} if outcome.confirmable else {}
    return problem(status, first.code, errors[0]["message"], errors=errors, **more)


def _names_of_alike(outcome: Refused) -> Mapping[tuple[str, int], str]:
    """The names of the records that refused ones look like: one statement, and none where there are none or nobody sees any."""
    if not context.current().is_logged_in:
        return {}
    wanted: dict[str, list[int]] = {}
    for each in outcome.refusals:
        if each.alike:
            wanted.setdefault(each.entity, []).extend(each.alike)
    return labels(context.current().session, wanted) if wanted else {}


def refusal_errors(catalog: Catalog, refusal: Refusal, language: str) -> list[dict[str, Any]]:
    """Entries of `errors`: field, code, message and the record's place in the list; `confirmable` for a warning. A conflict
    has one for each field that others changed.
    """
    changed = refusal.params.get("fields")
    fields = list(changed) if isinstance(changed, tuple) and changed else [refusal.path]
    message = refusal.text(language, catalog)
    more = {"confirmable": True} if refusal.confirmable else {}
    return [
        {"field": each, "code": refusal.code, "message": message, "index": refusal.index, **more} for each in fields
    ]
