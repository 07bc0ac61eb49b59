"""Carries a deletion out: into the bin, or for good where the entity says `soft_delete: false`."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from app.delivery.signature import BELIEVED
from app.orm.framework import consent, delivery, held, received, record_team, sla_clock, stage_move
from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX
from app.orm.search import delete_search_rows
from app.orm.types import AnyId
from app.record.approving import has_approvals, settle_cleared, void_of
from app.record.audit import Changes, changes_of, to_wire, write_audit
from app.record.decide import in_parts
from app.record.dependents import Doomed
from app.record.many import erase_lists, forget_overwritten, pointing_lists, read_whole_lists
from app.record.outbox import write_event
from app.record.outdated import note_linking, note_stored, note_touched
from app.record.people import retire_people
from app.record.pointers import Pointer, blanks_of, pointers_to
from app.record.unit import Unit


def put_away(doomed: Doomed, *, forgotten: bool = False) -> None:
    """Carries the deletion out, whose rights and restrictions were looked at. What follows from it waits. What is to be
    `forgotten` goes for good, and not into the audit either.
    """
    deletion = secrets.token_hex(8)
    _note(doomed)
    for pointer, records in doomed.cleared.items():
        _clear(doomed.unit, pointer, records, deletion)
    kept = {
        key: [(record, None) for record in sorted(records)] if forgotten else _values(doomed.unit, key, records)
        for key, records in doomed.by_entity.items()
        if forgotten or _is_hard(doomed, key)
    }
    for entity, records in doomed.by_entity.items():
        if entity not in kept:
            _put_into_bin(doomed.unit, entity, sorted(records), deletion)
    for entity in kept:
        _let_go(doomed.unit, entity, sorted(doomed.by_entity[entity]))
    for entity in kept:
        _erase(doomed.unit, entity, sorted(doomed.by_entity[entity]))
    for entity, records in doomed.by_entity.items():
        ids = sorted(records)
        if entity == "user":
            retire_people(doomed.unit, ids)
        delete_search_rows(doomed.unit.connection, entity, ids)
        void_of(doomed.unit, entity, ids)
        entries: Iterable[tuple[int, Changes | None]] = kept.get(entity) or [(record, None) for record in ids]
        write_audit(doomed.unit, entity, "delete", entries, deletion)
        if doomed.unit.catalog.part_link(entity) is None:
            write_event(doomed.unit, entity, "delete", ids, ())


def _note(doomed: Doomed) -> None:
    """What computed fields of others follow from what goes, and from what is cleared."""
    for entity, records in doomed.by_entity.items():
        note_stored(doomed.unit, entity, records)
        note_linking(doomed.unit, entity, records)
    for pointer, pointing in doomed.cleared.items():
        note_touched(doomed.unit, pointer.entity, pointing.keys(), frozenset((pointer.field,)))


def _is_hard(doomed: Doomed, entity: str) -> bool:
    return not doomed.unit.catalog.keeps_deleted(entity)


def _clear(unit: Unit, pointer: Pointer, records: Mapping[int, int], deletion: str) -> None:
    """A derived change of other records: no right is asked for, their version stays, one line of audit and one event."""
    table = unit.models.tables[pointer.entity]
    for some in in_parts(sorted(records)):
        values = {**blanks_of(pointer), "changed_seq": unit.changed_seq}
        unit.connection.execute(sa.update(table).where(table.c.id.in_(some)).values(values))
    entries = [(record, {pointer.field: [_to_wire(pointer, pointed), None]}) for record, pointed in records.items()]
    write_audit(unit, pointer.entity, "clear", entries, deletion)
    write_event(unit, pointer.entity, "update", sorted(records), [pointer.field])
    settle_cleared(unit, pointer.entity, records, pointer.field)


def _to_wire(pointer: Pointer, pointed: int) -> Any:
    return {"entity": pointer.target, "id": str(pointed)} if pointer.holds == "any" else to_wire("reference", pointed)


def _put_into_bin(unit: Unit, entity: str, ids: list[int], deletion: str) -> None:
    table = unit.models.tables[entity]
    mark = {
        "deleted_at": unit.at,
        "deleted_by": unit.actor.user_id,
        "deletion": deletion,
        "changed_seq": unit.changed_seq,
    }
    for some in in_parts(ids):
        unit.connection.execute(sa.update(table).where(table.c.id.in_(some)).values(mark))


def _values(unit: Unit, entity: str, records: Iterable[int]) -> list[tuple[int, Changes | None]]:
    """What a record that goes for good held, for the audit: nothing else keeps it."""
    table, described = unit.models.tables[entity], unit.catalog.entities[entity]
    blueprint = unit.blueprint(entity)
    nothing: dict[str, Any] = dict.fromkeys(blueprint.blank)
    entries: list[tuple[int, Changes | None]] = []
    lists = {each.field.key: read_whole_lists(unit, each, list(records)) for each in unit.models.many_of(entity)}
    for some in in_parts(sorted(records)):
        for row in unit.connection.execute(sa.select(table).where(table.c.id.in_(some))).mappings():
            old = {column.key: row[column] for column in table.columns}
            old |= {key: values.get(old["id"]) for key, values in lists.items()}
            for key in blueprint.anys:
                old[key] = AnyId(old[key + ENTITY_SUFFIX], old[key]) if old[key] is not None else None
            filled = [key for key in described.fields if old[key] is not None]
            entries.append((old["id"], changes_of(described, blueprint.compounds, old, nothing, filled)))
    return entries


def _let_go(unit: Unit, entity: str, ids: list[int]) -> None:
    """What lies in the bin, or goes there now, stops pointing to what goes for good."""
    for pointer in pointers_to(unit.catalog, entity):
        if pointer.field == "created_by":  # remembers, without a constraint
            continue
        table = unit.models.tables[pointer.entity]
        for some in in_parts(ids):
            if pointer.holds == "references":
                many = unit.models.many[many_key(pointer.entity, pointer.field)]
                if has_approvals(unit.catalog, pointer.entity):
                    losing = [
                        record
                        for record, _ in unit.connection.execute(pointing_lists(unit, many, pointer.target, some))
                    ]
                    settle_cleared(unit, pointer.entity, losing, pointer.field)
                links = many.table
                there = (links.c.value.in_(some), *many.leading_to(links.c.__getitem__, pointer.target))
                unit.connection.execute(sa.delete(links).where(*there))
                continue
            update = sa.update(table).where(table.c[pointer.field].in_(some))
            if pointer.holds == "any":
                update = update.where(table.c[pointer.field + ENTITY_SUFFIX] == pointer.target)
            unit.connection.execute(update.values({**blanks_of(pointer), "changed_seq": unit.changed_seq}))


def _erase(unit: Unit, entity: str, ids: list[int]) -> None:
    table = unit.models.tables[entity]
    for some in in_parts(ids):
        erase_lists(unit, entity, some)
        for log in (stage_move, consent):
            unit.connection.execute(sa.delete(log).where(log.c.entity == entity, log.c.record.in_(some)))
        slas = [each.key for each in unit.catalog.slas.values() if each.entity == entity]
        if slas:
            unit.connection.execute(sa.delete(sla_clock).where(sla_clock.c.sla.in_(slas), sla_clock.c.record.in_(some)))
        forget_traffic(unit, entity, some)
        forget_overwritten(unit, entity, some)
        placed = (record_team.c.entity == entity, record_team.c.record.in_(some), record_team.c.position.is_not(None))
        nowhere = {"position": None, "changed_seq": unit.changed_seq}  # another record may get the number
        unit.connection.execute(sa.update(record_team).where(*placed).values(nowhere))
        unit.connection.execute(sa.delete(table).where(table.c.id.in_(some)))


def forget_traffic(unit: Unit, entity: str, ids: Collection[int]) -> None:
    """What waits to be told of records that go for good is not sent any more; what was told keeps that it was, without words."""
    d, r = delivery.c, received.c
    here = sa.and_(d.entity == entity, d.record.in_(ids))
    over: dict[str, Any] = {"claim": None, "claimed_until": None, "state": "dropped", "ended_at": unit.at}
    # A dead one goes along: somebody could have it sent again.
    unit.connection.execute(sa.update(delivery).where(here, d.state.in_(("waiting", "dead"))).values(over))
    blank: dict[str, Any] = {"content": {}, "target": "", "answer": None, "touched_at": unit.at}
    unit.connection.execute(sa.update(delivery).where(here).values(blank))
    came = sa.and_(r.entity == entity, r.record.in_(ids))
    # Who heard a message could send it again as long as it counts: its key stays that long, and nothing else.
    fresh = sa.and_(came, r.source.startswith("hook."), r.at > unit.at - BELIEVED)
    unit.connection.execute(sa.update(received).where(fresh).values(entity=None, record=None, answer=None))
    unit.connection.execute(sa.delete(received).where(came))
    watching = [each.key for each in unit.catalog.automations.values() if each.entity == entity]
    if watching:
        unit.connection.execute(sa.delete(held).where(held.c.automation.in_(watching), held.c.record.in_(ids)))
