"""Records that a switch moves to another stage: set-wise, with a line in the history of stages for each, past all guards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.definition.pipeline import SINCE_SUFFIX
from app.orm.framework import stage_move
from app.orm.models import Models
from app.orm.types import now

_ACTOR = "system:command"


def note_moves(connection: Connection, table: sa.Table, here: ColumnElement[bool], told: Mapping[str, Any]) -> None:
    """A line of the history of stages for each of these rows; `told` are its other columns."""
    values = {**told, "actor": _ACTOR}
    named = [sa.literal(each, stage_move.c[name].type).label(name) for name, each in values.items()]
    rows = sa.select(table.c.id, *named).where(here)
    connection.execute(sa.insert(stage_move).from_select(["record", *values], rows))


def move_back(
    connection: Connection, models: Models, place: tuple[str, str], moves: Iterable[tuple[int, str, str]], mark: int
) -> None:
    """Moves records, each from a stage to another one, now: what a rollback gives back."""
    entity, field = place
    table, moment, ways = models.tables[entity], now(), dict[tuple[str, str], list[int]]()
    for row, source, to in moves:
        ways.setdefault((source, to), []).append(row)
    for (source, to), rows in sorted(ways.items()):
        here = sa.and_(table.c.id.in_(rows), table.c[field] == source)
        told = {
            "entity": entity,
            "field": field,
            "stage_from": source,
            "stage_to": to,
            "at": moment,
            "changed_seq": mark,
        }
        note_moves(connection, table, here, told)
        values = {table.c[field]: to, table.c[field + SINCE_SUFFIX]: moment, table.c.changed_seq: mark}
        connection.execute(sa.update(table).where(here).values(values))


def move_all(connection: Connection, models: Models, place: tuple[str, str], way: tuple[str, str], mark: int) -> None:
    """Moves all records that are in the one stage to the other, now. The moves say no pipeline: nobody made them, so that they
    count for no conversion.
    """
    entity, field = place
    source, to = way
    table, moment = models.tables[entity], now()
    here = table.c[field] == source
    told = {"entity": entity, "field": field, "stage_from": source, "stage_to": to, "at": moment, "changed_seq": mark}
    note_moves(connection, table, here, told)
    values = {table.c[field]: to, table.c[field + SINCE_SUFFIX]: moment, table.c.changed_seq: mark}
    connection.execute(sa.update(table).where(here).values(values))
