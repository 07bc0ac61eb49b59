"""Open approvals that ask for a move from or to a stage which is merged into another one: they are turned with it, kept beside the
records that they are of, and turned back by a rollback, unless they have ended or ask for something else since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.orm.former import Renames
from app.orm.framework import approval
from app.orm.models import Models
from app.plan.giving_back import undone
from app.plan.overwritten import Keeping, kept_of, stored
from app.plan.question import GivesBack
from app.record.approving import OPEN

_STAGES = (approval.c.stage_from, approval.c.stage_to)


class Turned(NamedTuple):
    """An approval, which of its two stages is turned, and to what."""

    id: int
    column: str
    stage: str


def _waiting(entity: str, field: str) -> ColumnElement[bool]:
    return sa.and_(approval.c.entity == entity, approval.c.field == field, approval.c.state.in_(OPEN))


def count_to_turn(connection: Connection, models: Models, place: Sequence[str], stage: str) -> int:
    """How many ask for a stage, which rows still call so; they say their field as before renames that are not carried out yet."""
    renames = next((each for _, each in models.former.steps), Renames())
    entity, field = place[:2]
    names = renames.fields.get(entity, {})
    old = next((was for was, now in names.items() if now == field), field)
    asked = sa.or_(*(each == stage for each in _STAGES))
    query = sa.select(sa.func.count()).select_from(approval).where(_waiting(renames.before(entity), old), asked)
    found: int = connection.execute(query).scalar_one()
    return found


def turn_approvals(keeping: Keeping, models: Models, place: tuple[str, str], way: tuple[str, str], mark: int) -> None:
    """Makes them ask for the other stage."""
    entity, field = place
    old, new = way
    waiting, at = _waiting(entity, field), models.tables[entity].c[field]
    for column in _STAGES:
        keeping.of_approvals(at, column, sa.and_(waiting, column == old), way)
        changed = {column: new, approval.c.changed_seq: mark}
        keeping.connection.execute(sa.update(approval).where(waiting, column == old).values(changed))


def turned_back(connection: Connection, check: GivesBack) -> Iterator[Turned]:
    """Those that a rollback turns back."""
    c, options = approval.c, check.options or frozenset()
    for kept in kept_of(connection, check.places[:1], check.after):
        asked = {at.target for at in kept if at.target}
        query = sa.select(c.id, *_STAGES).where(c.id.in_(sorted(asked)), c.state.in_(OPEN))
        now = {row["id"]: row for row in connection.execute(query).mappings()} if asked else {}
        for at, told in kept.items():
            if at.target not in now:
                continue
            text = stored(now[at.target][at.kind])
            value, since = undone(text, told)
            stage = json.loads(value or "null")
            if since is not None and value != text and check.names.get(stage, stage) in options:
                yield Turned(at.target, at.kind, stage)


def turn_back(connection: Connection, turned: Iterable[Turned], mark: int) -> None:
    """Makes them ask for what they asked for."""
    for each in turned:
        values = {each.column: each.stage, "changed_seq": mark}
        connection.execute(sa.update(approval).where(approval.c.id == each.id).values(values))
