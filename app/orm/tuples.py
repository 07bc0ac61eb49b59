"""Rows that have one of many values or combinations of values, found by an index on both databases.

PostgreSQL reads `(a, b) IN (…)` as so many conditions joined by OR and tries each of them on each row; SQLite takes no index of
several columns for it, reads the whole table or all rows with the same `a`, and looks at each; where it was told of few rows once, it
reads all for a single column, too. A join with the combinations finds them by the index; they are sent as one array for each column,
or as one text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


class _JsonList(sa.types.TypeDecorator[Sequence[Any]]):
    """A list of numbers or texts as SQLite takes it for one parameter."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> str:
        del dialect
        return json.dumps(list(value or ()))


class _JsonRows(sa.types.TypeDecorator[Sequence[Any]]):
    """Combinations of values of these types as SQLite takes them for one parameter."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, types: tuple[TypeEngine[Any], ...]) -> None:
        super().__init__()
        self.types = types

    def process_bind_param(self, value: Sequence[tuple[Any, ...]] | None, dialect: Dialect) -> str:
        made = [each.dialect_impl(dialect).bind_processor(dialect) for each in self.types]
        rows = value or ()
        return json.dumps(
            [[part if make is None else make(part) for make, part in zip(made, row, strict=True)] for row in rows]
        )


def among(column: InstrumentedAttribute[Any] | sa.Column[Any], name: str, dialect: Dialect) -> sa.ColumnElement[bool]:
    """That a column has one of the values in a list, which is the parameter of that name. They are numbers or texts.

    The list is one parameter: the statement reads the same however many values there are, and stays prepared. On PostgreSQL it
    is an array and is selected, for with an array at hand the planner holds a plan made for just these values to be better
    than the one that it keeps, and so plans anew at each execution, which takes longer than that.
    """
    if dialect.name != "postgresql":
        each = sa.func.json_each(sa.bindparam(name, type_=_JsonList)).table_valued("value")
        return column.in_(sa.select(each.c.value))
    array = ARRAY(column.type)
    selected = sa.select(sa.bindparam(name, type_=array)).scalar_subquery()
    return column == sa.any_(sa.cast(selected, array))


def each_of(name: str, dialect: Dialect) -> sa.TableValuedAlias:
    """A table of the ids in a list, which is the parameter of that name; its column is `value`."""
    if dialect.name != "postgresql":
        return sa.func.json_each(sa.bindparam(name, type_=_JsonList)).table_valued("value", name=name)
    ids = sa.bindparam(name, type_=ARRAY(sa.BigInteger))
    return sa.func.unnest(ids).table_valued(sa.column("value", sa.BigInteger), name=name).render_derived()


class _AmongSelected(FunctionElement[bool]):
    """That the first argument is among what the second selects."""

    inherit_cache = True
    type = sa.Boolean()
    name = "among_selected"

    def self_group(self, against: Any = None) -> _AmongSelected:
        """Itself: SQLAlchemy would write `… IN (…) = 1`, for which SQLite tries every row instead of asking the index."""
        del against
        return self


def among_selected(column: ColumnElement[Any], selected: sa.Select[Any]) -> ColumnElement[bool]:
    """That a column has one of the values that a statement selects: few, found first, and then by the column's index.

    PostgreSQL would try `a = 1 OR b IN (SELECT …)` on each row; with an array it joins what two indexes find.
    """
    return _AmongSelected(column, selected.scalar_subquery())


@compiles(_AmongSelected, "sqlite")
def _in_selected(element: _AmongSelected, compiler: SQLCompiler, **options: Any) -> str:
    column, selected = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} IN {selected}"


@compiles(_AmongSelected, "postgresql")
def _any_selected(element: _AmongSelected, compiler: SQLCompiler, **options: Any) -> str:
    column, selected = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY (ARRAY{selected})"


def having_any(
    statement: sa.Select[Any], columns: Sequence[sa.Column[Any]], name: str, dialect: Dialect
) -> sa.Select[Any]:
    """The statement limited to rows with one of the combinations in its parameters, which `wanted_values` makes.

    The combinations are distinct and hold no blank.
    """
    if dialect.name != "postgresql":
        rows = sa.bindparam(name, type_=_JsonRows(tuple(column.type for column in columns)))
        each = sa.func.json_each(rows).table_valued("value", name=f"wanted_{name}")
        taken = (sa.func.json_extract(each.c.value, sa.text(f"'$[{place}]'")) for place in range(len(columns)))
        return statement.where(*(column == part for column, part in zip(columns, taken, strict=True)))
    arrays = [sa.bindparam(f"{name}_{place}", type_=ARRAY(column.type)) for place, column in enumerate(columns)]
    parts = [sa.column(f"part_{place}", column.type) for place, column in enumerate(columns)]
    wanted = sa.func.unnest(*arrays).table_valued(*parts, name=f"wanted_{name}").render_derived()
    same = (column == wanted.c[f"part_{place}"] for place, column in enumerate(columns))
    return statement.where(*same)


def having_one(statement: sa.Select[Any], columns: Sequence[sa.Column[Any]], name: str) -> sa.Select[Any]:
    """The statement limited to rows with the one combination in its parameters, which `one_value` makes."""
    parts = (sa.bindparam(f"{name}_{place}", type_=column.type) for place, column in enumerate(columns))
    return statement.where(*(column == part for column, part in zip(columns, parts, strict=True)))


def one_value(name: str, combination: tuple[Any, ...]) -> dict[str, object]:
    """The parameters of a statement made by `having_one`."""
    return {f"{name}_{place}": part for place, part in enumerate(combination)}


def wanted_values(dialect: Dialect, name: str, combinations: Sequence[tuple[Any, ...]]) -> dict[str, object]:
    """The parameters of a statement made by `having_any`."""
    if dialect.name == "postgresql":
        return {f"{name}_{place}": list(part) for place, part in enumerate(zip(*combinations, strict=True))}
    return {name: combinations}
