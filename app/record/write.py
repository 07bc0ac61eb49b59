"""Creating and changing records: the entry of the write path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.access import Actor
from app.orm.store import Store
from app.record.batch import Batch, Row, is_grave, refused
from app.record.decide import deny_verb, is_id, missing, read_stored
from app.record.parts import take_parts
from app.record.refusal import Change, Door, New, Refusal, Refused, Saved
from app.record.rules import clean_reasons
from app.record.steps import carry_out, prepare
from app.record.unit import Then, Unit, in_unit


def create(
    store: Store,
    actor: Actor,
    entity: str,
    rows: Sequence[Mapping[str, object] | New],
    *,
    door: Door,
    then: Then | None = None,
) -> Saved | Refused:
    """Creates records: all of them or none. Values are taken raw, as JSON, forms and files give them.

    A row may be `New`, which says what is confirmed besides.

    `then` may read what was saved before it is committed (see `unit.in_unit`).
    Raises StaleRevision when another revision is applied than the store was built for.
    """
    return in_unit(store, actor, door, lambda unit: create_in(unit, entity, rows), then)


def update(
    store: Store, actor: Actor, entity: str, changes: Sequence[Change], *, door: Door, then: Then | None = None
) -> Saved | Refused:
    """Changes records: all of them or none. Fields that are not named stay; what is not different is not written.

    `then` may read what was saved before it is committed (see `unit.in_unit`).
    Raises StaleRevision when another revision is applied than the store was built for.
    """
    return in_unit(store, actor, door, lambda unit: update_in(unit, entity, changes), then)


def create_in(unit: Unit, entity: str, items: Sequence[Mapping[str, object] | New]) -> Saved | Refused:
    """Creates records within a unit of work that does more. Where it is refused, the whole unit must be."""
    rows = [item.values if isinstance(item, New) else item for item in items]
    refusals = deny_verb(unit, "create", entity, len(rows)) or _malformed(entity, rows)
    if refusals:
        return refused(refusals)
    if not rows:
        return Saved((), ())
    batch = Batch(unit, unit.blueprint(entity), True, [Row(index, 0, dict(row)) for index, row in enumerate(rows)])
    for row, item in zip(batch.rows, items, strict=True):
        if isinstance(item, New):
            row.confirm = item.confirm
    clean_reasons(batch)
    take_parts(batch)
    prepare(batch)
    return finish(batch)


def update_in(unit: Unit, entity: str, changes: Sequence[Change]) -> Saved | Refused:
    """Changes records within a unit of work that does more. Where it is refused, the whole unit must be."""
    batch = prepared_in(unit, entity, changes)
    return batch if isinstance(batch, Refused) else finish(batch)


def prepared_in(unit: Unit, entity: str, changes: Sequence[Change]) -> Batch | Refused:
    """The changes as they would be saved, with every refusal noted: nothing is written."""
    refusals = _deny_update(unit, entity, changes) or _malformed(entity, [change.values for change in changes])
    refusals += _named_twice(entity, changes)
    if refusals:
        return refused(refusals)
    rows = [
        Row(index, change.id if is_id(change.id) else 0, dict(change.values), overrule=change.overrule)
        for index, change in enumerate(changes)
    ]
    batch = Batch(unit, unit.blueprint(entity), False, rows)
    for row, change in zip(rows, changes, strict=True):
        row.confirm = change.confirm
    read_stored(batch, changes)
    if batch.refusals:
        return refused(batch.refusals)
    clean_reasons(batch)
    take_parts(batch)
    prepare(batch)
    return batch


def _deny_update(unit: Unit, entity: str, changes: Sequence[Change]) -> list[Refusal]:
    """Whoever may not update anything may still read, and is then told so instead of "not found"."""
    if not deny_verb(unit, "read", entity, 1):
        return []
    return missing(entity, [change.id for change in changes], ())


def finish(batch: Batch) -> Saved | Refused:
    """Saves what was prepared, where nothing of it is refused."""
    if batch.refusals:
        grave = [each for each in batch.refusals if is_grave(each)]
        return refused(grave or batch.refusals)
    every = batch.rows
    batch.rows = [row for row in every if row.changed or row.touched]
    gone = carry_out(batch) if batch.rows else ()
    if batch.refusals:
        return refused(batch.refusals)
    return Saved(tuple(row.id for row in every), tuple(row.values["version"] for row in every), gone)


def _malformed(entity: str, rows: Sequence[object]) -> list[Refusal]:
    return [
        Refusal("request.malformed", index=index, entity=entity)
        for index, row in enumerate(rows)
        if not isinstance(row, Mapping)
    ]


def _named_twice(entity: str, changes: Sequence[Change]) -> list[Refusal]:
    seen: set[object] = set()
    found = []
    for index, change in enumerate(changes):
        if not is_id(change.id):  # refused as missing, further on
            continue
        if change.id in seen:
            found.append(Refusal("request.malformed", index=index, record=change.id, entity=entity, variant="twice"))
        seen.add(change.id)
    return found
