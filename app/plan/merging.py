"""Options that become another one: how many rows hold them, and what is written instead, rows in the bin too."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.orm.many import many_key
from app.orm.models import Models
from app.plan.check import Finding, find
from app.plan.pair import counted
from app.plan.question import Merged


@find.register
def _merged(check: Merged, connection: Connection, models: Models) -> Finding:
    count = sum(_count(connection, models, place, check.held_as or check.option) for place in check.fields)
    if not count:
        return Finding()
    verb = "becomes" if count == 1 else "become"
    return Finding(f"{counted(count, 'row')} {verb} {check.by}", risk="destructive")


def _count(connection: Connection, models: Models, place: tuple[str, str], option: str) -> int:
    many = models.many.get(many_key(*place))
    column = models.column(*place) if many is None else many.table.c.value
    query = sa.select(sa.func.count()).select_from(column.table).where(column == option)
    found: int = connection.execute(query).scalar_one()
    return found


def merge_option(connection: Connection, models: Models, place: tuple[str, str], merged: Merged, mark: int) -> int:
    """Writes the other option into all rows that hold this one, and returns how many did. Lists have it once."""
    count = _count(connection, models, place, merged.option)
    if not count:
        return 0
    entity, key = place
    table, many = models.tables[entity], models.many.get(many_key(entity, key))
    if many is None:
        here = table.c[key] == merged.option
        connection.execute(sa.update(table).where(here).values({table.c[key]: merged.by, table.c.changed_seq: mark}))
        return count
    links = many.table
    touched = sa.select(links.c.record).where(links.c.value == merged.option)
    connection.execute(sa.update(table).where(table.c.id.in_(touched)).values({table.c.changed_seq: mark}))
    other = links.alias()
    has_both = sa.select(other.c.record).where(other.c.value == merged.by)
    here = links.c.value == merged.option
    connection.execute(sa.delete(links).where(here, links.c.record.in_(has_both)))
    connection.execute(sa.update(links).where(here).values({links.c.value: merged.by, links.c.changed_seq: mark}))
    return count
