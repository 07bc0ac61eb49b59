"""Deleting records: who may delete what, with what hangs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.access import Actor
from app.orm.store import Store
from app.record.batch import refused
from app.record.decide import deny_verb, is_id, missing, read_rows
from app.record.dependents import check_restrictions, check_rights, collect
from app.record.people import check_administrators
from app.record.put_away import put_away
from app.record.refusal import Door, Refusal, Refused, Saved
from app.record.unit import Unit, in_unit
from app.record.upward import derive_upward


def delete(
    store: Store,
    actor: Actor,
    entity: str,
    ids: Sequence[int],
    *,
    door: Door,
    versions: Mapping[int, int] | None = None,
) -> Saved | Refused:
    """Deletes records with what hangs on them, as `on_delete` says: all of it or nothing. `versions` are those that were read,
    by id: another one is refused, and none comes between the comparison and the deletion.

    Raises StaleRevision when another revision is applied than the store was built for.
    """
    return in_unit(store, actor, door, lambda unit: _delete(unit, entity, ids, versions or {}))


def _delete(unit: Unit, entity: str, ids: Sequence[int], versions: Mapping[int, int]) -> Saved | Refused:
    refusals = missing(entity, ids, () if deny_verb(unit, "read", entity, 1) else [each for each in ids if is_id(each)])
    if refusals or not ids:
        return refused(refusals) if refusals else Saved((), ())
    stored = read_rows(unit, entity, ids, ["delete"])
    refusals = missing(entity, ids, stored) + [
        Refusal("access.denied", index=index, record=record, entity=entity, variant="delete")
        for index, record in enumerate(ids)
        if record in stored and not stored[record]["may_delete"]
    ]
    refusals += [
        Refusal("record.changed", None, {"version": stored[record]["version"]}, index, record, entity, "unknown")
        for index, record in enumerate(ids)
        if record in stored and versions.get(record, stored[record]["version"]) != stored[record]["version"]
    ]
    if refusals:
        return refused(refusals)
    doomed = collect(unit, entity, {record: index for index, record in reversed(list(enumerate(ids)))})
    refusals = check_rights(doomed) or check_restrictions(doomed) or check_administrators(unit, doomed.by_entity)
    if refusals:
        return refused(refusals)
    put_away(doomed)
    derive_upward(unit)
    return Saved(tuple(ids), tuple(stored[record]["version"] for record in ids))
