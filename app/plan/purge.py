"""Purging: what a tombstone stands for goes for good, once its date has come. One transaction, and a revision of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.orm.framework import consent, file, record_team, stage_move
from app.plan.apply import ApplyRefused, CannotApply
from app.plan.drift import fingerprint_of
from app.plan.lock import DeploymentBusy, switching
from app.plan.migrate import version
from app.plan.overwritten import forget_places
from app.plan.pair import counted
from app.plan.plan import Plan
from app.plan.render import step_to_json
from app.plan.revision import AppliedRevision, find_revision, reading, write_revision
from app.plan.shape import read_schema
from app.plan.step import Kind, Step
from app.plan.tombstone import Tombstone, forget_tombstones, read_tombstones


def purge_plan(engine: Engine, name: str, day: dt.date) -> Plan | ApplyRefused:
    """What purging everything removed under `name` (`entity` or `entity.field`) on that day would do. Changes nothing."""
    with reading(engine) as connection:
        try:
            return _plan_of(connection, _purgeable(connection, name, day))
        except CannotApply as refusal:
            return refusal.refused


def purge(engine: Engine, plan: Plan, actor_name: str, day: dt.date) -> AppliedRevision | ApplyRefused:
    """Carries out a plan of `purge_plan`: tables, columns, files and moves between stages go, the audit stays. Refused when
    anything has moved since.
    """
    try:
        with switching(engine) as connection:
            tombstones = _purgeable(connection, plan.steps[0].target, day)
            fresh = _plan_of(connection, tombstones)
            if not plan.is_same_change(fresh):
                return ApplyRefused("PLN501", "the tables have changed since", fresh)
            return _purge(connection, tombstones, fresh, actor_name)
    except CannotApply as refusal:
        return refusal.refused
    except DeploymentBusy:
        return ApplyRefused("PLN502", "another apply is at work, or a long transaction holds a table; try again", plan)


def _purgeable(connection: Connection, name: str, day: dt.date) -> list[Tombstone]:
    """The tombstones of that name whose date has come, and with an entity those of fields that it had lost before."""
    every = read_tombstones(connection, version(connection))
    named = [each for each in every if each.name == name]
    if not named:
        known = ", ".join(sorted({each.name for each in every})[:5]) or "none"
        raise CannotApply(ApplyRefused("PLN509", f"there is no tombstone of {name}; there are: {known}"))
    due = [each for each in named if each.kept_until <= day]
    if not due:
        until = min(each.kept_until for each in named)
        raise CannotApply(ApplyRefused("PLN509", f"{name} is kept until {until}"))
    tables = {part for each in due for part in each.parts if "." not in part}
    return [*due, *(each for each in every if each.place.partition(".")[0] in tables and each not in due)]


def _plan_of(connection: Connection, tombstones: Sequence[Tombstone]) -> Plan:
    applied = find_revision(connection)
    assert applied is not None, "a tombstone belongs to a revision"
    return Plan(
        pack=applied.catalog.pack.key or str(applied.catalog.pack.label),
        before=applied.catalog.hash,
        after=applied.catalog.hash,
        revision=applied.number,
        fingerprint=fingerprint_of(read_schema(connection), version(connection)),
        steps=[_step(each) for each in tombstones],
    )


def _step(each: Tombstone) -> Step:
    filled = "" if each.is_entity else f", {each.filled:,} filled"
    impact = f"{counted(each.rows, 'row')}{filled} when it was removed"
    return Step(kind=Kind.PURGE, target=each.name, detail=each.place, impact=impact, risk="destructive")


def _purge(connection: Connection, tombstones: Sequence[Tombstone], plan: Plan, actor_name: str) -> AppliedRevision:
    applied = find_revision(connection)
    assert applied is not None, "a tombstone belongs to a revision"
    tables = {part for each in tombstones for part in each.parts if "." not in part}
    sql = [f"DROP TABLE {table}" for table in sorted(tables, key=len, reverse=True)]  # lists before their entity
    for place in sorted({part for each in tombstones for part in each.parts if "." in part}):
        table, _, column = place.partition(".")
        if table not in tables:
            quoted = connection.dialect.identifier_preparer.quote(column)
            sql.append(f"ALTER TABLE {table} DROP COLUMN {quoted}")
    for statement in sql:
        connection.exec_driver_sql(statement)
    forget_tombstones(connection, (each.place for each in tombstones))
    forget_places(connection, (part for each in tombstones for part in each.parts))
    kept = {each.name for each in read_tombstones(connection, version(connection))} | _names_in_use(applied)
    for name in {each.name for each in tombstones} - kept:  # another place may hold values of the same name
        _forget(connection, name)
    done = replace(applied, number=applied.number + 1, names=_names_left(applied.names, tombstones))
    write_revision(connection, done, [step_to_json(step) for step in plan.steps], sql, actor_name, "purge")
    return done


def _names_in_use(applied: AppliedRevision) -> set[str]:
    """`entity` and `entity.field` of all that the applied catalog has."""
    entities = applied.catalog.entities
    return {*entities, *(f"{key}.{field}" for key, entity in entities.items() for field in entity.fields)}


def _forget(connection: Connection, name: str) -> None:
    """What else was kept of it: files, whose contents are cleared away as those of any file are, moves between stages,
    consents and places on teams of records.
    """
    entity, _, field = name.partition(".")
    for table in (file, stage_move, consent):
        here = [table.c.entity == entity, *([table.c.field == field] if field else [])]
        connection.execute(sa.delete(table).where(*here))
    if not field:
        connection.execute(sa.delete(record_team).where(record_team.c.entity == entity))


def _names_left(names: Mapping[str, str], tombstones: Sequence[Tombstone]) -> dict[str, str]:
    """The physical names without those of what went; a field that was added since under an old key keeps its own."""
    places = {each.name: each.place.rpartition(".")[2] for each in tombstones}
    entities = {each.name for each in tombstones if each.is_entity}
    return {
        key: name for key, name in names.items() if key.partition(".")[0] not in entities and places.get(key) != name
    }
