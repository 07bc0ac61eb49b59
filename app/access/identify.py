"""Who is it? Finds the actor behind a web session, a login name or a user id: one statement, before any session is open."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import field, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from app.access.actor import Actor, PersonalRight
from app.definition import Catalog
from app.frozen import dataclass
from app.orm.fixed import fixed_number, fixed_text
from app.orm.framework import (
    ab_role,
    ab_user,
    ab_user_role,
    api_key,
    calendar_feed,
    deputy,
    login_state,
    outside_login,
    passkey,
    personal_right,
    record_team,
    revision,
    second_factor,
    web_session,
)
from app.orm.models import Models
from app.orm.types import now as current

FACTOR_ELSEWHERE: Mapping[str, str] = {"oidc": "oidc+factor", "saml": "saml+factor"}
"""By means of a login: by what a session was begun whose person has shown his second factor to the provider."""
LARGEST_SET = 1_000
"""Departments and teams of one actor that count: scopes become lists on an index."""

_SEPARATOR = "\n"  # neither a key of a role nor a number has one
_BETWEEN = ":"  # nor has a key of the pack, a verb or a scope this
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class OutsideSeen:
    """Of who has a login elsewhere: when it was vouched for him last, how he is called here, and whether he has a password here."""

    at: dt.datetime
    login: str
    has_password: bool


@dataclass(frozen=True)
class FoundSession:
    """A web session or a program's key that has not expired, whose it is, and the number of the newest revision (0: none).
    `scope`: "read" for a key that may only read, else "all". `has_factor`: whether the person has a second factor, or has
    shown one to the provider that vouched for him at the beginning of the session. Of a key
    also since when his password stands, and what is known of his logins elsewhere. `viewed_id`: as whom he looks at the application, until
    `viewed_until`; once the gate has let that pass, `actor` is that person and `viewer` the one who is logged in.
    """

    actor: Actor
    id: str
    kind: str
    csrf: str = field(repr=False)
    created_at: dt.datetime
    seen_at: dt.datetime
    expires_at: dt.datetime
    revision: int
    scope: str = "all"
    has_factor: bool = False
    password_at: dt.datetime | None = None
    viewed_id: int | None = None
    viewed_until: dt.datetime | None = None
    viewer: Actor | None = None
    outside: OutsideSeen | None = None


@dataclass(frozen=True)
class FoundFeed:
    """The address of a calendar that has not ended: its person, as a session of kind "feed" that reads; of which calendar."""

    session: FoundSession
    entity: str
    view: str


def find_actor_by_session(
    connection: Connection, models: Models, token_hash: str, now: dt.datetime
) -> FoundSession | None:
    """The web session of that token's hash. None when there is none, it has expired, or its person is not active."""
    row = connection.execute(_statement(models, "session"), _wanted(models, token_hash, now)).first()
    if row is None:
        return None
    found = _found(models.catalog, row, token_hash, "all")
    if row.viewed_id is None:
        return found
    return replace(found, viewed_id=row.viewed_id, viewed_until=row.viewed_until)


def find_actor_by_key(connection: Connection, models: Models, key_hash: str, now: dt.datetime) -> FoundSession | None:
    """The program's key of that hash, as a session of kind "key"; `seen_at` is when it was last used, or long ago. None as of
    sessions.
    """
    row = connection.execute(_statement(models, "key"), _wanted(models, key_hash, now)).first()
    if row is None:
        return None
    found = _found(models.catalog, row, key_hash, row.scope)
    return replace(found, password_at=row.password_at, outside=_outside(row))


def find_actor_by_feed(connection: Connection, models: Models, digest: str, now: dt.datetime) -> FoundFeed | None:
    """The address of a calendar whose token has that digest. None as of sessions."""
    row = connection.execute(_statement(models, "feed"), _wanted(models, digest, now)).first()
    if row is None:
        return None
    found = replace(_found(models.catalog, row, digest, "read"), password_at=row.password_at, outside=_outside(row))
    return FoundFeed(found, row.entity, row.view)


def outside_of(connection: Connection, user_id: int) -> OutsideSeen | None:
    """What is known of a person's logins elsewhere; None where he has none."""
    columns = _seen_outside(ab_user).label("outside_at"), ab_user.c.username, _has_password().label("has_password")
    return _outside(connection.execute(sa.select(*columns).where(ab_user.c.id == user_id)).one())


def _outside(row: Row[Any]) -> OutsideSeen | None:
    return OutsideSeen(row.outside_at, row.username, bool(row.has_password)) if row.outside_at is not None else None


def _found(catalog: Catalog, row: Row[Any], name: str, scope: str) -> FoundSession:
    return FoundSession(
        actor=_actor(catalog, row),
        id=name,
        kind=row.kind,
        csrf=row.csrf,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        revision=row.revision or 0,
        scope=scope,
        has_factor=bool(row.has_factor),
    )


