"""Why may someone do this, or why not? The decision with the lines of configuration that made it."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.decision import Denied, decide, grant_origin, grants_of
from app.access.scope import scopes_condition
from app.definition import Catalog, Role, Scope, Verb, Where
from app.definition.keys import EVERY_ENTITY
from app.definition.role import ScopeWord
from app.diagnostics import Span
from app.frozen import dataclass
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


def explain(store: Store, actor: Actor, verb: Verb, entity: str, record_id: int | None = None) -> list[Line]:
    """The decision on a verb, first; below it each role that grants it. With a record: whether that record is meant.

    Reads the record whoever the actor is: for administrators at the command line.
    """
    catalog = store.catalog
    decision = decide(catalog, actor, verb, entity)
    if isinstance(decision, Denied):
        return [Line(f"denied: {decision.reason}", decision.origin)]
    grants = list(_grant_lines(catalog, actor, verb, entity))
    if record_id is None or verb == "create":
        return [Line(f"allowed: {actor.name} may {verb} {entity} records"), *grants]
    # Whatever the actor may see, the answer is about this one record: nothing is scoped here.
    with store.reading_session(lambda _: None) as session:
        return _explain_record(session, store.models, actor, verb, (entity, record_id))


def _grant_lines(catalog: Catalog, actor: Actor, verb: Verb, entity: str) -> Iterator[Line]:
    for role, grant in grants_of(catalog, actor, verb, entity):
        scope = grant.scope(verb)
        meaning = "" if verb == "create" else f" {scope}: {_meaning(scope)}"
        yield Line(f"role {role.key} grants {verb}{meaning}", _scope_origin(catalog, role, entity, verb))


def _meaning(scope: Scope) -> str:
    return "records for which it holds" if isinstance(scope, Where) else _MEANINGS.get(scope, "")


def _scope_origin(catalog: Catalog, role: Role, entity: str, verb: Verb) -> Span | None:
    """The line of the expression where one decides, else that of the verb."""
    grant = role.grant(entity)
    if grant is None or not isinstance(grant.scope(verb), Where):
        return grant_origin(catalog, role, entity, verb)
    key = entity if entity in role.grants else EVERY_ENTITY
    return catalog.origin("roles", role.key, "grants", key, verb, "where")


def _explain_record(session: Session, models: Models, actor: Actor, verb: Verb, record: tuple[str, int]) -> list[Line]:
    entity, record_id = record
    if not _exists(session, models, record, "all", actor):
        return [Line(f"denied: there is no {entity} {record_id}")]
    lines = []
    hit = False
    for role, grant in grants_of(models.catalog, actor, verb, entity):
        scope = grant.scope(verb)
        inside = _exists(session, models, record, scope, actor)
        hit = hit or inside
        state = "is" if inside else "is not"
        text = f"role {role.key} grants {verb} {scope} ({_meaning(scope)}): this record {state} among them"
        lines.append(Line(text, _scope_origin(models.catalog, role, entity, verb)))
    word = "allowed" if hit else "denied"
    may = "may" if hit else "may not"
    return [Line(f"{word}: {actor.name} {may} {verb} {entity} {record_id}"), *lines]


def _exists(session: Session, models: Models, record: tuple[str, int], scope: Scope, actor: Actor) -> bool:
    entity, record_id = record
    a_class = models.classes[entity]
    condition = scopes_condition(models, actor, entity, (scope,))
    query = sa.select(a_class.id).where(a_class.id == record_id)
    if condition is not None:
        query = query.where(condition)
    return session.execute(query, execution_options={INCLUDE_DELETED: True}).first() is not None
