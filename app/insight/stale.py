"""Which records hold computed fields that are still to be worked out."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import models_of
from app.expression.graph import graph_of
from app.orm.framework import stale


def stale_among(session: Session, entity: str, ids: Sequence[int]) -> frozenset[int]:
    """Those of these records that are being recalculated. No statement for an entity that follows from no other."""
    if not ids or entity not in graph_of(models_of(session).catalog).followers:
        return frozenset()
    query = sa.select(stale.c.record).where(stale.c.entity == entity, stale.c.record.in_(ids))
    return frozenset(session.execute(query).scalars())