def find_actor_by_login(connection: Connection, models: Models, login: str) -> Actor | None:
    """The active person of that login name, whatever its case; an exact match comes first."""
    wanted = {**_wanted(models, login, current()), "folded": login.lower()}
    row = connection.execute(_statement(models, "login"), wanted).first()
    return None if row is None else _actor(models.catalog, row)


def actor_of_user(connection: Connection, models: Models, user_id: int) -> Actor | None:
    """The active person of that id."""
    row = connection.execute(_statement(models, "user"), _wanted(models, user_id, current())).first()
    return None if row is None else _actor(models.catalog, row)


def _wanted(models: Models, wanted: str | int, now: dt.datetime) -> dict[str, object]:
    """The parameters of a statement; today is the day of the company."""
    return {"wanted": wanted, "now": now, "today": now.astimezone(_zone_of(models.catalog.pack.time_zone)).date()}


def _actor(catalog: Catalog, row: Row[Any]) -> Actor:
    return Actor(
        user_id=row.user_id,
        name=row.name or row.username,
        roles=catalog.role_closure(frozenset((row.roles or "").split(_SEPARATOR))),
        department=row.department,
        subtree=_ids(row.subtree),
        teams=_ids(row.teams),
        stands_in_for=_ids(row.stands_in_for),
        language=_language(row.locale or catalog.pack.languages[0]),
        time_zone=_zone(row.time_zone) or catalog.pack.time_zone,
        personal=_personal(row.personal),
        places=_places(row.places),
    )


def _personal(joined: str | None) -> tuple[PersonalRight, ...]:
    if not joined:
        return ()
    found = [line.split(_BETWEEN) for line in sorted(set(joined.split(_SEPARATOR)))]
    return tuple(
        PersonalRight(each[0], each[1] or None, each[2], each[3] == "+", each[4]) for each in found if len(each) == 5
    )


def _places(joined: str | None) -> tuple[tuple[str, str], ...]:
    if not joined:
        return ()
    found = (line.partition(_BETWEEN) for line in sorted(set(joined.split(_SEPARATOR))))
    return tuple((entity, place) for entity, _, place in found)


def _ids(joined: str | None) -> tuple[int, ...]:
    return tuple(sorted(map(int, joined.split(_SEPARATOR)))) if joined else ()


def _language(locale: str) -> str:
    language = locale[:2].lower()
    return language if language in _LANGUAGES else _LANGUAGES[0]


