"""One batch of a prepare phase: rows with ids, links of records, from one to another get what is worked out for them, and their mark.

Values are worked out once for all rows whose sources are alike; a value that is the same for all, and a text of digits that
becomes a number, by the database itself. On SQLite the update asks for each value. On PostgreSQL the different values of the
only source are read, and go back with what each gives as one array for each column; of several sources or fields rows are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from app.orm.bulk import bind_processor
from app.orm.sealed import SealedText
from app.plan.cells import blank_of
from app.plan.preparing import ID, IN_BIN, LEFT, Filling, Preparing, Values

Write = Callable[[int, int, int], None]
"""Writes the rows with ids above the first number and up to the second, and gives them the third."""
_MOST_KEPT = 200_000
_PAGES_BETWEEN_CHECKPOINTS = 16_000
"""64 MB on SQLite: each checkpoint waits for the disk twice, and writes what two batches changed only once."""
_NUMERIC = 1700
"""How PostgreSQL calls the type of exact numbers: of these alone its driver wants to know it."""
_LEFT = "tenon_left"
_DIGITS = {
    "sqlite": "({0} GLOB '[1-9]*' AND {0} NOT GLOB '*[^0-9]*' AND length({0}) < 16)",
    "postgresql": "({0} ~ '^[1-9][0-9]{{0,14}}$')",
}
"""Whether a text is a number that needs no reading."""


class _Left(Exception):
    """Ends a statement at a row that is left alone: what it wrote before is what the next one writes."""


class _Worked:
    """What a field is given, by the values of its sources as the driver knows them; None: such rows are left alone.

    `blank` is what its columns hold where it gets nothing.
    """

    def __init__(self, connection: Connection, wanted: Preparing, filling: Filling) -> None:
        dialect, before, after = connection.dialect, wanted.before, wanted.after
        self.filling = filling
        self.read = [
            before.c[key].type.dialect_impl(dialect).result_processor(dialect, _NUMERIC) for key in filling.sources
        ]
        self.bind = [bind_processor(dialect, after.c[key]) for key in filling.targets]
        self.blank: Values = self._bound({key: blank_of(after.c[key]) for key in filling.targets})
        self.kept: dict[Values, Values | None] = {}
        self.most_kept = 1 if ID in filling.sources else _MOST_KEPT  # no two rows are alike then
        self.has_left = False

    def find(self, values: Values) -> Values | None:
        """From what is kept, else worked out."""
        kept = self.kept
        if values in kept:
            return kept[values]
        if len(kept) >= self.most_kept:
            kept.clear()
        typed = tuple(
            value if read is None or value is None else read(value)
            for read, value in zip(self.read, values, strict=True)
        )
        found = self.filling.give(typed)
        kept[values] = None if found is LEFT else self._bound(found)
        return kept[values]

    def _bound(self, found: Mapping[str, Any]) -> Values:
        values = (found[key] for key in self.filling.targets)
        return tuple(
            value if bind is None or value is None else bind(value)
            for bind, value in zip(self.bind, values, strict=True)
        )

    def part(self, at: int) -> Callable[..., Any]:
        """As a function of SQL: what the column at that place is given."""
        if len(self.read) == 1:
            return _OfOne(self, at).__getitem__  # a call of Python for each row would be felt

        def given(*values: Any) -> Any:
            found = self.find(values)
            if found is None:
                self.has_left = True
                raise _Left
            return found[at]

        return given

    def is_left(self, *values: Any) -> bool:
        """As a function of SQL: whether a row with these values is left alone."""
        return self.find(values) is None


class _OfOne(dict[Any, Any]):
    """What one column is given, by the value of the only source. What is left alone is not kept, so that it is noticed."""

    def __init__(self, worked: _Worked, at: int) -> None:
        super().__init__()
        self.worked, self.at = worked, at

    def __missing__(self, value: Any) -> Any:
        found = self.worked.find((value,))
        if found is None:
            self.worked.has_left = True
            raise _Left
        if len(self) >= self.worked.most_kept:
            self.clear()
        self[value] = found[self.at]
        return found[self.at]


@contextmanager
def in_sqlite(connection: Connection, wanted: Preparing) -> Iterator[Write]:
    """With functions on the connection that are gone afterwards, as is its way of not waiting for the disk."""
    every = [_Worked(connection, wanted, each) for each in wanted.fillings]
    functions = _functions(every)
    driver: Any = connection.connection.driver_connection
    pragmas = {"synchronous": "NORMAL", "wal_autocheckpoint": str(_PAGES_BETWEEN_CHECKPOINTS)}
    if any(isinstance(wanted.after.c[key].type, SealedText) for each in wanted.fillings for key in each.targets):
        # Rows move when they grow; what was freed before stays in the file until it is rewritten.
        pragmas["secure_delete"] = "ON"
    former = {name: driver.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas}
    _set(driver, pragmas)
    for name, function in functions.items():
        driver.create_function(name, -1, function)
    names = _Names(connection, wanted)
    pairs, given = [], []
    for number, each in enumerate(every):
        for at, key in enumerate(each.filling.targets):
            value = f"{_LEFT}_{number}_{at}({names.sources(each.filling)})" if each.filling.sources else "?"
            if each.filling.reads_digits:
                text = names.sources(each.filling)
                value = f"CASE WHEN {_DIGITS['sqlite'].format(text)} THEN CAST({text} AS INTEGER) ELSE {value} END"
            given += [] if each.filling.sources else [(each.find(()) or each.blank)[at]]
            if len(every) > 1:
                value = f"CASE WHEN {names.asks(each.filling)} THEN {value} ELSE ? END"
                given.append(each.blank[at])
            pairs.append(f"{names.of(wanted.after.c[key])} = {value}")
    somebody = " OR ".join(names.asks(each.filling) for each in every)
    here = f"{names.at} > ? AND {names.at} <= ? AND ({somebody})"
    statement = f"UPDATE {wanted.after.name} SET {', '.join(pairs)}, changed_seq = ? WHERE {here}"  # noqa: S608 - names of ours
    careful = statement + "".join(
        f" AND NOT ({names.asks(each.filling)} AND {_LEFT}_{number}({names.sources(each.filling)}))"
        for number, each in enumerate(every)
    )

    def write(after: int, until: int, mark: int) -> None:
        values = (*given, mark, after, until)
        for each in every:
            each.has_left = False
        try:
            connection.exec_driver_sql(statement, values)
        except OperationalError:  # no savepoint for this: it would copy every page that is written
            if not any(each.has_left for each in every):
                raise
            connection.exec_driver_sql(careful, values)

    try:
        yield write
    finally:
        for name in functions:
            driver.create_function(name, -1, None)
        _set(driver, former)


def _functions(every: Sequence[_Worked]) -> Mapping[str, Callable[..., Any]]:
    """What statements call: of each field whether it leaves a row alone, and what each of its columns is given."""
    functions: dict[str, Callable[..., Any]] = {}
    for number, each in enumerate(every):
        functions[f"{_LEFT}_{number}"] = each.is_left
        functions |= {f"{_LEFT}_{number}_{at}": each.part(at) for at in range(len(each.filling.targets))}
    return functions


def _set(driver: Any, pragmas: Mapping[str, object]) -> None:
    for name, value in pragmas.items():
        driver.execute(f"PRAGMA {name}={value}")


@contextmanager
def in_postgresql(connection: Connection, wanted: Preparing) -> Iterator[Write]:
    """Rows that somebody changes meanwhile are left out, or get what their new values give: their numbers are others then."""
    only = wanted.fillings[0]
    if (
        len(wanted.fillings) == 1
        and len(only.sources) < 2
        and not any(_is_sealed(wanted, each) for each in only.sources)
    ):
        yield _by_value(connection, wanted, _Worked(connection, wanted, wanted.fillings[0]))
    else:
        yield _by_row(connection, wanted, [_Worked(connection, wanted, each) for each in wanted.fillings])


def _by_value(connection: Connection, wanted: Preparing, worked: _Worked) -> Write:
    """One statement for all values that a batch holds, and one for rows without a value."""
    filling, names = worked.filling, _Names(connection, wanted)
    targets = [wanted.after.c[key] for key in filling.targets]
    changed = f"UPDATE {wanted.after.name} t SET changed_seq = %s, "  # noqa: S608 - names of ours
    here = f"t.{names.at} > %s AND t.{names.at} <= %s AND t.changed_seq < %s AND {names.asks(filling)}"
    same = ", ".join(f"{names.of(each)} = %s::{names.kind(each)}" for each in targets)
    values = ", ".join(f"{names.of(each)} = p._v{at}" for at, each in enumerate(targets))
    columns = ", ".join(["_k", *(f"_v{at}" for at in range(len(targets)))])

    def alike(after: int, until: int, mark: int, found: Values, more: str = "") -> None:
        connection.exec_driver_sql(f"{changed}{same} WHERE {here}{more}", (mark, *found, after, until, mark))

    if not filling.sources:
        one = worked.find(()) or worked.blank
        return lambda after, until, mark: alike(after, until, mark, one)
    source = wanted.before.c[filling.sources[0]]
    text, kinds = names.of(source), [names.kind(each) for each in (source, *targets)]
    plain = _DIGITS["postgresql"].format(text) if filling.reads_digits else "false"
    read = f"SELECT DISTINCT {text} FROM {wanted.after.name} t WHERE {here} AND NOT {plain}"  # noqa: S608 - as above
    digits = f"{changed}{names.of(targets[0])} = {text}::bigint WHERE {here} AND {plain}"
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    # Rows are written in the order of their ids, or the indexes are written here and there.
    own, same_row = ", ".join(f"o.{each}" for each in names.identity), names.is_row("p")
    given = f"SELECT {own}, g.* FROM {wanted.after.name} o JOIN unnest({arrays}) AS g({columns}) ON o.{text} = g._k"  # noqa: S608
    given = f"{given} WHERE o.{names.at} > %s AND o.{names.at} <= %s ORDER BY {own}"
    every = f"{changed}{values} FROM ({given}) AS p WHERE {same_row} AND t.{text} = p._k AND {here}"

    def write(after: int, until: int, mark: int) -> None:
        place = (after, until, mark)
        connection.exec_driver_sql("SET LOCAL enable_nestloop = off")  # nothing is known of how long an array is
        if filling.reads_digits:
            connection.exec_driver_sql(digits, (mark, *place))
        found = [(value, worked.find((value,))) for (value,) in connection.exec_driver_sql(read, place)]
        rows = [(value, *each) for value, each in found if each is not None and value is not None]
        if rows:
            connection.exec_driver_sql(
                every, (mark, *(list(each) for each in zip(*rows, strict=True)), after, until, *place)
            )
        for value, each in found:
            if value is None and each is not None:
                alike(*place, each, f" AND {text} IS NULL")

    return write


def _by_row(connection: Connection, wanted: Preparing, every: list[_Worked]) -> Write:
    """Rows are read, and written by their ids."""
    names, c = _Names(connection, wanted), wanted.before.c
    sources = list(dict.fromkeys(key for each in every for key in each.filling.sources))
    asked = [each.filling.applies(c) for each in every]
    raw = [sa.type_coerce(_as_read(c[key]), sa.types.NULLTYPE) for key in sources]
    is_row, place = (*(c[key] for key in wanted.identity), c.changed_seq), c[wanted.identity[0]]
    query = sa.select(*is_row, *(each.label(f"asks_{at}") for at, each in enumerate(asked)), *raw)
    told = len(is_row)
    places = [[sources.index(key) + told + len(every) for key in each.filling.sources] for each in every]
    targets = [wanted.after.c[key] for each in every for key in each.filling.targets]

    def write(after: int, until: int, mark: int) -> None:
        rows = connection.execute(query.where(place > after, place <= until, sa.or_(*asked)).order_by(*is_row)).all()
        found = []
        for row in rows:
            values: list[Any] = list(row[:told])
            for at, each in enumerate(every):
                given = each.find(tuple([row[place] for place in places[at]])) if row[told + at] else each.blank
                if given is None:
                    break
                values += given
            else:
                found.append(values)
        if found:
            connection.exec_driver_sql(statement, (mark, *(list(each) for each in zip(*found, strict=True))))

    pairs = ", ".join(f"{names.of(each)} = p.v{at}" for at, each in enumerate(targets))
    arrays = ", ".join(f"%s::{names.kind(each)}[]" for each in (*is_row, *targets))
    columns = ", ".join([*names.identity, "seq", *(f"v{at}" for at in range(len(targets)))])
    statement = (
        f"UPDATE {wanted.after.name} t SET changed_seq = %s, {pairs} "  # noqa: S608 - names of ours
        f"FROM unnest({arrays}) AS p({columns}) WHERE {names.is_row('p')} AND t.changed_seq = p.seq"
    )
    return write


def _is_sealed(wanted: Preparing, key: str) -> bool:
    return isinstance(wanted.before.c[key].type, SealedText)


def _as_read(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """As `_Names.read`."""
    return column.type.column_expression(column) if isinstance(column.type, SealedText) else column


class _Names:
    """Names in statements that are written by hand."""

    def __init__(self, connection: Connection, wanted: Preparing) -> None:
        self.dialect, self.table = connection.dialect, wanted.before
        self.identity = tuple(self.of(wanted.before.c[key]) for key in wanted.identity)
        self.at = self.identity[0]

    def is_row(self, other: str) -> str:
        """That a row of the table `t` is that one."""
        return " AND ".join(f"t.{each} = {other}.{each}" for each in self.identity)

    def of(self, column: sa.Column[Any]) -> str:
        return str(self.dialect.identifier_preparer.quote(column.name))

    def kind(self, column: sa.Column[Any]) -> str:
        return str(column.type.compile(self.dialect)).partition(" COLLATE ")[0]

    def sources(self, filling: Filling) -> str:
        return ", ".join(self.read(self.table.c[key]) for key in filling.sources)

    def read(self, column: sa.Column[Any]) -> str:
        """A sealed value behind the number of its row, without which it does not open."""
        name = self.of(column)
        return f"CAST(id AS TEXT) || ':' || {name}" if isinstance(column.type, SealedText) else name

    def asks(self, filling: Filling) -> str:
        if filling.converted:
            return f"{self.of(self.table.c[filling.sources[0]])} IS NOT NULL"
        return f"{IN_BIN} IS NULL"
