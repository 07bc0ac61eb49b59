"""Asking for the approval that a move needs: a comment, typed on the record's page below its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.automation.approvals import NEEDED, ask_for
from app.record import Refused
from app.web import context
from app.web.pages import confirming, records, refusals
from app.web.pages.posted import whole_number
from app.web.pages.stages import Asking

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def needs_approval(refused: Refused) -> bool:
    """Whether nothing is missing but an approval that can be asked for."""
    return bool(refused.refusals) and all(each.code == NEEDED and not each.variant for each in refused.refusals)


def address(view: EntityDesk, record_id: int, field: str, to: object) -> str:
    """Where the approval of a move is asked for."""
    return f"{view.address}{record_id}/approval?{urlencode({'field': field, 'to': str(to)})}"


def ask(view: EntityDesk, record_id: int) -> Response:
    """GET and POST /<entity>/<id>/approval: `field`, `to`, `version`; posted with `comment`, it is asked for."""
    sent: Mapping[str, str] = request.form if request.method == "POST" else request.args
    field, to = sent.get("field", ""), sent.get("to", "")
    known = view.entity.fields.get(field)
    seen = known is not None and field in view.rights(view.entity_key).clear
    if known is None or not seen or known.type != "stage" or to not in view.catalog.choices(view.entity_key, field):
        raise BadRequest
    if request.method == "GET":
        return show(view, record_id, field, to)
    context.current().close_session()
    outcome = ask_for(
        view.store, view.actor, view.entity_key, record_id, to,
        field=field, comment=sent.get("comment", ""), door="form",
        confirm=confirming.reasons(view), version=whole_number(sent.get("version", "")),
    )  # fmt: skip
    if isinstance(outcome, Refused):
        if outcome.status == "not_found":
            raise NotFound
        return show(view, record_id, field, to, outcome)
    if outcome.approval is None:  # as the record is now it needs nobody: the move is made
        return view.go(f"{view.address}{record_id}", "record.moved", stage=_label(view, field, to))
    return view.go(f"{view.address}{record_id}", "approvals.said_sent")


def show(
    view: EntityDesk, record_id: int, field: str, to: str, refused: Refused | None = None, *, compared: bool = True
) -> Response:
    """The record with the form below its path; after a refusal with what is wrong, and what was typed. `compared`: against
    the version that the request names.
    """
    errors = refusals.texts(view, refused) if refused is not None and not needs_approval(refused) else ()
    kept = tuple(each for each in request.form.items(multi=True) if each[0].startswith(confirming.BOX))
    asking = Asking(
        field,
        to,
        _label(view, field, to),
        request.form.get("version", "") if compared else "",
        errors=errors,
        approval=True,
        comment=request.form.get("comment", ""),
        kept=kept,
    )
    status = 200 if refused is None else refusals.STATUS[refused.status]
    return records.show(view, record_id, once=asking, status=status)


def _label(view: EntityDesk, field: str, to: str) -> str:
    return view.catalog.choices(view.entity_key, field)[to].label.in_language(view.language) or to
