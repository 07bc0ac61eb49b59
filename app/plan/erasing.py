"""What a switch erases when a field is encrypted from now on: its values of before, and what the history tells of them.

A removed field is kept under a tombstone, but of these nothing may stay in plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.expression.graph import graph_of
from app.orm.bulk import insert_rows
from app.orm.framework import audit
from app.orm.models import Models
from app.orm.types import now
from app.plan.migrate import version
from app.plan.overwritten import forget_places, place_of_column
from app.plan.pair import Pair
from app.plan.retype import Retype, retypes
from app.plan.tombstone import earlier_forms, forget_tombstones, read_tombstones
from app.record.audit import ERASE, rest_of, rows_under
from app.record.kept import lines_left

_BATCH = 500
_BY = "system:apply"


def erase_plain(connection: Connection, before: Models, after: Models, revision: int) -> None:
    """Of fields that become encrypted: empties the columns in which they were, where dropping them does not, and erases lines
    of the audit that tell their values, which go on proving themselves by their seals; what such lines tell of other fields is
    told again beside them.
    """
    for each in newly_encrypted(before, after):
        if connection.dialect.name == "sqlite":
            # A column that is dropped is overwritten, but not the gaps that pages had already.
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        else:
            _empty_former(connection, before.tables[each.entity].c[each.was.key])
        _forget_overwritten(connection, before.tables[each.entity].c[each.was.key])
        _erase_lines(connection, after, each.entity, each.now.key, revision)


def drop_plain(connection: Connection, before: Models, after: Models) -> None:
    """Once no index stands over them: takes away the columns in which fields were that become encrypted, with what is kept of them.

    A server that reads by the revision before would take an empty column for a blank value, show it and let it be written back;
    without the column its statement fails, and the request begins again by the revision that is applied.
    """
    for each in newly_encrypted(before, after):
        column = before.tables[each.entity].c[each.was.key]
        every = read_tombstones(connection, version(connection))
        place = f"{column.table.name}.{column.name}"
        gone = [*(one for one in every if one.place == place), *earlier_forms(place, every)]
        for part in sorted({part for one in gone for part in one.parts}):
            table, _, name = part.partition(".")
            quoted = connection.dialect.identifier_preparer.quote(name)
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {quoted}" if name else f"DROP TABLE {table}")
        forget_tombstones(connection, (one.place for one in gone))


def newly_encrypted(before: Models, after: Models) -> list[Retype]:
    """The fields that become encrypted."""
    found = retypes(Pair(before.catalog, after.catalog))
    return [each for each in found if each.now.encrypted and not each.was.encrypted]


def forget_words(connection: Connection, before: Models, after: Models) -> None:
    """Once the search rows are written anew: FTS5 keeps the words of rows that are gone until it puts itself together."""
    if connection.dialect.name == "sqlite" and any(each.was.searchable for each in newly_encrypted(before, after)):
        connection.exec_driver_sql("INSERT INTO tenon_search_index (tenon_search_index) VALUES ('optimize')")


def _empty_former(connection: Connection, column: sa.Column[Any]) -> None:
    """PostgreSQL leaves what was in a dropped column where it is."""
    place = f"{column.table.name}.{column.name}"
    former = earlier_forms(place, read_tombstones(connection, version(connection)))
    for part in (place, *(part for one in former for part in one.parts if "." in part)):
        _empty(connection, *part.split("."))


def _forget_overwritten(connection: Connection, column: sa.Column[Any]) -> None:
    """What was overwritten in it, and could be given back."""
    place = place_of_column(column)
    former = earlier_forms(place, read_tombstones(connection, version(connection)))
    forget_places(connection, (place, *(each.place for each in former)))


def _empty(connection: Connection, table: str, column: str) -> None:
    kept = sa.table(table, sa.column(column))
    connection.execute(sa.update(kept).where(kept.c[column].is_not(None)).values({kept.c[column]: None}))


def _erase_lines(connection: Connection, after: Models, entity: str, key: str, revision: int) -> None:
    last = 0
    by: dict[str, Any] = {"at": now(), "actor_id": None, "actor": _BY, "door": "apply"}
    head = {**by, "entity": entity, "action": ERASE, "deletion": None, "revision": revision}
    fields = {key, *graph_of(after.catalog).own(entity, [key])}

    def goes(line: Mapping[Any, Any], told: str) -> bool:
        today = after.former.today(entity, line["revision"], {told: [None, None]})
        return any(each.partition("__")[0] in fields for each in today)

    query = (
        sa.select(audit)
        .where(after.former.written_of(audit, entity), audit.c.action != ERASE, audit.c.changes.is_not(None))
        .order_by(audit.c.id)
        .limit(_BATCH)
    )
    while lines := connection.execute(query.where(audit.c.id > last)).mappings().all():
        last = lines[-1]["id"]
        told = [each for each in lines if any(goes(each, one) for one in each["changes"])]
        if not told:
            continue
        rests = {str(each["id"]): rest_of(each) for each in told}
        some = audit.c.id.in_([each["id"] for each in told])
        connection.execute(sa.update(audit).where(some).values(changes=None, salt=""))
        insert_rows(connection, audit, rows_under(head, [(0, {ERASE: [None, rests]})]))
        insert_rows(connection, audit, lines_left(by, told, goes))
