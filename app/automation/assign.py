"""Giving records to people: to the one who is meant, or to one of several by turns, by load, or by skill.

In an automation that a new record starts it is done in the save itself, so that no record is without an owner meanwhile.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.automation.changing import change
from app.automation.doing import DONE, Act, Doing
from app.automation.who import people_for, people_of
from app.definition import Action, Automation, Catalog
from app.definition.action import Assign
from app.definition.memory import remembered
from app.expression import BOOL, Checked, get_expression
from app.orm.counters import add_to_counter
from app.orm.tuples import among
from app.record import Refusal, Refused, Saved, Unit
from app.record.batch import Batch, Row
from app.record.conditions import holds
from app.record.facts import find_facts, needs_of
from app.record.paths import read_records

SKILLS = "skills"
"""The field of people that says what they can do: tags, or several options of a picklist."""
Candidates = Mapping[int, tuple[int, ...]]


def _assign(doing: Doing, _read: object) -> Saved | Refused:
    said = doing.action.assign
    assert said is not None
    automation = doing.unit.catalog.automations.get(doing.source.partition(".")[2])
    if automation is not None and is_of_the_save(doing.unit.catalog, automation, doing.action):
        return DONE  # done long ago
    candidates = people_of(doing.unit, doing.entity, doing.records, said.to)
    rows: Mapping[int, Mapping[str, Any]] = {}
    if said.by == "skill":
        rows = read_records(doing.unit, doing.entity, _told(doing.unit.catalog, doing.entity), doing.records)
    name = f"{doing.source}.{doing.action.key}"
    nobody = [place for place, record in enumerate(doing.records) if not candidates.get(record)]
    if nobody:
        return Refused(tuple(Refusal("field.required", "owner", index=place, variant="nobody") for place in nobody))
    owners = chosen(doing.unit, doing.entity, said, name, candidates, rows)
    return change(doing, {record: {"owner": owner} for record, owner in owners.items()})


ASSIGN = Act(_assign)


def assign_rows(batch: Batch, rows: list[Row]) -> dict[int, int]:
    """Of new rows those that automations give to somebody, by their place in the batch: the last that fits counts."""
    unit, entity = batch.unit, batch.entity
    every = assigning(unit.catalog, entity)
    conditions = [
        condition for automation, _ in every if (condition := _condition(unit.catalog, automation)) is not None
    ]
    if conditions:
        find_facts(batch, needs_of(unit.catalog, entity, conditions))
    owners: dict[int, int] = {}
    for automation, action in every:
        said, condition = action.assign, _condition(unit.catalog, automation)
        assert said is not None
        meant = {
            row.index: row.values
            for row in rows
            if condition is None or holds(condition.evaluate, row.values, {}, unit.context, otherwise=False)
        }
        if meant:
            name = f"automation.{automation.key}.{action.key}"
            owners |= chosen(unit, entity, said, name, people_for(unit, entity, meant, said.to), meant)
    return owners


def assigning(catalog: Catalog, entity: str) -> tuple[tuple[Automation, Action], ...]:
    """The automations, each with its action, that give new records of an entity to somebody in the save itself."""
    found: Mapping[str, tuple[tuple[Automation, Action], ...]] = remembered(
        catalog, "assigning", lambda: _assigning(catalog)
    )
    return found.get(entity, ())


def _assigning(catalog: Catalog) -> Mapping[str, tuple[tuple[Automation, Action], ...]]:
    found: dict[str, list[tuple[Automation, Action]]] = {}
    for automation in catalog.automations.values():
        for action in automation.actions.values():
            if is_of_the_save(catalog, automation, action):
                found.setdefault(automation.entity, []).append((automation, action))
    return {entity: tuple(each) for entity, each in found.items()}


def is_of_the_save(catalog: Catalog, automation: Automation, action: Action) -> bool:
    """Whether an action is carried out in the save that makes the record, and not by its event."""
    if action.assign is None or automation.trigger.event != "create" or automation.mode != "live":
        return False
    condition = _condition(catalog, automation)
    return condition is None or "rule" in condition.profiles


def _condition(catalog: Catalog, automation: Automation) -> Checked | None:
    if automation.when is None:
        return None
    return get_expression(catalog, automation.entity, automation.when, BOOL, "server")


def chosen(
    unit: Unit,
    entity: str,
    said: Assign,
    name: str,
    candidates: Candidates,
    rows: Mapping[int, Mapping[str, Any]],
) -> dict[int, int]:
    """By record to whom it goes; those for whom nobody is meant are left out. `name` tells the turns of one action from those
    of others, `rows` are the values of the records.
    """
    meant = {record: people for record, people in candidates.items() if people}
    if said.by == "round_robin":
        return dict(_by_turns(unit, name, meant))
    if said.by in {"least_open", "skill"} and meant:
        everyone = sorted({each for people in meant.values() for each in people})
        skills = _skills(unit, everyone) if said.by == "skill" else {}
        return dict(_by_load(meant, _open_of(unit, entity, everyone), skills, rows))
    return {record: people[0] for record, people in meant.items()}


def _by_turns(unit: Unit, name: str, candidates: Candidates) -> Iterator[tuple[int, int]]:
    """Those who are meant together have turns of their own; a unit that is rolled back takes none."""
    together: dict[tuple[int, ...], list[int]] = {}
    for record, people in candidates.items():
        together.setdefault(people, []).append(record)
    for people, records in sorted(together.items()):
        group = zlib.crc32(repr(people).encode())
        last = add_to_counter(unit.connection, f"turn:{name}:{group:08x}", len(records))
        for place, record in enumerate(records):
            yield record, people[(last - len(records) + place) % len(people)]


def _by_load(
    candidates: Candidates, loads: dict[int, int], skills: Mapping[int, set[str]], rows: Mapping[int, Mapping[str, Any]]
) -> Iterator[tuple[int, int]]:
    """To whom has most of the skills that the record names, of several to whom has the least to do, the first of these."""
    for record, people in candidates.items():
        named = set(_texts(rows.get(record, {}).values())) if skills else set()
        best = min(people, key=lambda each: (-len(named & skills.get(each, set())), loads[each]))
        loads[best] += 1
        yield record, best


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for each in values:
        if isinstance(each, str):
            yield each.casefold()
        elif isinstance(each, tuple):
            yield from _texts(each)


def _told(catalog: Catalog, entity: str) -> list[str]:
    """The fields that may name a skill: options and tags."""
    fields = catalog.entities[entity].fields.values()
    return [each.key for each in fields if each.type in {"picklist", "tags"}]


def _skills(unit: Unit, people: Sequence[int]) -> dict[int, set[str]]:
    if SKILLS not in unit.catalog.entities["user"].fields:
        return {}
    found = read_records(unit, "user", (SKILLS,), people)
    return {person: set(_texts(row[SKILLS] or ())) for person, row in found.items()}


def _open_of(unit: Unit, entity: str, people: Sequence[int]) -> dict[int, int]:
    """How many open records each of them owns: in no closing stage, where the entity has stages."""
    table = unit.models.tables[entity]
    query = sa.select(table.c.owner, sa.func.count()).where(
        among(table.c.owner, "ids", unit.connection.dialect), table.c.deleted_at.is_(None)
    )
    for field, closed in _closed(unit.catalog, entity).items():
        query = query.where(sa.or_(table.c[field].is_(None), table.c[field].not_in(closed)))
    found = unit.connection.execute(query.group_by(table.c.owner), {"ids": list(people)})
    return dict.fromkeys(people, 0) | {row[0]: row[1] for row in found}


def _closed(catalog: Catalog, entity: str) -> dict[str, list[str]]:
    """By field of stages those that close."""
    found: dict[str, set[str]] = {}
    for pipeline in catalog.entities[entity].pipelines.values():
        stages = {key for key, each in pipeline.stages.items() if each.category != "open"}
        found.setdefault(pipeline.field, set()).update(stages)
    return {field: sorted(stages) for field, stages in found.items()}
