"""What is encrypted, looked at by other means than a plan's: opened by the key alone, read and found as people do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from app.access import reading, system_actor
from app.insight.lists import list_records
from app.insight.query import BadQuery, Filter, ListQuery
from app.orm.framework import audit
from app.orm.models import BLIND_SUFFIX
from app.orm.sealed import Keys
from app.orm.store import Store
from app.plan import Plan
from app.plan.migrate import version
from app.plan.step import Kind, Step
from app.plan.tombstone import earlier_forms, read_tombstones
from tests.laws.state import Held

KEYS = Keys.of("a secret of the laws that nobody else has")
Values = Mapping[str, Mapping[Any, Any]]
_READER = system_actor("system:seed")
_SWITCHED = re.compile(r"^(\d+) of (\d+) rows convert(?!.*(?:; \d+ do|lose|take))")


def check_sealed(store: Store) -> None:
    """Everything encrypted is what the key opens, reads so in a list, and is found by its whole value alone."""
    for entity, whole in store.catalog.entities.items():
        table = store.models.tables[entity]
        for key, a_field in whole.fields.items():
            if not a_field.encrypted:
                continue
            place = f"{table.name}.{table.c[key].name}"
            with store.system_reading() as connection:
                cells = connection.execute(sa.text(f'SELECT id, "{table.c[key].name}" FROM "{table.name}"')).all()  # noqa: S608
            opened = {row: None if cell is None else KEYS.unseal(place, row, cell) for row, cell in cells}
            with reading(store, _READER) as session:
                page = list_records(session, _READER, ListQuery(entity, (key,), limit=1_000))
                assert {row.id: row.values[key] for row in page.rows} == opened, f"{entity}.{key} reads otherwise"
                has_digest = key + BLIND_SUFFIX in table.c
                assert has_digest or not (a_field.unique or a_field.indexed), f"{entity}.{key} has no digest"
                if not (a_field.unique or a_field.indexed):
                    continue
                for value in {each for each in opened.values() if each is not None}:
                    asked = ListQuery(entity, (key,), (Filter(key, "equals", (value,)),), limit=1_000)
                    try:
                        found = {row.id for row in list_records(session, _READER, asked).rows}
                    except BadQuery:  # of what is no address or number any more
                        continue
                    same = (str.casefold if a_field.ignore_case else str)(value)
                    alike = (
                        row for row, each in opened.items()
                        if each is not None and (each.casefold() if a_field.ignore_case else each) == same
                    )  # fmt: skip
                    assert found == set(alike), f"{entity}.{key} {value!r} finds {found}"


def lost_places(store: Store, plan: Plan) -> frozenset[tuple[str, str]]:
    """The physical columns, before a plan is applied, that go because nothing of them may stay in plain text."""
    found = set()
    with store.system_reading() as connection:
        tombstones = read_tombstones(connection, version(connection))
    for entity, key in (_called_before(plan, step) for step in plan.steps if _is_sealing(step)):
        column = store.models.tables[entity].c[key]
        place = f"{column.table.name}.{column.name}"
        for part in (place, *(part for each in earlier_forms(place, tombstones) for part in each.parts)):
            table, _, name = part.partition(".")
            found.add((table, name))
    return frozenset(found)


def check_switched(store: Store, plan: Plan, before: tuple[Held, Values], after: tuple[Held, Values]) -> None:
    """Of fields that become encrypted or stop being it: as many rows as were told, each with the value of before; and of what
    became encrypted nothing in the history.
    """
    for step in plan.steps:
        if not (_is_sealing(step) or _is_opening(step)):
            continue
        new = step.target
        old = ".".join(_called_before(plan, step))
        held = {row: cell for row, cell in before[1][old].items() if cell != (None,)}
        told = _SWITCHED.match(step.impact)
        assert bool(held) == bool(step.impact), f"{step.target}: {step.impact!r} of {len(held)} values"
        if told is not None and not _is_changed_otherwise(plan, step):
            assert {int(each) for each in told.groups()} == {len(held)}, f"{step.impact} of {len(held)}"
            if step.path[-1] == "sensitive":  # and not another type, too
                now = {row: cell for row, cell in after[1][new].items() if cell != (None,)}
                assert now == held, f"values of {new}"
        if _is_sealing(step):
            _check_history(store, new, {str(cell[0]) for cell in held.values()})


def _check_history(store: Store, place: str, values: set[str]) -> None:
    entity, _, key = place.partition(".")
    former = store.models.former
    with store.system_reading() as connection:
        lines = connection.execute(sa.select(audit.c.changes, audit.c.revision).where(former.written_of(audit, entity)))
        for changes, revision in lines:
            said = former.today(entity, revision, changes or {}).get(key)
            assert not values.intersection(_leaves(said)), f"the history tells {place}: {json.dumps(changes)}"


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    elif value is not None:
        yield str(value)


def _is_sealing(step: Step) -> bool:
    return step.kind is Kind.CHANGE_TYPE and "is kept encrypted" in step.detail


def _is_opening(step: Step) -> bool:
    return step.kind is Kind.CHANGE_TYPE and "no longer encrypted" in step.detail


def _is_changed_otherwise(plan: Plan, step: Step) -> bool:
    """Whether another step speaks of its rows' values, too."""
    others = (each for each in plan.steps if each is not step and each.target == step.target)
    return any(each.impact for each in others) or any("emptied" in each.impact for each in plan.steps)


def _called_before(plan: Plan, step: Step) -> tuple[str, str]:
    """Entity and key of a step's field before the plan."""
    entity, _, key = step.target.partition(".")
    for each in plan.steps:
        if each.kind is Kind.RENAME_FIELD and " → " in each.target:
            old, new = each.target.split(" → ")
            if (old.partition(".")[0], new) == (entity, key):
                key = old.partition(".")[2]
    for each in plan.steps:
        if each.kind is Kind.RENAME_ENTITY:
            old, new = each.target.split(" → ")
            if new == entity:
                entity = old
    return entity, key
