"""Searching the audit: by person, entity, record, act, door and time, as far as its reader may see what it is about.

However many lines there are, a page looks at no more than LOOKED_AT of them: it tells how far it came, and goes on from there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from app.access import Actor, Allowed, FieldRights, decide, field_rights, models_of
from app.definition import Catalog
from app.frozen import dataclass
from app.orm.framework import audit
from app.orm.models import Models
from app.orm.store import INCLUDE_DELETED
from app.record.acts import FACTS, OF_PEOPLE, SHARE
from app.record.history import (
    Confirmed,
    HistoryChange,
    confirmed_in,
    links_in_sight,
    names_of_people,
    visible_of,
    without_unseen,
)

LOOKED_AT = 20_000
_SILENT = frozenset({"of", "actor"})  # facts that are for the program
_LONGEST_SAVE = dt.timedelta(hours=1)  # between the moment of a save and its line

Line = Mapping[Any, Any]


@dataclass(frozen=True)
class AuditQuery:
    """What is looked for. `since` is included, `until` is not. `person` is an id, or the name of a system actor."""

    person: int | str | None = None
    entity: str | None = None
    record: int | None = None
    action: str | None = None
    door: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    before: int | None = None


@dataclass(frozen=True)
class AuditLine:
    """One line, as its reader may see it. `entity` is called as it is today; blank where it is not known any more.

    `actor` is blank where the reader may not know who it was. `told` are what `OF_PEOPLE` names and `SHARE`, old and new.
    """

    id: int
    at: dt.datetime
    actor_id: int | None
    actor: str
    door: str
    action: str
    entity: str
    written_as: str
    record: int | None
    changes: tuple[HistoryChange, ...] = ()
    confirmed: tuple[Confirmed, ...] = ()
    told: tuple[tuple[str, object, object], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditPage:
    """Lines, the newest first. `next` is where the following page begins (None: there is none), `back_to` how far back this
    one looked where it found less than it might hold.
    """

    lines: tuple[AuditLine, ...]
    next: int | None = None
    back_to: dt.datetime | None = None


def search_audit(session: Session, catalog: Catalog, actor: Actor, query: AuditQuery, limit: int = 50) -> AuditPage:
    """A page of the audit for somebody who has the right to read it. `session` is a reading session of his."""
    models = models_of(session)
    looked = _looked_at(models, query).cte("looked")
    found = sa.select(looked.c.id).where(*_rest(models, looked, query)).order_by(looked.c.id.desc()).limit(limit + 1)
    ids = list(session.execute(found).scalars())
    following, back_to = (ids[limit - 1], None) if len(ids) > limit else _end_of(session, looked)
    if not ids:
        return AuditPage((), following, back_to)
    rows = session.execute(sa.select(audit).where(audit.c.id.in_(ids[:limit])).order_by(audit.c.id.desc())).mappings()
    return AuditPage(tuple(_shown(session, catalog, actor, list(rows))), following, back_to)


def facts_in_sight(catalog: Catalog, actor: Actor, line: AuditLine) -> dict[str, Any]:
    """The facts of a line that its reader may see: of an export the columns that he sees, and the filter where he may read all
    that it reads.
    """
    found = {key: value for key, value in line.facts.items() if key not in _SILENT and value not in (None, "")}
    rights = field_rights(catalog, actor, line.entity) if line.entity else None
    if "filter" in found and not (rights and _may_know(catalog, rights, line)):
        del found["filter"]
    if "columns" in found and rights:
        found["columns"] = ", ".join(each for each in str(found["columns"]).split(", ") if rights.sees(each))
    return found


def _may_know(catalog: Catalog, rights: FieldRights, line: AuditLine) -> bool:
    """Whether the reader may know by what an export was filtered."""
    reads = str(line.facts.get("of", "*"))
    if reads == "*":
        return not rights.masks and rights.clear >= set(catalog.entities[line.entity].fields)
    return set(reads.split(", ")) <= rights.clear


def _looked_at(models: Models, query: AuditQuery) -> sa.Select[Any]:
    """The lines that are looked at: by what an index knows, at most so many."""
    columns = (audit.c.id, audit.c.at, audit.c.actor_id, audit.c.actor, audit.c.entity, audit.c.record)
    chosen = sa.select(*columns, audit.c.action, audit.c.door, audit.c.revision)
    if query.record is not None and query.entity is not None:
        chosen = chosen.where(models.former.written_of(audit, query.entity), audit.c.record == query.record)
    elif isinstance(query.person, int):
        chosen = chosen.where(audit.c.actor_id == query.person)
    elif query.action is not None:
        chosen = chosen.where(audit.c.action == query.action)
    if query.before is not None:
        chosen = chosen.where(audit.c.id < query.before)
    return chosen.where(*_in_time(query)).order_by(audit.c.id.desc()).limit(LOOKED_AT)


def _in_time(query: AuditQuery) -> list[ColumnElement[bool]]:
    """Bounds of the ids by time. A line is written some time after the moment that it tells, so that they lie further out."""
    bounds: list[ColumnElement[bool]] = []
    if query.since is not None:
        earlier = sa.select(audit.c.id).where(audit.c.at < query.since - _LONGEST_SAVE)
        last = earlier.order_by(audit.c.at.desc()).limit(1).scalar_subquery()
        bounds.append(audit.c.id >= sa.func.coalesce(last, 0))
    if query.until is not None:
        later = sa.select(audit.c.id).where(audit.c.at >= query.until + _LONGEST_SAVE)
        first = later.order_by(audit.c.at).limit(1).scalar_subquery()
        bounds.append(audit.c.id <= sa.func.coalesce(first, 2**62))
    return bounds


def _rest(models: Models, looked: sa.CTE, query: AuditQuery) -> list[ColumnElement[bool]]:
    """All conditions, on what is looked at."""
    found: list[ColumnElement[bool]] = []
    if query.person is not None:
        found.append(
            looked.c.actor_id == query.person if isinstance(query.person, int) else looked.c.actor == query.person
        )
    if query.action is not None:
        found.append(looked.c.action == query.action)
    if query.entity is not None and query.record is None:
        found.append(models.former.written_of(looked, query.entity))
    if query.door is not None:
        found.append(looked.c.door == query.door)
    if query.since is not None:
        found.append(looked.c.at >= query.since)
    if query.until is not None:
        found.append(looked.c.at < query.until)
    return found


def _end_of(session: Session, looked: sa.CTE) -> tuple[int | None, dt.datetime | None]:
    """Where to go on where what was looked at is not all there is, and of when that is."""
    last = session.execute(sa.select(sa.func.min(looked.c.id), sa.func.count(), sa.func.min(looked.c.at))).one()
    return (last[0], last[2]) if last[1] == LOOKED_AT else (None, None)


def _shown(session: Session, catalog: Catalog, actor: Actor, rows: Sequence[Line]) -> Iterable[AuditLine]:
    """The lines of which the reader may read the record, without what he may not see of it."""
    models = models_of(session)
    names = names_of_people(session, actor, {row["actor_id"]: row["actor"] for row in rows})
    called = {row["id"]: _called(models, catalog, row) for row in rows}
    sight = _in_sight(session, catalog, actor, [(called[row["id"]], row["record"]) for row in rows])
    seen = [
        (row, entity) for row in rows for entity in [called[row["id"]]] if not entity or sight(entity, row["record"])
    ]
    today = {
        row["id"]: models.former.today(entity, row["revision"], row["changes"] or {}) for row, entity in seen if entity
    }
    links = {
        entity: links_in_sight(
            session,
            catalog,
            field_rights(catalog, actor, entity),
            [today[row["id"]] for row, of in seen if of == entity],
        )
        for entity in sorted({entity for _, entity in seen if entity})
    }
    for row, entity in seen:
        name = row["actor"] if row["actor_id"] is None else names.get(row["actor_id"], "")
        written = row["changes"] or {}
        head = (
            row["id"],
            row["at"],
            row["actor_id"],
            name,
            row["door"],
            row["action"],
            entity,
            row["entity"],
            row["record"],
        )
        facts = (written.get(FACTS) or [None, {}])[1]
        if not entity:
            yield AuditLine(*head, facts=facts)
            continue
        changes = without_unseen(dict(today[row["id"]]), links[entity])
        yield AuditLine(
            *head,
            changes=visible_of(field_rights(catalog, actor, entity), changes, actor.language),
            confirmed=confirmed_in(written),
            told=tuple(
                (key, *written[key])
                for key in (*OF_PEOPLE, SHARE)
                if key in written and (entity == "user" or key == SHARE)
            ),
            facts=facts,
        )


def _called(models: Models, catalog: Catalog, row: Line) -> str:
    """The entity that a line is about, as it is called today; blank where there is none."""
    now = models.former.entity_today(row["entity"], row["revision"])
    return now if now is not None and now in catalog.entities else ""


def _in_sight(session: Session, catalog: Catalog, actor: Actor, asked: Iterable[tuple[str, int | None]]) -> Any:
    """Whether the reader may read a record; a statement for each entity of which he may not read all."""
    wanted: dict[str, set[int]] = {}
    for entity, record in asked:
        if entity:
            wanted.setdefault(entity, set()).update({record} if record else ())
    every, some = set[str](), dict[str, set[int]]()
    for entity, ids in wanted.items():
        decision = decide(catalog, actor, "read", entity)
        if not isinstance(decision, Allowed):
            continue
        if any(scope == "all" for _, scope in decision.scopes):
            every.add(entity)
        elif ids:
            a_class = models_of(session).classes[entity]
            found = session.execute(
                sa.select(a_class.id).where(a_class.id.in_(sorted(ids))), execution_options={INCLUDE_DELETED: True}
            )
            some[entity] = set(found.scalars())
    return lambda entity, record: entity in every or (record in some.get(entity, ()) if record else False)
