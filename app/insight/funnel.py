"""Records by stage, in the actor's scope: how many are in each and what they amount to, and how many went on from each.
One statement each.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, field_rights, models_of
from app.definition import Entity
from app.frozen import dataclass
from app.insight.filters import conditions_of
from app.insight.query import BadQuery, Filter
from app.orm.framework import stage_move

MOST_MOVES = 5_000  # the newest


@dataclass(frozen=True)
class StageSum:
    """One stage: its key, the count of records and the sum of the field (None: nothing to sum)."""

    stage: str
    count: int
    sum: Decimal | None


def by_stage(
    session: Session, actor: Actor, entity: str, stage: str, amount: str | None, filters: Sequence[Filter] = ()
) -> list[StageSum]:
    """The records that fit the filters by `stage`, in no order. Raises BadQuery for fields not read in clear."""
    models = models_of(session)
    rights = field_rights(models.catalog, actor, entity)
    for key in filter(None, (stage, amount)):
        if key not in rights.clear:
            raise BadQuery("field", key)
    group = models.attribute(entity, stage)
    columns = [group, sa.func.count(models.attribute(entity, "id"))]
    if amount:
        columns.append(sa.func.sum(models.attribute(entity, amount)))
    conditions = conditions_of(models, actor, rights, filters)
    found = session.execute(sa.select(*columns).where(*conditions, group.is_not(None)).group_by(group)).all()
    return [StageSum(row[0], row[1], Decimal(row[2]) if amount and row[2] is not None else None) for row in found]


@dataclass(frozen=True)
class Conversion:
    """Of the records that left a stage how many went on: to a later stage of their pipeline that is not a lost one."""

    left: int
    went_on: int

    @property
    def percent(self) -> int:
        """How many of a hundred."""
        return round(self.went_on * 100 / self.left)


def conversions(
    session: Session, actor: Actor, entity: str, stage: str, filters: Sequence[Filter], since: dt.datetime
) -> dict[str, Conversion]:
    """By stage what became of the records that fit the filters and left it since then; of one that came back to it the last
    time counts. Raises BadQuery for fields not read in clear.
    """
    models = models_of(session)
    rights = field_rights(models.catalog, actor, entity)
    if stage not in rights.clear:
        raise BadQuery("field", stage)
    a_class = models.classes[entity]
    move = stage_move.c
    query = (
        sa.select(move.record, move.pipeline, move.stage_from, move.stage_to)
        .join(a_class, a_class.id == move.record)
        .where(move.entity == entity, move.field == stage, move.at >= since, move.stage_from.is_not(None))
        .where(*conditions_of(models, actor, rights, filters))
        .order_by(move.id.desc())
        .limit(MOST_MOVES)
    )
    last: dict[tuple[int, str], bool] = {}
    for record, pipeline, source, to in session.execute(query):
        on = _goes_on(models.catalog.entities[entity], pipeline, source, to)
        if on is not None:
            last.setdefault((record, source), on)
    left, went_on = Counter(key for _, key in last), Counter(key for (_, key), on in last.items() if on)
    return {key: Conversion(number, went_on[key]) for key, number in left.items()}


def _goes_on(entity: Entity, pipeline: str | None, source: str, to: str | None) -> bool | None:
    """None where the configuration does not know the move any more."""
    line = entity.pipelines.get(pipeline or "")
    if line is None or to is None or source not in line.stages or to not in line.stages:
        return None
    order = list(line.stages)
    return line.stages[to].category != "lost" and order.index(to) > order.index(source)
