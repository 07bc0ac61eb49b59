"""Computed fields that follow from what a plan writes: told, for their rows change with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog
from app.expression.graph import Place, graph_of
from app.orm.models import Models
from app.plan.pair import counted
from app.plan.question import (
    Blank,
    Converts,
    GivesBack,
    Merged,
    OutOfRange,
    Refused,
    Repeated,
    WorkedOut,
    WrongLength,
)
from app.plan.step import Kind, Step


def following_steps(connection: Connection, before: Models, after: Catalog, steps: Iterable[Step]) -> Iterator[Step]:
    """A step for each computed field that has none of its own and follows from what `steps` write, however far. `before` are
    the tables as they are, in the words of the next catalog.
    """
    found = list(steps)
    worked_out = {(each.check.entity, each.check.field) for each in found if isinstance(each.check, WorkedOut)}
    sources = {place for each in found for place in _written(each)} | worked_out
    if not sources:
        return
    graph = graph_of(after)
    causes: dict[Place, str] = {place: ".".join(place) for place in sorted(sources)}
    for place in graph.order:
        first = next(
            (causes[link.source] for link in graph.links if link.target == place and link.source in causes), None
        )
        if first is None or place in worked_out:
            continue
        causes.setdefault(place, first)
        entity, key = place
        if entity in before.tables and key in before.catalog.entities[entity].fields:
            table = before.tables[entity]
            query = sa.select(sa.func.count()).select_from(table).where(table.c.deleted_at.is_(None))
            rows = connection.execute(query).scalar_one()
            if rows:
                yield Step(
                    kind=Kind.FILL,
                    target=f"{entity}.{key}",
                    detail=f"follows {first}",
                    path=("entities", entity, "fields", key),
                    origin=after.origin("entities", entity, "fields", key),
                    impact=f"in up to {counted(rows, 'row')}",
                    risk="slow",
                )


def _written(step: Step) -> Iterator[Place]:
    """The fields in which a step writes into rows that are there."""
    check = step.check
    if step.blocks or not step.impact:
        return
    if isinstance(check, Merged):
        yield from ((holder[0], holder[1]) for holder in check.fields)
    elif isinstance(check, GivesBack):
        yield check.holder[0], check.holder[1]
    elif isinstance(check, Refused):
        yield from check.mended
    elif isinstance(check, Repeated):
        if check.emptied is not None:
            yield check.entity, check.emptied
    elif isinstance(check, Converts):
        yield check.entity, check.field
    elif isinstance(check, Blank | WrongLength | OutOfRange):
        said = check.decision
        if said.given is not None or said.existing == "blank":
            yield check.entity, check.field
