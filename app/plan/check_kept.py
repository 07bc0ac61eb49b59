"""What the data answers where something is hidden, and where it comes back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Field
from app.orm.former import Renames
from app.orm.many import many_key
from app.orm.models import Models
from app.orm.types import now
from app.plan.check import Finding, find
from app.plan.existing import SAMPLES
from app.plan.holders import row_column, value_column
from app.plan.pair import counted
from app.plan.pointing import lost_references
from app.plan.question import Kept, Restored
from app.plan.step import Block
from app.plan.tombstone import Gone, counts_of, gone_of_links, kept_until


@find.register
def _kept(check: Kept, connection: Connection, models: Models) -> Finding:
    rows, filled = counts_of(connection, _place_of(models, check.entity, check.field))
    until = f"kept as a tombstone until {kept_until(check.kept_for, now().date())}"
    if check.field is None:
        return Finding(f"{counted(rows, 'row')} → {until}")
    return Finding(f"{counted(rows, 'row')}, {filled:,} filled → {until}")


def _place_of(models: Models, entity: str, field: str | None) -> Gone:
    table = models.tables[entity]
    if field is None:
        return Gone(entity, table.name, (), table)
    key, of_links, own = field.partition(".")
    name = many_key(entity, key)
    if of_links:
        return gone_of_links(models, name, own)
    if name in models.many:
        its = models.many[name].table
        return Gone(name, its.name, (), its)
    return Gone(name, f"{table.name}.{field}", (), table, table.c[field])


@find.register
def _restored(check: Restored, connection: Connection, models: Models) -> Finding:
    rows, filled = counts_of(connection, _place_of(models, check.entity, check.field))
    impact = [counted(rows, "row") if check.field is None else f"{counted(rows, 'row')}, {filled:,} filled"]
    renames = next((each for _, each in models.former.steps), Renames())
    choices = [
        (key, _in_old_words(renames, _field_of(models, check.entity, key), options)) for key, options in check.choices
    ]
    foreign = sum(_count_foreign(connection, models, check.entity, key, options)[0] for key, options in choices)
    if foreign:
        ids = [
            record
            for key, options in choices
            for record in _count_foreign(connection, models, check.entity, key, options)[1]
        ]
        shown = ", ".join(map(str, ids[:SAMPLES]))
        reason = f"{counted(foreign, 'row')} hold{'s' if foreign == 1 else ''} options that are gone: ids {shown}"
        return Finding(reason, Block("PLN524", reason, "put these options back and write `retired: true`"))
    lost = sum(
        each.count(connection) for each in lost_references(models, check.entity, check.field, check.hidden, renames)
    )
    if lost:
        impact.append(f"{lost:,} point to records that are gone and become blank")
    if check.begins and check.field and rows > filled:
        impact.append(f"{counted(rows - filled, 'row')} begin in {check.begins}")
    if check.computed and rows:
        impact.append(f"values are worked out anew in up to {rows:,}")
    return Finding("; ".join(impact))


def _field_of(models: Models, entity: str, key: str) -> Field:
    name, of_links, own = key.partition(".")
    a_field = models.catalog.get_field(entity, name)
    return a_field.own_fields[own] if of_links else a_field


def _in_old_words(renames: Renames, a_field: Field, options: frozenset[str]) -> frozenset[str]:
    """What rows hold now that will be one of these options."""
    names = renames.picklists.get(a_field.options, {}) if isinstance(a_field.options, str) else {}
    return frozenset({*(options - names.keys()), *(old for old, new in names.items() if new in options)})


def _count_foreign(
    connection: Connection, models: Models, entity: str, field: str, options: frozenset[str]
) -> tuple[int, list[int]]:
    column = value_column(models, (entity, *field.split(".")))
    row = row_column(column.table)
    held = sa.and_(column.is_not(None), column.not_in(sorted(options)))
    count = connection.execute(sa.select(sa.func.count(row)).where(held)).scalar_one()
    if not count:
        return 0, []
    ids = connection.execute(sa.select(row).where(held).order_by(row).limit(SAMPLES))
    return count, list(ids.scalars())
