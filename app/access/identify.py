"""Who is it? Finds the actor behind a web session, a login name or a user id: one statement, before any session is open."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from app.access.actor import Actor
from app.definition import Catalog
from app.frozen import dataclass
from app.orm.framework import ab_role, ab_user, ab_user_role, revision, web_session
from app.orm.models import Models

LARGEST_SET = 1_000
"""Departments and teams of one actor that count: scopes become lists on an index."""

_SEPARATOR = "\n"  # neither a key of a role nor a number has one
_LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class FoundSession:
    """A web session that has not expired, whose it is, and the number of the newest revision (0: none)."""

    actor: Actor
    id: str
    kind: str
    csrf: str
    created_at: dt.datetime
    seen_at: dt.datetime
    expires_at: dt.datetime
    revision: int


def find_actor_by_session(
    connection: Connection, models: Models, token_hash: str, now: dt.datetime
) -> FoundSession | None:
    """The web session of that token's hash. None when there is none, it has expired, or its person is not active."""
    row = connection.execute(_statement(models, "session"), {"wanted": token_hash, "now": now}).first()
    if row is None:
        return None
    return FoundSession(
        actor=_actor(models.catalog, row),
        id=token_hash,
        kind=row.kind,
        csrf=row.csrf,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        revision=row.revision or 0,
    )


def find_actor_by_login(connection: Connection, models: Models, login: str) -> Actor | None:
    """The active person of that login name, whatever its case; an exact match comes first."""
    row = connection.execute(_statement(models, "login"), {"wanted": login, "folded": login.lower()}).first()
    return None if row is None else _actor(models.catalog, row)


def actor_of_user(connection: Connection, models: Models, user_id: int) -> Actor | None:
    """The active person of that id."""
    row = connection.execute(_statement(models, "user"), {"wanted": user_id}).first()
    return None if row is None else _actor(models.catalog, row)


def _actor(catalog: Catalog, row: Row[Any]) -> Actor:
    return Actor(
        user_id=row.user_id,
        name=row.name or row.username,
        roles=catalog.role_closure(frozenset((row.roles or "").split(_SEPARATOR))),
        department=row.department,
        subtree=_ids(row.subtree),
        teams=_ids(row.teams),
        language=_language(row.locale or catalog.pack.languages[0]),
        time_zone=_zone(row.time_zone) or catalog.pack.time_zone,
    )


def _ids(joined: str | None) -> tuple[int, ...]:
    return tuple(sorted(map(int, joined.split(_SEPARATOR)))) if joined else ()


def _language(locale: str) -> str:
    language = locale[:2].lower()
    return language if language in _LANGUAGES else _LANGUAGES[0]


@lru_cache(maxsize=1_000)
def _zone(name: str | None) -> str | None:
    """The name, where such a zone exists."""
    try:
        return zoneinfo.ZoneInfo(name).key if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _statement(models: Models, by: str) -> sa.Select[Any]:
    """Made once per models: the rest of its life it is found compiled."""
    kept = models.metadata.info.setdefault("find_actor", {})
    if by not in kept:
        kept[by] = _find_actor(models, by)
    found: sa.Select[Any] = kept[by]
    return found


def _find_actor(models: Models, by: str) -> sa.Select[Any]:
    me = _person(models, by).cte("me")
    columns = [column for column in me.c if column.key != "rank"]
    return sa.select(
        *columns,
        _roles(me).label("roles"),
        _subtree(models, me).label("subtree"),
        _teams(models, me).label("teams"),
        sa.select(sa.func.max(revision.c.number)).scalar_subquery().label("revision"),
    )


def _person(models: Models, by: str) -> sa.Select[Any]:
    """The active person, with the columns of his web session where it is looked for by that."""
    person = models.tables["user"]
    found = (
        sa.select(
            person.c.id.label("user_id"),
            person.c.name,
            person.c.department,
            person.c.team,
            person.c.locale,
            person.c.time_zone,
            ab_user.c.username,
        )
        .join_from(person, ab_user, ab_user.c.id == person.c.id)
        .where(ab_user.c.active, person.c.active, person.c.deleted_at.is_(None))
    )
    if by == "user":
        return found.where(person.c.id == sa.bindparam("wanted", type_=sa.BigInteger))
    if by == "login":
        exact = ab_user.c.username == sa.bindparam("wanted", type_=sa.String)
        folded = sa.func.lower(ab_user.c.username) == sa.bindparam("folded", type_=sa.String)
        return found.where(exact | folded).order_by(sa.case((exact, 0), else_=1), person.c.id).limit(1)
    return (
        found.add_columns(
            web_session.c.kind,
            web_session.c.csrf,
            web_session.c.created_at,
            web_session.c.seen_at,
            web_session.c.expires_at,
        )
        .join(web_session, web_session.c.user_id == person.c.id)
        .where(web_session.c.id == sa.bindparam("wanted", type_=sa.Text))
        .where(web_session.c.expires_at > sa.bindparam("now", type_=web_session.c.expires_at.type))
    )


def _joined(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.aggregate_strings(sa.cast(column, sa.Text), _SEPARATOR)


def _roles(me: sa.CTE) -> sa.ScalarSelect[Any]:
    return (
        sa.select(_joined(ab_role.c.name))
        .join_from(ab_user_role, ab_role, ab_role.c.id == ab_user_role.c.role_id)
        .where(ab_user_role.c.user_id.in_(sa.select(me.c.user_id)))
        .scalar_subquery()
    )


def _subtree(models: Models, me: sa.CTE) -> sa.ScalarSelect[Any]:
    """The person's department and those below it. UNION, not UNION ALL: a loop in the tree ends."""
    department = models.tables["department"]
    tree = sa.select(me.c.department.label("id")).where(me.c.department.is_not(None)).cte("subtree", recursive=True)
    below = sa.select(department.c.id).join(tree, department.c.parent == tree.c.id)
    tree = tree.union(below.where(department.c.deleted_at.is_(None)))
    nearest = sa.select(tree.c.id).limit(LARGEST_SET).subquery()
    return sa.select(_joined(nearest.c.id)).scalar_subquery()


def _teams(models: Models, me: sa.CTE) -> sa.ScalarSelect[Any]:
    """The person's team and those that he leads."""
    team = models.tables["team"]
    mine = team.c.id.in_(sa.select(me.c.team)) | team.c.manager.in_(sa.select(me.c.user_id))
    found = sa.select(team.c.id).where(mine, team.c.deleted_at.is_(None)).order_by(team.c.id).limit(LARGEST_SET)
    nearest = found.subquery()
    return sa.select(_joined(nearest.c.id)).scalar_subquery()
