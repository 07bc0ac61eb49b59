"""Records by stage: how many are in each and what they amount to, in the actor's scope. One statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, field_rights, models_of
from app.insight.filters import conditions_of
from app.insight.query import BadQuery, Filter


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
