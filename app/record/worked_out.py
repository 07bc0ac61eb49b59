"""How the computed values of one record come about: for those who look at it. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor
from app.expression.computed import Computed, computed_fields
from app.frozen import dataclass
from app.orm.models import ENTITY_SUFFIX
from app.orm.store import Store
from app.orm.types import AnyId
from app.record.aggregates import add_aggregates
from app.record.batch import Batch, Row
from app.record.facts import find_facts, needs_of
from app.record.unit import Unit


@dataclass(frozen=True)
class WorkedOut:
    """A computed field of a record. `holding` are the keys of its points that hold; `inputs` what it reads, by the name
    that expressions give it: fields, paths and aggregates, whoever may see them.
    """

    computed: Computed
    holding: frozenset[str]
    inputs: Mapping[str, Any]


def worked_out(store: Store, actor: Actor, entity: str, record: int, fields: Iterable[str]) -> dict[str, WorkedOut]:
    """These computed fields of a record, by key. That the actor may read the record, and what he may be shown of this, is
    for the caller to know: what is read are facts. He has no session open meanwhile.
    """
    every = computed_fields(store.models.catalog, entity)
    asked = [every[key] for key in fields]
    if not asked:
        return {}
    with store.system_reading() as connection:
        unit = Unit(store, actor, Session(), "form", reader=connection)
        row = _row(unit, entity, record)
        return _gathered(unit, entity, row, asked) if row is not None else {}


def _gathered(unit: Unit, entity: str, row: Row, asked: list[Computed]) -> dict[str, WorkedOut]:
    batch = Batch(unit, unit.blueprint(entity), False, [row])
    find_facts(batch, needs_of(unit.catalog, entity, [each for one in asked for each in one.expressions]))
    add_aggregates(batch, list({one.key: one for each in asked for one in each.aggregates}.values()))
    return {each.key: _of_field(unit, row, each) for each in asked}


def _row(unit: Unit, entity: str, record: int) -> Row | None:
    table = unit.models.tables[entity]
    found = unit.connection.execute(sa.select(table).where(table.c.id == record)).first()
    if found is None:
        return None
    values = {column.key: found._mapping[column] for column in table.columns}  # noqa: SLF001 - SQLAlchemy's public name
    for key, each in unit.catalog.entities[entity].fields.items():
        if each.holds == "any" and values[key] is not None:
            values[key] = AnyId(values[key + ENTITY_SUFFIX], values[key])
    return Row(0, record, {}, dict(values), values)


def _of_field(unit: Unit, row: Row, computed: Computed) -> WorkedOut:
    keys = {key for each in computed.expressions for key in each.keys}
    keys |= {each.key for each in computed.aggregates}
    inputs = {key: row.values[key] for key in sorted(keys) if key in row.values}
    holding = frozenset(each.key for each in computed.holding(row.values, row.old, unit.context))
    return WorkedOut(computed, holding, inputs)
