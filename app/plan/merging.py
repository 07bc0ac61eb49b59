"""Options and stages that become another one: how many rows hold them, and what is written instead, rows in the bin too."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.orm.many import Many, many_key
from app.orm.models import Models, key_column, unique_keys
from app.plan.approvals_turned import count_to_turn, turn_approvals
from app.plan.cells import BATCH, held_cells
from app.plan.check import Finding, find
from app.plan.holders import value_column
from app.plan.overwritten import Keeping, Place, place_of_column
from app.plan.pair import counted
from app.plan.question import Merged
from app.plan.stage_moves import move_all
from app.plan.step import Block


@find.register
def _merged(check: Merged, connection: Connection, models: Models) -> Finding:
    option = check.held_as or check.option
    count = sum(_count(connection, models, place, option) for place in check.fields)
    is_stage = models.catalog.get_field(*check.fields[0][:2]).type == "stage"
    asking = sum(count_to_turn(connection, models, place, option) for place in check.fields) if is_stage else 0
    turned = f"{counted(asking, 'open approval')} ask{'s' if asking == 1 else ''} for {check.by} instead"
    if not count:
        return Finding(turned if asking else "")
    repeated = [each for each in check.fields if _meets_itself(connection, models, each, check)]
    if repeated:
        reason = f"{counted(count, 'row')}; {', '.join('.'.join(each) for each in repeated)} is in a key that some would share"
        return Finding(reason, Block("PLN525", reason, "make them different first, or drop the key"))
    verb = "move to" if is_stage else "become"
    verb = verb if count > 1 else "moves to" if is_stage else "becomes"
    impact = f"{counted(count, 'row')} {verb} {check.by}"
    return Finding(f"{impact}; {turned}" if asking else impact, risk="destructive")


def _meets_itself(connection: Connection, models: Models, place: tuple[str, ...], check: Merged) -> bool:
    """Whether rows that a key holds apart would be equal."""
    entity, key = models.catalog.entities[place[0]], place[1]
    c = models.tables[place[0]].c
    for fields in unique_keys(entity).values():
        if key not in fields:
            continue
        becomes = sa.case((c[key] == (check.held_as or check.option), check.by), else_=c[key])
        columns = [becomes if each == key else c[key_column(entity, each)] for each in fields]
        filled = sa.and_(c.deleted_at.is_(None), *(c[each].is_not(None) for each in fields))
        told = sa.select(*(each.label(f"c{number}") for number, each in enumerate(columns))).where(filled).subquery()
        query = sa.select(sa.literal(1)).select_from(told).group_by(*told.c).having(sa.func.count() > 1).limit(1)
        if connection.execute(query).first() is not None:
            return True
    return False


def _count(connection: Connection, models: Models, place: tuple[str, ...], option: str) -> int:
    column = value_column(models, place)
    query = sa.select(sa.func.count()).select_from(column.table).where(column == option)
    found: int = connection.execute(query).scalar_one()
    return found


def merge_option(keeping: Keeping, models: Models, place: tuple[str, ...], merged: Merged, mark: int) -> int:
    """Writes the other option into all rows that hold this one, and returns how many did. Lists have it once. Records in a
    stage move to the other, whatever guards it. What they held is kept.
    """
    connection = keeping.connection
    count = _count(connection, models, place, merged.option)
    entity, key, *own = place
    is_stage, way = models.catalog.get_field(entity, key).type == "stage", (merged.option, merged.by)
    if not count:
        if is_stage:
            turn_approvals(keeping, models, (entity, key), way, mark)
        return 0
    if own:
        column = value_column(models, place)
        keeping.option(column, merged.option, merged.by)
        values = {column: merged.by, column.table.c.changed_seq: mark}
        connection.execute(sa.update(column.table).where(column == merged.option).values(values))
        return count
    table, many = models.tables[entity], models.many.get(many_key(entity, key))
    if many is None:
        keeping.option(table.c[key], merged.option, merged.by)
    if is_stage:
        move_all(connection, models, (entity, key), way, mark)
        turn_approvals(keeping, models, (entity, key), way, mark)
        return count
    if many is None:
        here = table.c[key] == merged.option
        connection.execute(sa.update(table).where(here).values({table.c[key]: merged.by, table.c.changed_seq: mark}))
        return count
    links = many.table
    _keep_lists(keeping, models, many, merged)
    touched = sa.select(links.c.record).where(links.c.value == merged.option)
    connection.execute(sa.update(table).where(table.c.id.in_(touched)).values({table.c.changed_seq: mark}))
    other = links.alias()
    has_both = sa.select(other.c.record).where(other.c.value == merged.by)
    here = links.c.value == merged.option
    connection.execute(sa.delete(links).where(here, links.c.record.in_(has_both)))
    connection.execute(sa.update(links).where(here).values({links.c.value: merged.by, links.c.changed_seq: mark}))
    return count


def _keep_lists(keeping: Keeping, models: Models, many: Many, merged: Merged) -> None:
    c, place, last = many.table.c, place_of_column(many.table.c.value), 0
    records = sa.select(c.record).where(c.value == merged.option).order_by(c.record).limit(BATCH)
    while ids := keeping.connection.execute(records.where(c.record > last)).scalars().all():
        held = held_cells(keeping.connection, models, many.entity, many.field.key, ids)
        keeping.note(place, ((Place(row), value, _merged_in(value, merged)) for row, value in held.items()))
        last = ids[-1]


def _merged_in(held: Sequence[str], merged: Merged) -> tuple[str, ...]:
    if merged.by in held:
        return tuple(each for each in held if each != merged.option)
    return tuple(merged.by if each == merged.option else each for each in held)
