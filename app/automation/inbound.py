"""What other systems tell by hooks: one record is made, or the one that matches is changed, once for each key of the sender.

It passes the write path as any save does, in the name of a system actor that may do this and nothing besides. What was told
is remembered in the same unit of work, with the answer: who asks again gets it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.access import hook_actor
from app.definition.pack import Inbound
from app.frozen import dataclass
from app.orm.framework import received
from app.orm.store import Store
from app.record import Change, New, Refusal, Refused, Saved, Unit, create_in, in_unit, update_in
from app.record.outbox import write_event
from app.record.parsers import make_parser
from app.record.values import Bad

DOOR = "hook"


@dataclass(frozen=True)
class Told:
    """What came in. `keys` name it, each for good: the sender's own, and that of the signed message itself."""

    hook: Inbound
    keys: tuple[str, ...]
    digest: str  # of the body
    record: New


@dataclass(frozen=True)
class Taken:
    """What became of it. `same` is false where a key was used for another body before."""

    record: int
    made: bool
    same: bool = True


def take_in(store: Store, told: Told) -> Taken | Refused:
    """Makes or changes the record, unless that was done before. Raises StaleRevision."""
    found: list[Taken] = []
    roles = store.catalog.role_closure(frozenset(told.hook.roles))
    outcome = in_unit(store, hook_actor(told.hook.key, roles), DOOR, partial(_taken_in, told, found))
    return outcome if isinstance(outcome, Refused) else found[-1]


def _taken_in(told: Told, found: list[Taken], unit: Unit) -> Saved | Refused:
    before = _remembered(unit, told)
    if isinstance(before, Refused):
        return before
    if before is not None:
        found.append(before)
        return Saved((), ())
    matching = _matching(unit, told)
    if isinstance(matching, Refused):
        return matching
    outcome = _saved(unit, told, matching)
    if isinstance(outcome, Refused):
        return outcome
    taken = Taken(outcome.ids[0], matching is None)
    write_event(unit, told.hook.entity, f"inbound.{told.hook.key}", [taken.record], told.record.values)
    _remember(unit, told, taken)
    found.append(taken)
    return outcome


def _saved(unit: Unit, told: Told, matching: int | None) -> Saved | Refused:
    entity, sent = told.hook.entity, told.record
    if matching is None:
        return create_in(unit, entity, [sent])
    values = {key: value for key, value in sent.values.items() if key not in told.hook.match}
    return update_in(unit, entity, [Change(matching, values, confirm=sent.confirm)])


def _matching(unit: Unit, told: Told) -> int | Refused | None:
    """The record that is meant; None for one that is to be made. What should find it must be said, and find no two."""
    hook, entity = told.hook, unit.catalog.entities[told.hook.entity]
    if not hook.match:
        return None
    table = unit.models.tables[entity.key]
    query = sa.select(table.c.id).where(table.c.deleted_at.is_(None))
    refusals = []
    for key in hook.match:
        raw = told.record.values.get(key)
        value = None if raw is None or raw == "" else make_parser(unit.catalog, entity, entity.every_field[key])(raw)
        if isinstance(value, Bad):
            refusals.append(Refusal(value.code, key, value.params, entity=entity.key, variant=value.variant))
        elif value is None:
            refusals.append(Refusal("field.required", key, entity=entity.key))
        else:
            query = query.where(table.c[key] == value)
    if refusals:
        return Refused(tuple(refusals), "invalid")
    ids = list(unit.connection.execute(query.limit(2)).scalars())
    if len(ids) > 1:
        return Refused((Refusal("field.unique", hook.match[0], entity=entity.key),), "conflict")
    return ids[0] if ids else None


def _source(told: Told) -> str:
    return f"hook.{told.hook.key}"


def _remembered(unit: Unit, told: Told) -> Taken | Refused | None:
    """What became of it before; refused where that record is gone for good: it is not made anew."""
    here = sa.and_(received.c.source == _source(told), received.c.key.in_(told.keys))
    row = unit.connection.execute(sa.select(received).where(here).limit(1)).one_or_none()
    if row is None:
        return None
    if row.record is None:
        return Refused((Refusal("record.not_found", entity=told.hook.entity),), "not_found")
    return Taken(row.record, row.answer["made"], row.answer["digest"] == told.digest)


def _remember(unit: Unit, told: Told, taken: Taken) -> None:
    # Of two at the same moment one finds the key taken: its unit is done again, and finds what the other one did.
    about: dict[str, Any] = {"source": _source(told), "at": unit.at, "entity": told.hook.entity, "record": taken.record}
    answer: Mapping[str, object] = {"made": taken.made, "digest": told.digest}
    unit.connection.execute(sa.insert(received), [{**about, "key": key, "answer": answer} for key in told.keys])
