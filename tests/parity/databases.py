"""The world's rows in a database, and the answers of SQL over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.expression import Checked, Node
from app.expression.types import BOOL
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.expression import condition, facts, scoped, value
from app.orm.many import FOLD, POSITION, RECORD, VALUE
from app.orm.models import ENTITY_SUFFIX, Models, build_models
from tests.parity.agreement import Answer, Engine, comparable
from tests.parity.world import World


@contextmanager
def filled(url: str, world: World) -> Iterator[tuple[Connection, Models]]:
    """A connection to an empty database that gets the rows of the world."""
    engine = open_engine(url)
    models = build_models(world.catalog)
    with engine.execution_options(**{UNIT: PLAN}).connect() as connection:
        models.metadata.create_all(connection)
        lite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON" if lite else "SET session_replication_role = replica")
        for entity, rows in world.tables.items():
            _insert(connection, models, entity, rows)
        connection.commit()
        yield connection, models
    engine.dispose()


def _insert(connection: Connection, models: Models, entity: str, rows: Sequence[dict[str, Any]]) -> None:
    table = models.tables[entity]
    plain = [key for key in (rows[0] if rows else ()) if key in table.c]
    if rows:
        anys = [key for key in plain if key + ENTITY_SUFFIX in table.c]
        beside = [{key + ENTITY_SUFFIX: None if row[key] is None else row[key].entity for key in anys} for row in rows]
        values = [{key: row[key] for key in plain} | more for row, more in zip(rows, beside, strict=True)]
        connection.execute(table.insert(), values)
    for many in models.many_of(entity):
        values = [
            {RECORD: row["id"], POSITION: place, VALUE: each[0] if isinstance(each, tuple) else each}
            for row in rows
            for place, each in enumerate(row[many.field.key] or ())
        ]
        if many.compared == FOLD:
            values = [{**each, FOLD: each[VALUE].casefold()} for each in values]
        if values:
            connection.execute(many.table.insert(), values)


def in_sql(world: World, connection: Connection, models: Models) -> Engine:
    """SQL's engine: a condition chooses rows, another value is read of each."""

    def answer(expressions: Sequence[Checked]) -> list[Answer | None]:
        return [one(each) if _is_known(each) else None for each in expressions]

    def one(checked: Checked) -> Answer:
        if checked.type.base == "bool":
            chosen = set(chosen_ids(connection, models, world, checked.root))
            return [row["id"] in chosen for row in world.rows]
        source = facts(models, checked.entity)
        found = value(source, checked.root, world.context)
        rows = connection.execute(source.joined(sa.select(source.root.c.id, found)))
        values = {row[0]: comparable(row[1]) for row in rows}
        return [values[row["id"]] for row in world.rows]

    return answer


def _is_known(checked: Checked) -> bool:
    return "filter" in checked.profiles and checked.type.base not in {"choices", "refs", "opaque"}  # no single values


def chosen_ids(connection: Connection, models: Models, world: World, root: Node) -> list[int]:
    """The records for which a condition holds, among all that there are."""
    source = facts(models, "thing")
    compiled = condition(source, root, world.context)
    return list(connection.execute(source.joined(sa.select(source.root.c.id)).where(compiled)).scalars())


def ids_of_opposite(connection: Connection, models: Models, world: World, root: Node) -> list[int]:
    """The records for which it does not hold, as a list would show them."""
    source = scoped(models, "thing")
    compiled = condition(source, Node("not", BOOL, (root,)), world.context)
    with Session(connection) as session:
        return list(session.execute(source.joined(sa.select(source.root.id)).where(compiled)).scalars())
