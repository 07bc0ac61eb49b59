"""Forms that are not the whole one, as the conditions of their fields say: the composer of a timeline, what a move asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import jsonify
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.record.preview import foresee
from app.web import context
from app.web.pages.inputs import Input
from app.web.pages.live import Live, State
from app.web.pages.slots import field_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def judge(view: EntityDesk, live: Live, values: Mapping[str, object], record: int | None = None) -> State | None:
    """What the rules of a short form say where a save would be given these values; None where there are none."""
    seen = foresee(context.current().looking, view.entity_key, values, record) if live.rules else None
    return None if seen is None else State(live, seen)


def answer(view: EntityDesk, live: Live, values: Mapping[str, object], record: int | None = None) -> Response:
    """The outcomes for these values, as `answer` gives them. Raises NotFound for a record out of sight."""
    state = judge(view, live, values, record)
    if state is None and live.rules:
        raise NotFound
    response: Response = jsonify({} if state is None else state.answer())
    return response


def as_judged(state: State | None, made: Input) -> Input:
    """An input of a short form, as the conditions of its field say."""
    if state is None or field_of(made.name) not in {each.of for each in state.live.rules}:
        return made
    key = field_of(made.name)
    required = made.required or (key in state.required and made.kind != "check" and not made.readonly)
    return replace(made, hidden=key in state.hidden, required=required)
