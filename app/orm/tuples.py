"""Rows that have one of many values or combinations of values, found by an index on both databases.

PostgreSQL reads `(a, b) IN (…)` as so many conditions joined by OR and tries each of them on each row; a join with the
combinations, sent as one array for each column, finds them by the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import InstrumentedAttribute


def among(column: InstrumentedAttribute[Any] | sa.Column[Any], name: str, dialect: Dialect) -> sa.ColumnElement[bool]:
    """That a column has one of the values in a list, which is the parameter of that name.

    On PostgreSQL the list is one array: the statement reads the same however many values there are, and stays prepared.
    """
    if dialect.name != "postgresql":
        return column.in_(sa.bindparam(name, expanding=True, type_=column.type))
    return column == sa.any_(sa.bindparam(name, type_=ARRAY(column.type)))


def having_any(
    statement: sa.Select[Any], columns: Sequence[sa.Column[Any]], name: str, dialect: Dialect
) -> sa.Select[Any]:
    """The statement limited to rows with one of the combinations in its parameters, which `wanted_values` makes.

    The combinations are distinct and hold no blank.
    """
    if dialect.name != "postgresql":
        compared = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
        return statement.where(compared.in_(sa.bindparam(name, expanding=True)))
    arrays = [sa.bindparam(f"{name}_{place}", type_=ARRAY(column.type)) for place, column in enumerate(columns)]
    parts = [sa.column(f"part_{place}", column.type) for place, column in enumerate(columns)]
    wanted = sa.func.unnest(*arrays).table_valued(*parts, name=f"wanted_{name}").render_derived()
    same = (column == wanted.c[f"part_{place}"] for place, column in enumerate(columns))
    return statement.where(*same)


def having_one(statement: sa.Select[Any], columns: Sequence[sa.Column[Any]], name: str) -> sa.Select[Any]:
    """The statement limited to rows with the one combination in its parameters, which `one_value` makes.

    SQLite finds one combination by the index of all its columns, several by that of the first alone.
    """
    parts = (sa.bindparam(f"{name}_{place}", type_=column.type) for place, column in enumerate(columns))
    return statement.where(*(column == part for column, part in zip(columns, parts, strict=True)))


def one_value(name: str, combination: tuple[Any, ...]) -> dict[str, object]:
    """The parameters of a statement made by `having_one`."""
    return {f"{name}_{place}": part for place, part in enumerate(combination)}


def wanted_values(dialect: Dialect, name: str, combinations: Sequence[tuple[Any, ...]]) -> dict[str, object]:
    """The parameters of a statement made by `having_any`."""
    if dialect.name == "postgresql":
        return {f"{name}_{place}": list(part) for place, part in enumerate(zip(*combinations, strict=True))}
    single = all(len(each) == 1 for each in combinations)
    return {name: [each[0] for each in combinations] if single else list(combinations)}
