"""The statements of increments, the same on both databases: what changed, what went, how it is replayed, what is compared.

What an increment holds of a table stands under the table's own name in two places: `came.x` the rows, `went.x` the numbers
that no row has (any more), as ranges. While it is replayed keys are not yet held, so that the order of tables is free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

from app.backup.parts import Marks
from app.backup.tables import FILE, INDEX_OF_SEARCH, MARK, SEARCH, STAGED, Carried
from app.orm.many import KIND
from app.orm.types import EPOCH

CAME, WENT = "came", "went"
OVERLAP = dt.timedelta(minutes=2)
"""Moments of journals are those of units of work, which are written later and by other clocks."""
_PRIME = 1_000_003  # keeps products and their sums within 64 bits
_LAST = 2**63 - 1

NUMBERED = frozenset({"marked", "journal"})
"""Tables of which rows go for good, and are missed by their numbers."""

Columns = Mapping[str, Sequence[str]]
Run = Callable[[str], list[tuple[object, ...]]]
"""Executes a statement and gives its rows."""


def quoted(name: str) -> str:
    """A name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'


def listed(columns: Sequence[str]) -> str:
    """Columns as they stand in a statement."""
    return ", ".join(map(quoted, columns))


def changed(one: Carried, every: Sequence[Carried], since: Marks, dialect: str, place: str = "") -> str | None:
    """The condition of the rows that an increment carries; None for a table of which it carries none. `place` stands before
    the names of tables.
    """
    newer = f"{MARK} > {since.changed_seq}"
    if one.way == "marked":
        return newer
    if one.way == "list":
        own, parent = place + quoted(one.table), place + quoted(str(one.parent))
        return (
            f"record IN (SELECT id FROM {parent} WHERE {newer}) OR record IN (SELECT record FROM {own} WHERE {newer})"
        )
    if one.way == "journal":
        moment = _moment(since, dialect)
        return " OR ".join([f"id > {since.ids.get(one.table, 0)}", *(f"{each} >= {moment}" for each in one.moments)])
    if one.way == "whole":
        return "1 = 1"
    if one.way == "search":
        records = (
            f"entity = '{each.entity}' AND record IN (SELECT id FROM {place}{quoted(each.table)} WHERE {newer})"
            for each in every
            if each.entity is not None
        )
        return " OR ".join(records) or "1 = 0"
    return None


