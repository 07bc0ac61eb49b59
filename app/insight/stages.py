"""Where records stood before, and which of them stay in their stage for too long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, context_of, models_of, reads_in_clear
from app.expression import BOOL, BadExpression, get_expression
from app.expression.node import FALSE
from app.frozen import dataclass
from app.orm.expression import condition, scoped
from app.orm.framework import stage_move

MOST_MOVES = 500  # of one record, the newest
_COLUMNS = (stage_move.c.field, stage_move.c.stage_from, stage_move.c.stage_to, stage_move.c.at)


@dataclass(frozen=True)
class Moved:
    """One move: from nowhere where the record began, to nowhere where it left its pipeline."""

    field: str
    stage_from: str | None
    stage_to: str | None
    at: dt.datetime


def moves_of(session: Session, entity: str, record: int) -> tuple[Moved, ...]:
    """The moves of a record that was found to be in sight, oldest first. What of them is shown is for the caller: they tell
    of fields.
    """
    of_record = sa.and_(stage_move.c.entity == entity, stage_move.c.record == record)
    query = sa.select(*_COLUMNS).where(of_record).order_by(stage_move.c.id.desc()).limit(MOST_MOVES)
    return tuple(Moved(*row) for row in reversed(session.execute(query).all()))


def staying(
    session: Session, actor: Actor, entity: str, field: str, ids: Sequence[int], now: dt.datetime
) -> frozenset[int]:
    """Those of these records that are in the stage of that field for longer than it may take. One statement, none where
    no stage says how long; nothing where that counts in working days, which lists do not ask.
    """
    models = models_of(session)
    try:
        found = get_expression(models.catalog, entity, f"{field}.is_stale", BOOL, "filter")
    except BadExpression:
        return frozenset()
    if not ids or found.root.op == FALSE.op or not reads_in_clear(models.catalog, actor, found):
        return frozenset()
    source = scoped(models, entity)
    late = condition(source, found.root, context_of(models.catalog, actor, now))
    query = source.joined(sa.select(source.column("id"))).where(source.column("id").in_(ids), late)
    return frozenset(session.execute(query).scalars())
