"""Filling computed fields of existing rows when their formulas are new or changed: within the switch to a revision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.access import system_actor
from app.expression import to_json
from app.expression.computed import Computed
from app.expression.graph import Place, graph_of
from app.orm.models import Models
from app.orm.store import Store
from app.record.audit import write_audit
from app.record.reckoning import recompute
from app.record.unit import Unit
from app.record.upward import computed_places, derive_upward, grouped

FILLED = "fill"
"""The action in the audit: one line for each entity and step, with the fields and how many records changed."""
WRITTEN = "mend"
"""As `fill`, of fields whose values became others of another kind, or were given or emptied as the configuration says."""
_CHUNK = 5_000
_NOTHING: Mapping[Place, int] = MappingProxyType({})


def fill_computed(connection: Connection, before: Models, after: Models, revision: int) -> None:
    """Works out what is new or means something else than before, in all rows that are not deleted, and what follows from
    that. No record gets a line of audit or an event of its own.
    """
    _fill(connection, after, revision, changed_places(before, after))


def fill_following(connection: Connection, after: Models, revision: int, written: Mapping[Place, int]) -> None:
    """As `fill_computed`, of what follows from fields that a switch has written itself. These get a line of audit, too:
    one for each entity, with how many records each field was written in.
    """
    if not written:
        return
    following = {link.target for link in graph_of(after.catalog).links if link.source in written}
    _fill(connection, after, revision, [each for each in computed_places(after.catalog) if each in following], written)


def _fill(
    connection: Connection,
    after: Models,
    revision: int,
    asked: Sequence[Place],
    written: Mapping[Place, int] = _NOTHING,
) -> None:
    if not asked and not written:
        return
    session = Session(connection, join_transaction_mode="rollback_only")
    store = Store(connection.engine, after, revision)
    unit = Unit(store, system_actor("system:command"), session, "command", quiet=True)
    for entity in dict.fromkeys(entity for entity, _ in written):
        told = {key: [None, count] for (owner, key), count in sorted(written.items()) if owner == entity}
        write_audit(unit, entity, WRITTEN, [(0, told)])
    for entity, fields in grouped(after.catalog, asked):
        changed = sum(len(recompute(unit, entity, ids, fields)) for ids in _chunks(connection, after, entity))
        if changed:
            write_audit(unit, entity, FILLED, [(0, {key: [None, changed] for key in sorted(fields)})])
    derive_upward(unit)
    session.commit()  # of the session alone: the transaction is the switch's


def changed_places(before: Models, after: Models) -> list[Place]:
    """The computed fields that are new or that mean something else, in their order. Those of new entities have no rows."""
    old, new = graph_of(before.catalog).formulas, graph_of(after.catalog).formulas
    return [
        place
        for place in computed_places(after.catalog)
        if place not in old or _meaning(old[place]) != _meaning(new[place])
    ]


def _meaning(computed: Computed) -> str:
    """All that decides on the value, as text: also what stages and weights say that a formula asks for."""
    trees = [to_json(each.root) for each in computed.expressions]
    totals = [
        [each.key, each.entity, each.lookup, None if each.where is None else to_json(each.where)]
        for each in computed.aggregates
    ]
    points = [[str(each.add), each.when is None] for each in computed.points]
    return json.dumps([trees, totals, points, repr(computed.type)])


def _chunks(connection: Connection, models: Models, entity: str) -> Iterator[Sequence[Any]]:
    table = models.tables[entity]
    query = sa.select(table.c.id).where(table.c.deleted_at.is_(None)).order_by(table.c.id).limit(_CHUNK)
    last = 0
    while ids := connection.execute(query.where(table.c.id > last)).scalars().all():
        yield ids
        last = ids[-1]
