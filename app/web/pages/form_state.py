"""What the conditions of an entity say of a form: as it is drawn, and while somebody types (`POST /<entity>/form/state`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import jsonify, request
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.wrappers import Response

from app.insight import Row
from app.insight.abilities import abilities
from app.record.conditions import conditions_of
from app.record.preview import Foreseen, as_stored, foresee
from app.web import context
from app.web.pages import lines
from app.web.pages.inputs import Typed, posted_value
from app.web.pages.live import Live, State, live_of, live_of_lines
from app.web.pages.posted import read_posted, values_of, whole_number
from app.web.pages.records import find
from app.web.pages.shapes import Shape
from app.web.pages.shapes import State as Shown
from app.web.pages.slots import joined, slots_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def judge(view: EntityDesk, shape: Shape, shown: Shown, row: Row | None) -> State | None:
    """What the conditions say of a form that shows this; None where there is none.

    One statement for a record as it is stored; what was typed is read as a save reads it.
    """
    live = live_of(view, shape.parts, shape.writable, creating=row is None)
    keeping = conditions_of(view.catalog, view.entity_key).read_only if row is not None else {}
    kept = [condition for key, condition in keeping.items() if key in shape.writable]
    of_lines = any(each.rules for each in tables_of(view, shape).values())
    if not live.rules and not kept and not of_lines:
        return None
    given = _given(view, shape, shown, row)
    if row is not None and not given:
        every = (*live.expressions, *kept)
        return State(live, as_stored(context.current().looking, view.entity_key, row.id, every))
    seen = foresee(context.current().looking, view.entity_key, given, row.id if row else None)
    return None if seen is None else State(live, seen)


def tables_of(view: EntityDesk, shape: Shape) -> dict[str, Live]:
    """The rules of the lines of a form, by the name of their table."""
    found = {}
    for part in shape.parts:
        link = lines.link_of(view, part)
        if link is not None:
            found[link.name] = live_of_lines(view, link, lines.columns_of(view, link, part))
    return found


def _given(view: EntityDesk, shape: Shape, shown: Shown, row: Row | None) -> dict[str, object]:
    """What a save would be given of a form that shows this."""
    found: dict[str, object] = {}
    for each, slot, _ in slots_of(view.catalog, shape.fields):
        typed = shown.typed.get(slot, Typed())
        if (
            each.key not in shape.writable
            or each.holds == "file"
            or _is_left(view, each.key, typed, shown.was.get(slot), row)
        ):
            continue
        found[slot] = posted_value(each, typed.value, view.formats.zone)
    values = joined(view.entity, found)
    if row is None or any(line.changed or not line.id for each in shown.lines.values() for line in each.rows):
        values |= {
            name: lines.values_of(view, shape.tables[name], lines.kept(each)) for name, each in shown.lines.items()
        }
    return values


def _is_left(view: EntityDesk, key: str, typed: Typed, was: str | None, row: Row | None) -> bool:
    """Whether an input says nothing: it holds what is stored; or, of a new record, who makes it, or nothing."""
    if row is not None:
        return typed.value == (was or "")
    return not typed.value or (key == "owner" and typed.value == str(view.actor.user_id))


def answer(view: EntityDesk, shape: Callable[[bool], Shape]) -> Response:
    """POST /<entity>/form/state?record=…: the outcomes for what is typed. `shape` gives the form of a new record, or of a
    stored one.
    """
    record = asked_record(view)
    form = shape(record is None)
    posted = read_posted(request.form, view.entity, form.tables)
    masked = frozenset(view.rights(view.entity_key).masks)
    values = values_of(posted, view.entity, view.formats.zone, masked=masked, creating=record is None)
    tokens: dict[str, list[str]] = {}
    for name, link in form.tables.items():
        sent = lines.read(request.form, name)
        if sent is not None:
            values[name] = lines.values_of(view, link, lines.kept(sent))
            tokens[name] = [line.token for line in lines.kept(sent).rows]
    seen = foresee(context.current().looking, view.entity_key, values, record)
    if seen is None:
        raise NotFound
    live = live_of(view, form.parts, form.writable, creating=record is None)
    said: dict[str, object] = {**State(live, seen).answer(), "lines": _of_lines(seen, tokens, tables_of(view, form))}
    response: Response = jsonify(said)
    return response


def _of_lines(seen: Foreseen, tokens: Mapping[str, list[str]], tables: Mapping[str, Live]) -> dict[str, object]:
    """The outcomes for lines, by the name of their table and their token."""
    return {
        name: {token: State(live, part).answer() for token, part in zip(tokens[name], seen.parts[name], strict=False)}
        for name, live in tables.items()
        if live.rules and name in tokens and name in seen.parts
    }


def asked_record(view: EntityDesk) -> int | None:
    """The record that is asked about; None for a new one. Who may not save it is not answered."""
    text = request.args.get("record", "")
    if not text:
        if not view.can("create"):
            raise Forbidden
        return None
    record = whole_number(text)
    if record is None:
        raise BadRequest
    find(view, record, [view.entity.name_field])
    if "update" not in abilities(view.session, view.actor, view.entity_key, record, ("update",)):
        raise Forbidden
    return record
