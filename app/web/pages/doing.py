"""What is to be done is marked done with one click, through the one write path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.definition.duty import DONE, STATUS, are_to_do
from app.record import Change, Refused, update
from app.web import context
from app.web.pages import refusals
from app.web.pages.posted import whole_number
from app.web.pages.records import find, name_of
from app.web.security.answers import safe_next

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def done(view: EntityDesk, record_id: int) -> Response:
    """POST /<entity>/<id>/done: `version`, and `back` to the page that it was asked from.

    Raises NotFound for what is nothing to do, and for what is out of sight.
    """
    if not are_to_do(view.catalog, view.entity_key):
        raise NotFound
    row = find(view, record_id, [view.entity.name_field])
    name, here = name_of(view, row), f"{view.address}{record_id}"
    target = safe_next(request.form.get("back", here))
    context.current().close_session()
    change = Change(record_id, {STATUS: DONE}, whole_number(request.form.get("version", "")))
    outcome = update(view.store, view.actor, view.entity_key, [change], door="form")
    if isinstance(outcome, Refused):
        return refusals.back(view, outcome, target)
    if target == here and record_id in outcome.out_of_sight:
        target = view.address
    return view.go(target, "record.done", name=name)
