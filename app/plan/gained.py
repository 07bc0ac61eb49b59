"""Whom a changed grant lets reach more records, or fewer: asked of the rows by the scopes that decide on every access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.access import Actor, actor_of_user, table_condition
from app.definition import Verb, Where
from app.definition.keys import EVERY_ENTITY
from app.expression import BOOL, get_expression
from app.frozen import dataclass
from app.orm.framework import ab_role, ab_user_role
from app.orm.models import Models
from app.plan.pair import Pair
from app.plan.question import Holders, Reach
from app.plan.retype import changes_kind

MOST_USERS = 200
"""Of more people nobody asks record by record: each adds a condition to the statement."""
_AT_ONCE = 40
_ROWS_OF_THE_BIN = frozenset({"restore"})


@dataclass(frozen=True)
class Reached:
    """How many people gain records and how many lose some, with the number of different records in question."""

    gaining: int
    gained: int
    losing: int
    lost: int


def question_of_grant(pair: Pair, role: str, verb: Verb, entity: str) -> Reach | Holders:
    """What a grant that changes asks: of single records, unless it is for all entities, a new one or a part."""
    asked = entity != EVERY_ENTITY and entity in pair.before.entities and entity in pair.after.entities
    of_rows = verb != "create" and verb not in _ROWS_OF_THE_BIN
    if not asked or not of_rows or pair.after.part_link(entity) or pair.before.part_link(entity):
        return Holders(role)
    return Reach(role, verb, entity, pair.after if _can_be_asked(pair) else None)


def _can_be_asked(pair: Pair) -> bool:
    """Whether the tables as they are have all that the scopes of the next catalog read."""
    same_parents = all(
        key in pair.before.entities and pair.before.entities[key].parent_field == each.parent_field
        for key, each in pair.after.entities.items()
        if each.parent_field is not None
    )
    return same_parents and all(
        _is_there(pair, entity, grant.scope(verb))
        for role in pair.after.roles.values()
        for entity, grant in role.grants.items()
        if entity in pair.after.entities
        for verb in ("read", "update", "delete", "export", "assign", "share", "transition", "merge", "mail")
    )


def _is_there(pair: Pair, entity: str, scope: object) -> bool:
    if not isinstance(scope, Where):
        return True
    if entity not in pair.before.entities:
        return False
    found = get_expression(pair.after, entity, scope.where, BOOL, "filter")
    if found.paths or found.aggregates:
        return False
    was, now = pair.before.entities[entity].every_field, pair.after.entities[entity].every_field
    return all(key in was and not changes_kind(was[key], now[key]) for key in found.fields if key in now)


def reached(check: Reach, connection: Connection, models: Models) -> Reached | None:
    """Compares what each holder reaches in the applied catalog and in the next. None where that can't be asked.

    Two statements for every forty people: who gains or loses anything, and how many different records that are.
    """
    if check.after is None or "user" not in models.tables:
        return None
    after = replace(models, catalog=check.after)
    people = _people(connection, models, after, check.role)
    if people is None:
        return None
    table = models.tables[check.entity]
    alive = sa.true() if "deleted_at" not in table.c else table.c.deleted_at.is_(None)
    gains, losses = [], []
    for before, then in people:
        was = _condition(models, before, check, table)
        now = _condition(after, then, check, table)
        gains.append(sa.and_(now, sa.not_(was)))
        losses.append(sa.and_(was, sa.not_(now)))
    return Reached(*_counts(connection, table, alive, gains), *_counts(connection, table, alive, losses))


def _condition(models: Models, actor: Actor, check: Reach, table: sa.Table) -> ColumnElement[bool]:
    found = table_condition(models, actor, check.verb, check.entity, lambda name: table.c[name])
    # A comparison with a blank is neither true nor false: it grants nothing.
    return sa.true() if found is None else sa.func.coalesce(found, sa.false())


def _people(connection: Connection, models: Models, after: Models, role: str) -> Sequence[tuple[Actor, Actor]] | None:
    """The active people who have a role, as they decide now and as they will; None where there are too many."""
    names = [each for each in {**models.catalog.roles, **after.catalog.roles} if _brings(models, after, each, role)]
    query = (
        sa.select(ab_user_role.c.user_id)
        .join_from(ab_user_role, ab_role, ab_role.c.id == ab_user_role.c.role_id)
        .where(ab_role.c.name.in_(names))
        .distinct()
    )
    ids = connection.execute(query.order_by(ab_user_role.c.user_id).limit(MOST_USERS + 1)).scalars().all()
    if len(ids) > MOST_USERS:
        return None
    given: dict[int, set[str]] = {}
    query = sa.select(ab_user_role.c.user_id, ab_role.c.name).join(ab_role, ab_role.c.id == ab_user_role.c.role_id)
    for user, name in connection.execute(query.where(ab_user_role.c.user_id.in_(ids))):
        given.setdefault(user, set()).add(name)
    found = [actor_of_user(connection, models, user) for user in ids]
    closure = after.catalog.role_closure
    return [
        (actor, replace(actor, roles=closure(frozenset(given[actor.user_id]))))
        for actor in found
        if actor is not None and actor.user_id is not None
    ]


def _brings(models: Models, after: Models, given: str, role: str) -> bool:
    closures = (
        each.catalog.role_closure(frozenset({given})) for each in (models, after) if given in each.catalog.roles
    )
    return any(role in each for each in closures)


def _counts(
    connection: Connection, table: sa.Table, alive: ColumnElement[bool], conditions: Sequence[ColumnElement[bool]]
) -> tuple[int, int]:
    """How many of the conditions hold for a row at all, and for how many rows one of them holds."""
    if not conditions:
        return 0, 0
    people = sum(
        1
        for some in _parts(conditions)
        for each in connection.execute(
            sa.select(*(sa.func.sum(sa.case((one, 1), else_=0)) for one in some)).select_from(table).where(alive)
        ).one()
        if each
    )
    if not people:
        return 0, 0
    anyone = sa.or_(*(sa.or_(*some).self_group() for some in _parts(conditions)))
    count = sa.select(sa.func.count()).select_from(table).where(alive, anyone)
    return people, connection.execute(count).scalar_one()


def _parts(conditions: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(conditions), _AT_ONCE):
        yield conditions[start : start + _AT_ONCE]
