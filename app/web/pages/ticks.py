"""The button that marks done what is to be done, wherever it is shown: tasks, and what is planned in timelines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.definition.duty import STATUS, are_to_do, is_to_do
from app.frozen import dataclass
from app.insight import Row
from app.insight.query import Reference

if TYPE_CHECKING:
    from app.web.pages.base import Desk


@dataclass(frozen=True)
class Tick:
    """The button: where it is sent, of which version, what it is called, and to which page it leads back."""

    action: str
    version: int
    name: str
    back: str


def columns_of(view: Desk, entity: str) -> tuple[str, ...]:
    """What must be known of records to offer the button; nothing where this person can't say that they are done."""
    rights = view.rights(entity)
    known = {STATUS, *_moment_of(view, entity)}
    if not are_to_do(view.catalog, entity) or not known <= rights.clear:
        return ()
    if STATUS not in rights.writable(creating=False) or not view.may("update", entity):
        return ()
    return (*known,)


def tick_of(view: Desk, entity: str, row: Row, name: str, back: str) -> Tick | None:
    """The button of a record that is still to be done; None where it is not, or lies ahead. `row` has the `columns_of`."""
    if not columns_of(view, entity) or not _is_to_do_now(view, entity, row.values):
        return None
    return Tick(f"/{entity}/{row.id}/done", row.version, name, back)


def own_tick_of(view: Desk, entity: str, row: Row, name: str, back: str) -> Tick | None:
    """As `tick_of`, of what is the reader's own: elsewhere than on its page others' work is not ticked off."""
    owner = row.values.get("owner")
    mine = isinstance(owner, Reference) and owner.entity == "user" and owner.id == view.actor.user_id
    return tick_of(view, entity, row, name, back) if mine else None


def _moment_of(view: Desk, entity: str) -> set[str]:
    """The field that says when it is to take place."""
    timeline = view.catalog.entities[entity].timeline
    return {timeline.at} - {"created_at", "updated_at"} if timeline is not None else set()


def _is_to_do_now(view: Desk, entity: str, values: Mapping[str, object]) -> bool:
    if not is_to_do(entity, values.get(STATUS)):
        return False
    moments = (values.get(key) for key in _moment_of(view, entity))
    return not any(isinstance(each, dt.datetime) and each > view.store.clock() for each in moments)