def _moment(since: Marks, dialect: str) -> str:
    moment = dt.datetime.fromisoformat(since.at) - OVERLAP
    return str((moment - EPOCH) // dt.timedelta(milliseconds=1)) if dialect == "sqlite" else f"'{moment.isoformat()}'"


def went(one: Carried, place: str = "") -> str | None:
    """A query for the numbers that no row of a numbered table has, as ranges; for rows known by texts, those there are."""
    own = place + quoted(one.table)
    if one.way not in NUMBERED:
        return None
    if one.key_is_text:
        return f"SELECT id FROM {own} WHERE NOT ({STAGED})"
    before = f"SELECT id, coalesce(lag(id) OVER (ORDER BY id), 0) AS before FROM {own}"
    return (
        f"SELECT before + 1 AS first, id - 1 AS last FROM ({before}) AS pairs WHERE id <> before + 1 "
        f"UNION ALL SELECT coalesce(max(id), 0) + 1, {_LAST} FROM {own}"
    )


def census(run: Run, every: Sequence[Carried], place: str = "") -> dict[str, list[int]]:
    """For each table how many rows it has, and a sum in which every row's key and mark take part."""
    found: dict[str, list[int]] = {}
    for one in every:
        key = {"list": "record", "search": "record", "marked": "id", "journal": "id"}.get(one.way)
        factors = [f"({each} % {_PRIME})" for each in (None if one.key_is_text else key, _mark(one)) if each]
        total = f"coalesce(sum({' * '.join(factors)}), 0)" if factors else "0"
        where = f" WHERE NOT ({STAGED})" if one.table == FILE else ""
        ((count, sum_of_all),) = run(f"SELECT count(*), {total} FROM {place}{quoted(one.table)}{where}")
        found[one.table] = [int(str(count)), int(str(sum_of_all))]
    return found


def _mark(one: Carried) -> str | None:
    return MARK if one.way in {"marked", "list"} else None


def named_contents(since: int, place: str = "") -> str:
    """A query for the digests of the contents that files with newer marks name."""
    named = f"FROM {place}{FILE} WHERE NOT ({STAGED}) AND {MARK} > {since}"
    return f"SELECT sha256 {named} UNION SELECT thumbnail {named} AND thumbnail IS NOT NULL ORDER BY 1"


def replay(run: Run, every: Sequence[Carried], columns: Columns, after: Mapping[str, list[int]], dialect: str) -> None:
    """Brings the tables from the backup before to what they were at this increment; `after` is its census."""
    for one in every:
        if one.table in columns:
            for statement in _take_in(one, every, columns[one.table], dialect):
                run(statement)
    for one in every:
        gone = _let_go(one, every)
        if gone and run(f"SELECT count(*) FROM {quoted(one.table)}") != [(after[one.table][0],)]:
            for statement in _around(one, gone, dialect):
                run(statement)


def _take_in(one: Carried, every: Sequence[Carried], columns: Sequence[str], dialect: str) -> Iterator[str]:
    own, rows = quoted(one.table), f"{CAME}.{quoted(one.table)}"
    insert = f"INSERT INTO {own} ({listed(columns)}) SELECT {listed(columns)} FROM {rows}"
    if one.way in {"marked", "journal"}:
        yield f"DELETE FROM {own} WHERE id IN (SELECT id FROM {rows})"
    elif one.way == "list":
        parent = f"{CAME}.{quoted(str(one.parent))}"
        yield f"DELETE FROM {own} WHERE record IN (SELECT record FROM {rows} UNION SELECT id FROM {parent})"
    elif one.way == "whole":
        yield f"DELETE FROM {own}"
    elif one.way == "search":
        yield from _take_in_search(every, columns, dialect)
        return
    yield insert


def _take_in_search(every: Sequence[Carried], columns: Sequence[str], dialect: str) -> Iterator[str]:
    """On SQLite under new numbers: the old ones may be another's by now. FTS5 forgets by itself, and learns when it is told."""
    for each in every:
        if each.entity is not None:
            records = f"SELECT id FROM {CAME}.{quoted(each.table)}"
            yield f"DELETE FROM {SEARCH} WHERE entity = '{each.entity}' AND record IN ({records})"
    names = listed([each for each in columns if each != "id"])
    if dialect != "sqlite":
        yield f"INSERT INTO {SEARCH} ({listed(columns)}) SELECT {listed(columns)} FROM {CAME}.{SEARCH}"
        return
    yield f"CREATE TEMP TABLE known_before AS SELECT coalesce(max(id), 0) AS id FROM {SEARCH}"
    yield f"INSERT INTO {SEARCH} ({names}) SELECT {names} FROM {CAME}.{SEARCH}"
    yield (
        f"INSERT INTO {INDEX_OF_SEARCH} (rowid, tokens) "
        f"SELECT id, tokens FROM {SEARCH} WHERE id > (SELECT id FROM known_before)"
    )
    yield "DROP TABLE temp.known_before"


def _let_go(one: Carried, every: Sequence[Carried]) -> list[str]:
    """The statements that delete what went. Rows that are left are all that there were, and perhaps more."""
    own, gone = quoted(one.table), f"{WENT}.{quoted(one.table)}"
    if one.way == "marked" and one.key_is_text:
        return [f"DELETE FROM {own} WHERE id NOT IN (SELECT id FROM {gone})"]
    if one.way in NUMBERED:
        ids = f"SELECT t.id FROM {gone} AS g JOIN {own} AS t ON t.id BETWEEN g.first AND g.last"
        return [f"DELETE FROM {own} WHERE id IN ({ids})"]
    if one.way == "list":
        points = [("record", one.parent), *([("value", one.target)] if one.target else [])]
        statements = [
            f"DELETE FROM {own} WHERE {column} NOT IN (SELECT id FROM {quoted(str(table))})" for column, table in points
        ]
        for key, table in one.kinds:
            left = f"value NOT IN (SELECT id FROM {quoted(table)})"
            statements.append(f"DELETE FROM {own} WHERE {quoted(KIND)} = '{key}' AND {left}")
        return statements
    if one.way == "search":
        return [
            f"DELETE FROM {SEARCH} WHERE entity = '{each.entity}' AND record NOT IN (SELECT id FROM {quoted(each.table)})"
            for each in every
            if each.entity is not None
        ]
    return []


def _around(one: Carried, gone: list[str], dialect: str) -> list[str]:
    """On PostgreSQL the key's index is not there yet: ranges are found by one that lives as long."""
    if dialect == "sqlite" or one.way not in NUMBERED or one.key_is_text:
        return gone
    return [f"CREATE INDEX tenon_restoring ON {quoted(one.table)} (id)", *gone, "DROP INDEX tenon_restoring"]


def differences(stated: Mapping[str, list[int]], found: Mapping[str, list[int]]) -> list[str]:
    """The tables that differ between two censuses."""
    return sorted(
        each for each in stated.keys() | found.keys() if list(stated.get(each, [])) != list(found.get(each, []))
    )
