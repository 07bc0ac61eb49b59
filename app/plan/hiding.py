"""What a switch does beside the schema when something is removed, or comes back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.orm.framework import stale
from app.orm.models import Models
from app.orm.search import delete_search_rows
from app.plan.pointing import lost_references
from app.plan.restoring import Back
from app.plan.tombstone import forget_tombstones, gone_between, write_tombstones


def hide(connection: Connection, before: Models, after: Models, revision: int) -> None:
    """Puts a tombstone on all that `after` lacks. What it leaves no trace of: the search, and what waits to be computed."""
    gone = list(gone_between(before, after))
    write_tombstones(connection, gone, after.catalog, revision)
    for each in (one for one in gone if "." not in one.name):
        delete_search_rows(connection, each.name, connection.execute(sa.select(each.table.c.id)).scalars())
        connection.execute(sa.delete(stale).where(stale.c.entity == each.name))


def mend_restored(connection: Connection, after: Models, back: Back) -> None:
    """Lifts tombstones. What pointed to records that went meanwhile points to nothing from now on."""
    for each in back.lifted:
        entity, _, field = each.name.partition(".")
        for lost in lost_references(after, entity, field or None):
            lost.mend(connection)
    forget_tombstones(connection, (each.place for each in back.lifted))
