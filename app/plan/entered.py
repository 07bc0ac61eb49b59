"""Fields that people filled, and that a formula fills from now on, or the other way round: what is kept of what they entered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from sqlalchemy.engine import Connection

from app.expression.graph import Place as GraphPlace
from app.orm.models import Models
from app.plan.cells import filled_cells, held_cells
from app.plan.overwritten import Keeping, Place, may_be_kept, settle_worked_out
from app.plan.tombstone import place_of


def keep_entered(keeping: Keeping, before: Models, after: Models) -> None:
    """Keeps what all rows hold, blanks and those in the bin too, where a formula is about to fill the column. `before` are the
    tables as they were with what comes back, in the words of `after`.
    """
    for entity, key in _shared(before, after):
        was, now = before.catalog.get_field(entity, key), after.catalog.get_field(entity, key)
        place = place_of(after.catalog, after.names, entity, key)
        stays = place == place_of(before.catalog, before.names, entity, key)
        column = after.tables[entity].c[key]
        if not stays or was.is_computed or not now.is_computed or not may_be_kept(now):
            continue
        if not keeping.all_worked_out(column, now.holds):
            for cells in filled_cells(keeping.connection, after, entity, key):
                keeping.worked_out(place, ((Place(row), value) for row, value in cells))
            keeping.blank_worked_out(column)


def settle_entered(connection: Connection, before: Models, after: Models, given_back: Collection[str]) -> None:
    """Where a formula goes, or its field becomes of another kind, what it left is known from now on. Not of places of which all
    is `given_back`.
    """
    for entity, key in _shared(before, after):
        was, now = before.catalog.get_field(entity, key), after.catalog.get_field(entity, key)
        place = place_of(before.catalog, before.names, entity, key)
        stays = place == place_of(after.catalog, after.names, entity, key)
        if was.is_computed and not (now.is_computed and stays) and place not in given_back:
            settle_worked_out(connection, place, partial(held_cells, connection, before, entity, key))


def _shared(before: Models, after: Models) -> Iterator[GraphPlace]:
    for entity, now in after.catalog.entities.items():
        was = before.catalog.entities[entity].fields if entity in before.catalog.entities else {}
        yield from ((entity, key) for key, a_field in now.fields.items() if key in was and not a_field.is_list)
