"""Sessions of an actor: every statement on an entity carries the scope of what he may read."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from app.access.actor import Actor
from app.access.scope import row_condition, values_condition
from app.definition import Verb
from app.orm.models import Models
from app.orm.store import Criteria, ScopedSession, Store

_KEPT_ACTORS = 256  # whose conditions are kept, per models: people send many requests, each with the same conditions
_MODELS = "models"
_ACTOR = "actor"
_CLOCK = "clock"


@contextmanager
def reading(store: Store, actor: Actor, connection: Connection | None = None) -> Iterator[Session]:
    """A session that sees what the actor may read, and can't write; on a reader's connection where one is open."""
    with store.reading_session(read_criteria(store.models, actor), connection) as session:
        yield _of(session, store, actor)


@contextmanager
def writing(store: Store, actor: Actor) -> Iterator[Session]:
    """A unit of work that sees what the actor may read. For `record` alone."""
    with store.writing_session(read_criteria(store.models, actor)) as session:
        yield _of(session, store, actor)


def end_writing(session: Session) -> None:
    """What follows in a unit of work can't write any more, and reads with the actor's scopes alone."""
    assert isinstance(session, ScopedSession)
    session.end_writing()


def models_of(session: Session) -> Models:
    """The models of the store that the session was opened on."""
    found: Models = session.info[_MODELS]
    return found


def actor_of(session: Session) -> Actor:
    """The actor whose scope the session carries."""
    found: Actor = session.info[_ACTOR]
    return found


def now_of(session: Session) -> dt.datetime:
    """The moment by the clock of the store that the session was opened on."""
    found: dt.datetime = session.info[_CLOCK]()
    return found


def lasting_condition(models: Models, actor: Actor, verb: Verb, entity: str) -> ColumnElement[bool] | None:
    """As `row_condition`; equal actors get the same condition, made once, so that statements with it can be kept."""
    made, key = _made_for(models, actor), f"{verb} {entity}"
    if key not in made:
        made[key] = row_condition(models, actor, verb, entity)
    return made[key]


def read_criteria(models: Models, actor: Actor) -> Criteria:
    """What a session of the actor puts on each entity. Equal actors get the same conditions, made once."""
    made = _made_for(models, actor)

    def criteria(entity: str) -> ColumnElement[bool] | None:
        if entity not in made:
            condition = values_condition if entity in models.many else partial(row_condition, verb="read")
            made[entity] = condition(models, actor, entity=entity)
        return made[entity]

    return criteria


def _made_for(models: Models, actor: Actor) -> dict[str, ColumnElement[bool] | None]:
    """The conditions of an actor: of his sessions by entity, others by verb and entity."""
    kept: OrderedDict[Actor, dict[str, ColumnElement[bool] | None]] = models.metadata.info.setdefault(
        "read_criteria", OrderedDict()
    )
    made = kept.setdefault(actor, {})
    if len(kept) > _KEPT_ACTORS:
        kept.popitem(last=False)
    return made


def _of(session: Session, store: Store, actor: Actor) -> Session:
    session.info[_MODELS] = store.models
    session.info[_ACTOR] = actor
    session.info[_CLOCK] = store.clock
    return session
