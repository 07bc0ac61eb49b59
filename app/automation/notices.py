"""Notices: what people are told in the application. Each is told once, and not in their quiet hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from app.automation.wishes import area_of, next_working_moment, wishes_of
from app.definition import Catalog
from app.frozen import dataclass
from app.orm.framework import notice

AT_ONCE = 500  # rows of a statement: each has nine of the variables of which a database takes some ten thousand


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Tells a person something about a record, in the words of `notice.<kind>`. `mark` is what makes it the same notice:
    it is told once. `params` hold nothing that its reader may not see; the record's name is found when it is read.
    """

    user: int
    kind: str
    mark: str
    entity: str | None = None
    record: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    show_at: dt.datetime | None = None


def tell(connection: Connection, notices: Sequence[Notice], now: dt.datetime, catalog: Catalog | None = None) -> int:
    """Writes notices, in the transaction of what they tell of; how many were new. What a person does not wish to be told of
    is left out; where the catalog says when one works, the others rest until then, unless he wishes otherwise.
    """
    if not notices:
        return 0
    wishes = wishes_of(connection, {each.user for each in notices})
    later = now if catalog is None else next_working_moment(catalog, now)
    rests = {user for user, each in wishes.items() if catalog is not None and each.rests(catalog)}
    rows = []
    for each in notices:
        way = wishes[each.user].way(area_of(each.kind))
        show_at = each.show_at or (later if each.user in rests else now)
        row = {
            "user_id": each.user, "kind": each.kind, "mark": each.mark, "entity": each.entity, "record": each.record,
            "params": dict(each.params) or None, "at": now, "show_at": show_at,
            "mail_due": show_at if way in {"mail", "digest"} else None,
        }  # fmt: skip
        if way != "off":
            rows.append(row)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = 0
    for start in range(0, len(rows), AT_ONCE):
        statement = insert(notice).values(rows[start : start + AT_ONCE])
        statement = statement.on_conflict_do_nothing(index_elements=["user_id", "mark"])
        new += len(connection.execute(statement.returning(notice.c.id)).all())
    return new
