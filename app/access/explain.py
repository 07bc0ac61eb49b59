"""Why may someone do this, or why not? The decision with the lines of configuration that made it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.decision import VERBS_OF_WHOLE, Denied, decide, grant_origin, grants_of, is_exception
from app.access.scope import scopes_condition
from app.definition import Catalog, Role, Scope, Verb, Where
from app.definition.keys import EVERY_ENTITY
from app.definition.role import ScopeWord
from app.diagnostics import Span
from app.frozen import dataclass
from app.orm.framework import record_team
from app.orm.models import Models
from app.orm.store import INCLUDE_DELETED, Store

_MEANINGS: dict[ScopeWord, str] = {
    "all": "every record",
    "own": "records that they own",
    "team": "records that they own or that belong to one of their teams",
    "subtree": "records that they own or that belong to their department or one below it",
    "parent": "records whose parent record they may read; without a parent, those that they own",
}


@dataclass(frozen=True)
class Line:
    """One line of an explanation, and where what it says was written."""

    text: str
    origin: Span | None = None


@dataclass(frozen=True)
class Reason:
    """A role (or an exception in its name) that grants a verb, for which records, and where that was written. `holds` says
    whether the record that was asked about is among them; None where none was.
    """

    role: Role
    scope: Scope
    origin: Span | None
    holds: bool | None = None


def reasons(
    store: Store, actor: Actor, verb: Verb, entity: str, record_id: int | None = None
) -> tuple[Reason, ...] | None:
    """Who grants the verb; empty where nobody does. None where there is no such record.

    Reads the record whoever the actor is: for administrators.
    """
    catalog = store.catalog
    granted = [
        Reason(role, scope := grant.scope(verb), _scope_origin(catalog, role, entity, verb, scope))
        for role, grant in grants_of(catalog, actor, verb, entity)
    ]
    if record_id is None or verb == "create" or entity not in catalog.entities:
        return tuple(granted)
    # Whatever the actor may see, the answer is about this one record: nothing is scoped here.
    with store.reading_session(lambda _: None) as session:
        among = partial(_exists, session, store.models, (entity, record_id), actor, verb)
        if not among("all"):
            return None
        return tuple(Reason(each.role, each.scope, each.origin, among(each.scope)) for each in granted)


def explain(store: Store, actor: Actor, verb: Verb, entity: str, record_id: int | None = None) -> list[Line]:
    """The decision on a verb, first; below it each role that grants it. With a record: whether that record is meant."""
    decision = decide(store.catalog, actor, verb, entity)
    if isinstance(decision, Denied):
        return [Line(f"denied: {decision.reason}", decision.origin)]
    found = reasons(store, actor, verb, entity, record_id)
    if found is None:
        return [Line(f"denied: there is no {entity} {record_id}")]
    if record_id is None or verb == "create":
        return [Line(f"allowed: {actor.name} may {verb} {entity} records"), *_granting(found, verb)]
    hit = any(each.holds for each in found)
    head = f"{'allowed' if hit else 'denied'}: {actor.name} {'may' if hit else 'may not'} {verb} {entity} {record_id}"
    return [Line(head), *_about(found, verb), *_of_places(store, actor, verb, entity, record_id)]


def _granting(found: tuple[Reason, ...], verb: Verb) -> Iterator[Line]:
    for each in found:
        meaning = "" if verb == "create" else f" {each.scope}: {_meaning(each.scope)}"
        yield Line(f"{_who(each.role)} grants {verb}{meaning}", each.origin)


def _about(found: tuple[Reason, ...], verb: Verb) -> Iterator[Line]:
    for each in found:
        state = "is" if each.holds else "is not"
        text = f"{_who(each.role)} grants {verb} {each.scope} ({_meaning(each.scope)}): this record {state} among them"
        yield Line(text, each.origin)


def _of_places(store: Store, actor: Actor, verb: Verb, entity: str, record_id: int) -> Iterator[Line]:
    """What the places say that the actor, or somebody for whom he stands in, has on the team of the record that decides."""
    catalog = store.catalog
    link = catalog.part_link(entity)
    with store.reading_session(lambda _: None) as session:
        if link is not None:
            part = store.models.classes[entity]
            whole = sa.select(getattr(part, link.field)).where(part.id == record_id)
            found = session.execute(whole, execution_options={INCLUDE_DELETED: True}).scalar_one()
            entity, record_id, verb = link.whole, found, VERBS_OF_WHOLE.get(verb, (verb,))[-1]
        places = session.execute(
            sa.select(record_team.c.user_id, record_team.c.position)
            .where(record_team.c.entity == entity, record_team.c.record == record_id)
            .where(record_team.c.user_id.in_(actor.owning), record_team.c.position.is_not(None))
            .order_by(record_team.c.user_id)
        ).all()
    counting = catalog.entities[entity].places_for(verb)
    for user, place in places:
        whose = actor.name if user == actor.user_id else f"user {user}, for whom {actor.name} stands in,"
        means = f"the record is their own for {verb}" if place in counting else f"it says nothing of {verb}"
        origin = catalog.origin("entities", entity, "record_team", place)
        yield Line(f"{whose} has the place {place} on the team of {entity} {record_id}: {means}", origin)


def _who(role: Role) -> str:
    return "an exception made for this person" if is_exception(role) else f"role {role.key}"


def _meaning(scope: Scope) -> str:
    return "records for which it holds" if isinstance(scope, Where) else _MEANINGS.get(scope, "")


def _scope_origin(catalog: Catalog, role: Role, entity: str, verb: Verb, scope: Scope) -> Span | None:
    """The line of the expression where one decides, else that of the verb."""
    if is_exception(role):
        return None
    if not isinstance(scope, Where) or role.grant(entity) is None:
        return grant_origin(catalog, role, entity, verb)
    key = entity if entity in role.grants else EVERY_ENTITY
    return catalog.origin("roles", role.key, "grants", key, verb, "where")


def _exists(session: Session, models: Models, record: tuple[str, int], actor: Actor, verb: Verb, scope: Scope) -> bool:
    entity, record_id = record
    a_class = models.classes[entity]
    condition = scopes_condition(models, actor, verb, entity, (scope,))
    query = sa.select(a_class.id).where(a_class.id == record_id)
    if condition is not None:
        query = query.where(condition)
    return session.execute(query, execution_options={INCLUDE_DELETED: True}).first() is not None
