"""What an actor may do with one record that he sees: one statement for all verbs."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, Allowed, Decision, decide, models_of, row_condition
from app.definition import Catalog, Scope, Verb


def abilities(session: Session, actor: Actor, entity: str, record_id: int, verbs: Iterable[Verb]) -> frozenset[Verb]:
    """Those of the verbs that the actor may use on this record. For buttons: a save decides anew.

    No statement when each verb is granted on all records, on none, or wherever reading is.
    """
    models = models_of(session)
    decisions = {verb: decide(models.catalog, actor, verb, entity) for verb in verbs}
    allowed = [verb for verb, decision in decisions.items() if isinstance(decision, Allowed)]
    seen = _scopes(decide(models.catalog, actor, "read", entity))
    # Granted by every scope by which the record may be read: as it is read, it is among them. Not so where a place on a team may
    # be what lets it be read: it need not count for the verb.
    placed = _decides(models.catalog, entity) in {of for of, _ in actor.places}
    asked = [verb for verb in allowed if placed or not seen or not seen <= _scopes(decisions[verb])]
    conditions = {verb: row_condition(models, actor, verb, entity) for verb in asked}
    limited = {verb: condition for verb, condition in conditions.items() if condition is not None}
    if not limited:
        return frozenset(allowed)
    # A comparison with a blank is unknown, not false: count only what is true.
    wanted = [sa.case((condition, 1), else_=0).label(f"may_{verb}") for verb, condition in limited.items()]
    record = models.attribute(entity, "id")
    row = session.execute(sa.select(*wanted).where(record == record_id)).one_or_none()
    granted = {verb for verb, yes in zip(limited, row or (0,) * len(limited), strict=True) if yes}
    return frozenset(verb for verb in allowed if verb not in limited or verb in granted)


def _decides(catalog: Catalog, entity: str) -> str:
    """The entity whose records decide: that of the whole, for parts."""
    link = catalog.part_link(entity)
    return entity if link is None else link.whole


def _scopes(decision: Decision) -> frozenset[Scope]:
    return frozenset(scope for _, scope in decision.scopes) if isinstance(decision, Allowed) else frozenset()


def among(session: Session, actor: Actor, entity: str, verb: Verb, ids: Iterable[int]) -> frozenset[int]:
    """Those of the records on which the actor may use the verb. No statement where it is granted on all or on none."""
    models = models_of(session)
    wanted = frozenset(ids)
    if not wanted or not isinstance(decide(models.catalog, actor, verb, entity), Allowed):
        return frozenset()
    condition = row_condition(models, actor, verb, entity)
    if condition is None:
        return wanted
    record = models.attribute(entity, "id")
    return frozenset(session.execute(sa.select(record).where(record.in_(wanted), condition)).scalars())
