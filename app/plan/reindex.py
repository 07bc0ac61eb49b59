"""Search rows made anew, a part of an entity's records at a time: each part is whole when it is committed, so that who was cut
off goes on behind the last one, and others save in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.orm.engine import PLAN, UNIT
from app.orm.framework import search_row
from app.orm.search import delete_search_rows, search_rows, searched_columns, write_search_rows
from app.orm.store import StaleRevision, Store
from app.orm.writers import revision_to_write

BATCH = 1_000
Tell = Callable[[str, int, int], object]
"""Is told of each part: the entity, how many records are done, the id of the last one."""


def rebuild_search(store: Store, entity: str, tell: Tell, after: int = 0) -> int:
    """Makes the search rows of an entity's records with ids above `after` anew; how many records there were. Rows of records
    that are not there any more go. Raises StaleRevision where another configuration is applied meanwhile.
    """
    done = 0
    while ids := _rebuild_part(store, entity, after):
        done, after = done + len(ids), ids[-1]
        tell(entity, done, after)
    table = store.models.tables[entity]
    lost = ~sa.exists().where(table.c.id == search_row.c.record, table.c.deleted_at.is_(None))
    with _writing(store) as connection:
        found = sa.select(search_row.c.record).where(search_row.c.entity == entity, lost).distinct()
        delete_search_rows(connection, entity, connection.execute(found).scalars().all())
    return done


def _rebuild_part(store: Store, entity: str, after: int) -> Sequence[int]:
    """The next records, locked until their rows are right: what is saved meanwhile comes before or after."""
    table, groups = store.models.tables[entity], searched_columns(store.catalog, entity)
    fields = [column for columns in groups.values() for column in columns]
    chosen = sa.select(table.c.id, table.c.deleted_at, *(table.c[field] for field in fields)).where(table.c.id > after)
    with _writing(store) as connection:
        rows = connection.execute(chosen.order_by(table.c.id).limit(BATCH).with_for_update()).all()
        ids = [row[0] for row in rows]
        delete_search_rows(connection, entity, ids)
        alive = [row for row in rows if row[1] is None]
        found = [search_rows(entity, row[0], dict(zip(fields, row[2:], strict=True)), groups) for row in alive]
        write_search_rows(connection, [each for some in found for each in some])
    return ids


@contextmanager
def _writing(store: Store) -> Iterator[Connection]:
    with store.engine.connect().execution_options(**{UNIT: PLAN}) as connection, connection.begin():
        if (applied := revision_to_write(connection)) != store.revision:
            raise StaleRevision(f"built for revision {store.revision}, the database has {applied}")
        yield connection