@lru_cache(maxsize=16)
def _zone_of(name: str) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(name)


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
    away = _away(me)
    return sa.select(
        *columns,
        _roles(me).label("roles"),
        _subtree(models, me).label("subtree"),
        _teams(models, me).label("teams"),
        _joined_ids(away).label("stands_in_for"),
        _exceptions(me).label("personal"),
        _has_places(me, away).label("places"),
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
    if by == "key":
        return _of_program(found.add_columns(api_key.c.scope), person, api_key, by)
    if by == "feed":
        return _of_program(found.add_columns(calendar_feed.c.entity, calendar_feed.c.view), person, calendar_feed, by)
    return (
        found.add_columns(
            web_session.c.kind,
            web_session.c.csrf,
            web_session.c.created_at,
            web_session.c.seen_at,
            web_session.c.expires_at,
            web_session.c.viewed_id,
            web_session.c.viewed_until,
            sa.or_(_has_factor(person), _factor_elsewhere()).label("has_factor"),
        )
        .join(web_session, web_session.c.user_id == person.c.id)
        .where(web_session.c.id == sa.bindparam("wanted", type_=sa.Text))
        .where(web_session.c.expires_at > sa.bindparam("now", type_=web_session.c.expires_at.type))
    )


def _of_program(found: sa.Select[Any], person: sa.Table, held: sa.Table, kind: str) -> sa.Select[Any]:
    """The person by what a program of his was given, and that as a session."""
    never = sa.literal(_NEVER, held.c.used_at.type)
    return (
        found.add_columns(
            sa.literal(kind).label("kind"),
            sa.literal("").label("csrf"),
            held.c.created_at,
            sa.func.coalesce(held.c.used_at, never).label("seen_at"),
            held.c.expires_at,
            _has_factor(person).label("has_factor"),
            login_state.c.password_at,
            _seen_outside(person).label("outside_at"),
            _has_password().label("has_password"),
        )
        .join(held, held.c.user_id == person.c.id)
        .outerjoin(login_state, login_state.c.user_id == person.c.id)
        .where(held.c.digest == sa.bindparam("wanted", type_=sa.Text))
        .where(held.c.expires_at > sa.bindparam("now", type_=held.c.expires_at.type))
    )


def _seen_outside(person: sa.Table) -> sa.ScalarSelect[Any]:
    seen = sa.func.max(sa.func.coalesce(outside_login.c.seen_at, outside_login.c.since))
    return sa.select(seen).where(outside_login.c.user_id == person.c.id).scalar_subquery()


def _has_password() -> sa.ColumnElement[bool]:
    return sa.func.length(ab_user.c.password) > fixed_number(1)  # one that fits nobody is shorter


def _has_factor(person: sa.Table) -> sa.ColumnElement[bool]:
    by_phone = sa.exists().where(second_factor.c.user_id == person.c.id)
    return sa.or_(by_phone, sa.exists().where(passkey.c.user_id == person.c.id))


def _factor_elsewhere() -> sa.ColumnElement[bool]:
    return sa.or_(*(web_session.c.means == fixed_text(means) for means in FACTOR_ELSEWHERE.values()))


def _joined(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.aggregate_strings(sa.cast(column, sa.Text), _SEPARATOR)


def _roles(me: sa.CTE) -> sa.ScalarSelect[Any]:
    return (
        sa.select(_joined(ab_role.c.name))
        .join_from(ab_user_role, ab_role, ab_role.c.id == ab_user_role.c.role_id)
        .where(ab_user_role.c.user_id.in_(sa.select(me.c.user_id)))
        .scalar_subquery()
    )


def _away(me: sa.CTE) -> sa.CTE:
    """Those whose deputy the person is today. Nobody stands in for who is not active any more."""
    today = sa.bindparam("today", type_=sa.Date)
    away = (
        sa.select(deputy.c.user_id)
        .join(ab_user, ab_user.c.id == deputy.c.user_id)
        .where(deputy.c.deputy_id.in_(sa.select(me.c.user_id)), deputy.c.first_day <= today, deputy.c.last_day >= today)
        .where(ab_user.c.active, deputy.c.user_id != deputy.c.deputy_id)
        .distinct()
        .order_by(deputy.c.user_id)
        .limit(fixed_number(LARGEST_SET))
    )
    return away.cte("away")


def _joined_ids(people: sa.CTE) -> sa.ScalarSelect[Any]:
    return sa.select(_joined(people.c.user_id)).scalar_subquery()


def _has_places(me: sa.CTE, away: sa.CTE) -> sa.ScalarSelect[Any]:
    """What places on teams of records the person and those away have at all, a line each: `entity:place`."""
    held = record_team.c
    people = sa.union_all(sa.select(me.c.user_id), sa.select(away.c.user_id))
    found = sa.select(held.entity, held.position).where(held.user_id.in_(people), held.position.is_not(None))
    kinds = found.distinct().subquery()
    return sa.select(_joined(kinds.c.entity + fixed_text(_BETWEEN) + kinds.c.position)).scalar_subquery()


def _exceptions(me: sa.CTE) -> sa.ScalarSelect[Any]:
    """The person's exceptions that have not ended, a line each: `entity:field:verb:+:scope`."""
    given = personal_right.c
    blank = fixed_text("")
    sign = sa.case((given.adds, fixed_text("+")), else_=fixed_text("-"))
    parts = (given.entity, sa.func.coalesce(given.field, blank), given.verb, sign, sa.func.coalesce(given.scope, blank))
    line: sa.ColumnElement[str] = fixed_text("")
    for place, part in enumerate(parts):
        line = line + fixed_text(_BETWEEN) + part if place else line + part
    return (
        sa.select(_joined(line))
        .where(given.user_id.in_(sa.select(me.c.user_id)))
        .where(given.ends_at > sa.bindparam("now", type_=given.ends_at.type))
        .scalar_subquery()
    )


def _subtree(models: Models, me: sa.CTE) -> sa.ScalarSelect[Any]:
    """The person's department and those below it. UNION, not UNION ALL: a loop in the tree ends."""
    department = models.tables["department"]
    tree = sa.select(me.c.department.label("id")).where(me.c.department.is_not(None)).cte("subtree", recursive=True)
    below = sa.select(department.c.id).join(tree, department.c.parent == tree.c.id)
    tree = tree.union(below.where(department.c.deleted_at.is_(None)))
    nearest = sa.select(tree.c.id).limit(fixed_number(LARGEST_SET)).subquery()
    return sa.select(_joined(nearest.c.id)).scalar_subquery()


def _teams(models: Models, me: sa.CTE) -> sa.ScalarSelect[Any]:
    """The person's team and those that he leads."""
    team = models.tables["team"]
    mine = team.c.id.in_(sa.select(me.c.team)) | team.c.manager.in_(sa.select(me.c.user_id))
    found = (
        sa.select(team.c.id)
        .where(mine, team.c.deleted_at.is_(None))
        .order_by(team.c.id)
        .limit(fixed_number(LARGEST_SET))
    )
    nearest = found.subquery()
    return sa.select(_joined(nearest.c.id)).scalar_subquery()
