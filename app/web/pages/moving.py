"""Moving a record along its path. What the move needs first is asked for in place: a form of just these fields, saved with
the move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from app.automation.approvals import NEEDED
from app.definition import Field
from app.insight import Row
from app.insight.compound import Money
from app.record import Change, Refused, update
from app.record.conditions import conditions_of
from app.record.moves import asked_fields
from app.web import context
from app.web.pages import asking, confirming, records, refusals
from app.web.pages.form_files import take_files, with_files
from app.web.pages.form_state import asked_record
from app.web.pages.inputs import Input, InputMaker, Typed, typed_of
from app.web.pages.live import Live, live_of_some
from app.web.pages.live_page import live_block
from app.web.pages.posted import CONTROLS, Posted, read_posted, values_of, whole_number
from app.web.pages.short_forms import answer, as_judged, judge
from app.web.pages.stages import Asking

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

OWN = frozenset({"field", "to", *CONTROLS})
"""Names of the form that are no fields of the record; a field of such a name is asked for in the form of the record."""
_BLANK = (None, "", ())
_ASKED_FOR = frozenset({"stage.requires", "field.required"})


def move(view: EntityDesk, record_id: int) -> Response:
    """POST /<entity>/<id>/stage: `field`, `to`, `version`, and the fields that the move asked for."""
    form = request.form
    key, to = form.get("field", ""), form.get("to", "")
    known = view.entity.fields.get(key)
    if known is None or known.type != "stage":
        raise BadRequest
    posted, not_taken = take_files(view, _posted(view))
    masked = frozenset(view.rights(view.entity_key).masks)
    values = values_of(posted, view.entity, view.formats.zone, masked=masked, creating=False)
    context.current().close_session()
    version, confirm = whole_number(form.get("version", "")), confirming.reasons(view)
    change = Change(record_id, {**values, key: to}, version, confirm=confirm)
    outcome = not_taken or update(view.store, view.actor, view.entity_key, [change], door="form")
    target = f"{view.address}{record_id}"
    if isinstance(outcome, Refused):
        if outcome.status == "not_found":
            raise NotFound
        if asking.needs_approval(outcome):
            return _to_ask(view, change, key, outcome)
        needed = _asking(view, record_id, outcome, posted)
        if needed is None:
            return refusals.back(view, outcome, target)
        return records.show(view, record_id, once=needed, status=refusals.STATUS[outcome.status])
    if record_id in outcome.out_of_sight:
        return view.go(view.address, "record.out_of_sight")
    return view.go(target, "record.moved", stage=_label(view, key, to))


def _to_ask(view: EntityDesk, change: Change, key: str, refused: Refused) -> Response:
    """The form that asks for the approval, once what was filled in for the move is saved: those who decide see it."""
    to = str(change.values[key])
    values = {name: value for name, value in change.values.items() if name != key}
    if values:
        kept = replace(change, values=values)
        outcome = update(view.store, view.actor, view.entity_key, [kept], door="form")
        if isinstance(outcome, Refused):
            return refusals.back(view, outcome, f"{view.address}{change.id}")
    return asking.show(view, change.id, key, to, refused, compared=not values)


def _posted(view: EntityDesk) -> Posted:
    posted = read_posted(request.form, view.entity)
    return Posted({key: each for key, each in posted.raw.items() if key not in OWN}, {}, posted.names)


def _label(view: EntityDesk, key: str, to: str) -> str:
    stage = view.catalog.choices(view.entity_key, key).get(to)
    return "" if stage is None else stage.label.in_language(view.language) or to


def _asking(view: EntityDesk, record_id: int, refused: Refused, posted: Posted) -> Asking | None:
    """The form for what is missing; None where nothing that this person could fill in or confirm is."""
    if refused.status == "conflict":
        return None
    others = confirming.without_warnings(refused)
    fields = _missing(view, others, posted)
    warnings = confirming.warned(view, refused)
    if not fields and not warnings:
        return None
    named = {each.key for each in fields}
    errors: dict[str, list[str]] = {}
    for each in others.refusals:
        if each.code == NEEDED:
            continue  # asked for next
        errors.setdefault(str(each.field), []).append(refusals.text_of(view, each))
    key, to = request.form["field"], request.form["to"]
    followers = _followers(view, fields)
    row = records.find(view, record_id, [key, *_read_by(view, [*fields, *followers])])
    brought = [each for each in followers if row.values.get(each.key) in _BLANK]
    live = _live(view, [*fields, *brought], key, to, row.values.get(key), {each.key for each in brought})
    state = judge(view, live, {**_values(view, posted), key: to}, record_id)
    conditional = {each.of for each in live.rules if each.kind == "required"}
    inputs = [
        as_judged(state, replace(made, required=made.required and made.name not in conditional))
        for made in (
            *(_input(view, each, row, posted, _said(others, each, errors)) for each in fields),
            *(_input(view, each, row, posted, "") for each in brought),
        )
    ]
    query = urlencode({"record": record_id, "move": key, "brought": ",".join(each.key for each in brought)})
    return Asking(
        key,
        to,
        _label(view, key, to),
        request.form.get("version", ""),
        inputs,
        [text for name, texts in errors.items() if name not in named for text in texts],
        warnings,
        any(each.holds == "file" for each in (*fields, *brought)),
        live=Markup() if state is None else live_block(state, row, f"{view.address}form/state?{query}", {}, {}),
    )


def state(view: EntityDesk) -> Response:
    """POST /<entity>/form/state?record=12&move=stage&brought=…: what the form that a move asks for shows, for what is typed in
    it. Raises as `form_state.answer`.
    """
    record, key, to = asked_record(view), request.args["move"], request.form.get("to", "")
    known = view.entity.fields.get(key)
    if record is None or known is None or known.type != "stage":
        raise BadRequest
    posted = _posted(view)
    row = records.find(view, record, [key])
    inputs = _fitting(view, dict.fromkeys(name.partition(":")[0] for name in posted.raw))
    brought = set(request.args.get("brought", "").split(","))
    live = _live(view, inputs, key, to, row.values.get(key), brought)
    return answer(view, live, {**_values(view, posted), key: to}, record)


def _values(view: EntityDesk, posted: Posted) -> dict[str, object]:
    masked = frozenset(view.rights(view.entity_key).masks)
    return values_of(posted, view.entity, view.formats.zone, masked=masked, creating=False)


def _live(view: EntityDesk, inputs: list[Field], key: str, to: str, source: object, brought: set[str]) -> Live:
    lines = [each for each in view.entity.pipelines_of(key) if to in each.stages]
    always = {asked for each in lines for asked in asked_fields(each, source, to)}
    return live_of_some(view, inputs, brought=brought - always, always=always)


def _followers(view: EntityDesk, fields: list[Field]) -> list[Field]:
    """The fields that may be required once these are filled in: they wait in the form, out of sight."""
    conditions = conditions_of(view.catalog, view.entity_key).required
    found = {each.key for each in fields}
    waiting = [key for key in conditions if key not in found]
    while more := [key for key in waiting if not found.isdisjoint(conditions[key].keys)]:
        found.update(more)
        waiting = [key for key in waiting if key not in found]
    first = {each.key for each in fields}
    masks = view.rights(view.entity_key).masks
    return _fitting(view, [key for key in conditions if key in found - first and key not in masks])


def _read_by(view: EntityDesk, fields: list[Field]) -> list[str]:
    """These fields, and the lookups by which their conditions read other records."""
    paths = {path for each in live_of_some(view, fields).expressions for path in each.paths}
    ways = {path.partition(".")[0] for path in paths}
    return [each.key for each in fields] + sorted(ways & view.entity.every_field.keys())


def _missing(view: EntityDesk, refused: Refused, posted: Posted) -> list[Field]:
    """The fields that were asked for before, and those that are missing still, as far as they may be written."""
    asked = [str(each.field) for each in refused.refusals if each.code in _ASKED_FOR]
    waited = conditions_of(view.catalog, view.entity_key).required.keys() - set(asked)
    sent = (name.partition(":")[0] for name, value in posted.raw.items() if value or name not in waited)
    return _fitting(view, dict.fromkeys([*sent, *asked]))


def _fitting(view: EntityDesk, keys: Iterable[str]) -> list[Field]:
    """Those of the fields that can be asked for beside a move."""
    writable = view.rights(view.entity_key).writable(creating=False)
    known = view.entity.fields
    return [known[key] for key in keys if key in known and key in writable and key not in OWN and _is_typed(known[key])]


def _is_typed(field: Field) -> bool:
    return field.type != "stage" and not field.translated and not field.is_computed


def _said(refused: Refused, field: Field, errors: Mapping[str, list[str]]) -> str:
    """What is wrong with what was typed; that it is missing is what the form itself says."""
    given = request.form.get(field.key, "")
    told = [each for each in refused.refusals if each.field == field.key and (given or each.code not in _ASKED_FOR)]
    return " ".join(errors[field.key]) if told else ""


def _input(view: EntityDesk, field: Field, row: Row, posted: Posted, error: str) -> Input:
    rights = view.rights(view.entity_key)
    maker = InputMaker(
        view.catalog, view.entity_key, view.formats, rights.masks, "move-", partial(view.may, "read"), view.offers_new
    )
    value = row.values.get(field.key)
    typed = typed_of(value, view.formats.zone, view.language) if field.key not in rights.masks else Typed()
    if field.key in posted.raw:
        typed = posted.typed(field.key)
    currency = value.currency if isinstance(value, Money) else ""
    made = replace(maker.make(field, typed, error=error, currency=currency), required=field.type != "boolean")
    return with_files(view, made, value) if field.holds == "file" else made
