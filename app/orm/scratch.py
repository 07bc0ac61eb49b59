"""Tables for a moment: made-up records in a database, and what SQL says of one of them. Nothing is left behind."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.expression import Checked, Context
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.expression import condition, facts, value
from app.orm.many import FOLD, KIND, POSITION, RECORD, VALUE
from app.orm.models import ENTITY_SUFFIX, Models
from app.orm.sealed import Keys
from app.orm.types import AnyId

Rows = Iterable[tuple[str, Mapping[str, Any]]]
"""Entities and plain values of their fields, `id` among them; lists as tuples. What is not there is blank."""


def ask_scratch(url: str, models: Models, rows: Rows, checked: Checked, context: Context) -> Any:
    """The value of an expression for the first of the rows, by the engine in SQL. Raises NotInSql.

    On PostgreSQL the tables lie in a schema of their own, in a transaction that is rolled back.
    """
    every = list(rows)
    with _scratch(url, models) as connection:
        for entity, values in every:
            _insert(connection, models, entity, values)
        source = facts(models, checked.entity)
        of_record = source.column("id") == every[0][1]["id"]
        if checked.type.base == "bool":
            holds = condition(source, checked.root, context)
            return (
                connection.execute(source.joined(sa.select(source.column("id"))).where(of_record, holds)).first()
                is not None
            )
        found = value(source, checked.root, context)
        return connection.execute(source.joined(sa.select(found)).where(of_record)).scalar_one()


@contextmanager
def _scratch(url: str, models: Models) -> Iterator[Connection]:
    engine = open_engine(url, Keys(lambda: (secrets.token_hex(),)))
    try:
        with engine.execution_options(**{UNIT: PLAN}).connect() as connection, connection.begin() as transaction:
            if connection.dialect.name == "postgresql":
                schema = f"tenon_scratch_{secrets.token_hex(8)}"
                connection.execute(sa.schema.CreateSchema(schema))
                connection.execute(sa.select(sa.func.set_config("search_path", f"{schema}, public", True)))
            _bare(models).create_all(connection, checkfirst=False)
            yield connection
            transaction.rollback()
    finally:
        engine.dispose()


def _bare(models: Models) -> sa.MetaData:
    """The tables with their columns alone: a made-up record need not be whole."""
    metadata = sa.MetaData()
    for table in models.every_table():
        sa.Table(table.name, metadata, *(sa.Column(each.name, each.type) for each in table.columns))
    return metadata


def _insert(connection: Connection, models: Models, entity: str, values: Mapping[str, Any]) -> None:
    table = models.tables[entity]
    fields = models.catalog.entities[entity].every_field
    row: dict[str, Any] = {key: False for key, each in fields.items() if each.holds == "boolean"}
    for key, each in values.items():
        if isinstance(each, AnyId):
            row |= {key: each.id, key + ENTITY_SUFFIX: each.entity}
        elif key in table.c:
            row[key] = each
    connection.execute(table.insert(), row)
    for many in models.many_of(entity):
        for place, each in enumerate(values.get(many.field.key) or ()):
            one = {RECORD: row["id"], POSITION: place, VALUE: each}
            if isinstance(each, AnyId):
                one |= {VALUE: each.id, KIND: each.entity}
            connection.execute(many.table.insert(), {**one, FOLD: each.casefold()} if many.compared == FOLD else one)
