"""Editing one cell of a list in its place: the input on demand, then the cell as it is after the save."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import jsonify, request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.wrappers import Response

from app.insight.abilities import abilities
from app.insight.compound import Money
from app.record import Change, Refused, update
from app.web import context
from app.web.pages import asking, refusals
from app.web.pages.fragments import fragment
from app.web.pages.inputs import InputMaker, Typed, typed_of
from app.web.pages.lateness import Lateness
from app.web.pages.posted import posted_field, whole_number
from app.web.pages.record_state import not_offered, offered_stages
from app.web.pages.records import find

if TYPE_CHECKING:
    from app.definition import Field
    from app.web.pages.desk import EntityDesk


def cell(view: EntityDesk, record_id: int) -> Response:
    """GET and POST /<entity>/<id>/cell?field=…: an input as markup, or `{html, version}`; refused: `{error, code}`."""
    if not view.can("read"):
        raise NotFound
    field = _field(view)
    if request.method == "GET":
        return _input(view, record_id, field)
    value = posted_field(request.form, field, view.formats.zone)
    version = request.form.get("version", "")
    if field.key in view.rights(view.entity_key).masks and not value:
        return jsonify(html=_drawn(view, record_id, field)[0], version=whole_number(version) or 0)
    context.current().close_session()
    change = Change(record_id, {field.key: value}, whole_number(version))
    outcome = update(view.store, view.actor, view.entity_key, [change], door="inline")
    if isinstance(outcome, Refused):
        return _refused(view, outcome, asking.address(view, record_id, field.key, value))
    if record_id in outcome.out_of_sight:
        return jsonify(gone=True, message=view.t("record.out_of_sight"))
    html, fresh = _drawn(view, record_id, field)
    return jsonify(html=html, version=fresh, message=view.t("list.cell_changed"))


def _field(view: EntityDesk) -> Field:
    key = request.args.get("field", "")
    if key not in view.rights(view.entity_key).writable(creating=False):
        raise BadRequest
    return view.entity.every_field[key]


def _input(view: EntityDesk, record_id: int, field: Field) -> Response:
    row = find(view, record_id, [field.key])
    if "update" not in abilities(view.session, view.actor, view.entity_key, record_id, ("update",)):
        raise Forbidden
    closed = not_offered(view, record_id, field)
    if closed:
        response: Response = jsonify(error=closed)
        response.status_code = 409
        return response
    rights = view.rights(view.entity_key)
    value = row.values.get(field.key)
    masked = view.painter(view.entity_key, field.key)(value).text if field.key in rights.masks and value else ""
    maker = InputMaker(
        view.catalog, view.entity_key, view.formats, rights.masks, f"c{record_id}-", partial(view.may, "read")
    )
    typed = Typed() if field.key in rights.masks else typed_of(value, view.formats.zone, view.language)
    currency = value.currency if isinstance(value, Money) else ""
    made = offered_stages(view, field, maker.make(field, typed, masked=masked, currency=currency), value)
    html = fragment("fragments/cell_input.html", input=made)
    return jsonify(html=html, version=row.version)


def _drawn(view: EntityDesk, record_id: int, field: Field) -> tuple[Markup, int]:
    due = Lateness(view, view.entity_key, (field.key,))
    row = find(view, record_id, [field.key, *due.needed])
    shown = due.cell(row.values, field.key, view.painter(view.entity_key, field.key)(row.values.get(field.key)))
    return fragment("fragments/cell.html", cell=shown), row.version


def _refused(view: EntityDesk, refused: Refused, ask: str) -> Response:
    """What is wrong; of a move that lacks nothing but an approval also where that is asked for."""
    first = refused.refusals[0]
    offer = {"ask": ask, "action": view.t("approvals.ask")} if asking.needs_approval(refused) else {}
    response: Response = jsonify(error=refusals.sentence(view, refused), code=first.code, **offer)
    response.status_code = refusals.STATUS[refused.status]
    return response
