"""What happened to a record, as far as the reader may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, Allowed, FieldRights, decide, field_rights, mask, models_of
from app.definition import Catalog
from app.orm.framework import audit
from app.orm.store import INCLUDE_DELETED


@dataclass(frozen=True)
class HistoryChange:
    """One field: what it was and what it became, in wire form; masked where the reader sees the mask only."""

    field: str
    old: object
    new: object


@dataclass(frozen=True)
class HistoryEntry:
    """One act on the record. `action` is create, update, clear, delete, restore, password or roles.

    `actor` is blank where the reader may not know who it was.
    """

    at: dt.datetime
    actor_id: int | None
    actor: str
    door: str
    action: str
    changes: tuple[HistoryChange, ...]


def history(
    session: Session, catalog: Catalog, actor: Actor, entity: str, record_id: int, limit: int = 50
) -> list[HistoryEntry]:
    """The last acts on a record, newest first; none when the actor may not read it. Acts of which he may see nothing are
    left out. `session` is a reading session of that actor.
    """
    a_class = models_of(session).classes[entity]
    readable = sa.select(a_class.id).where(a_class.id == record_id)
    if session.execute(readable, execution_options={INCLUDE_DELETED: True}).first() is None:
        return []
    query = (
        sa.select(audit)
        .where(audit.c.entity == entity, audit.c.record == record_id)
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    rights = field_rights(catalog, actor, entity)
    rows = session.execute(query).mappings().all()
    names = names_of_people(session, actor, {row["actor_id"]: row["actor"] for row in rows})
    entries = []
    for row in rows:
        changes = _visible(rights, row["changes"] or {})
        if changes or not row["changes"]:
            name = names.get(row["actor_id"], "")
            entries.append(HistoryEntry(row["at"], row["actor_id"], name, row["door"], row["action"], changes))
    return entries


def names_of_people(session: Session, actor: Actor, acted: Mapping[int | None, str]) -> dict[int | None, str]:
    """Of those who acted, by id, the names that `actor` may know: of people in his sight, masked where he sees the mask.
    What the system did (id None) is no secret. No statement where he reads everyone.
    """
    catalog = models_of(session).catalog
    rights, name_field = field_rights(catalog, actor, "user"), catalog.entities["user"].name_field
    plain: set[int | None] = {None, actor.user_id}
    others = {each for each in acted if each is not None} - plain
    decision = decide(catalog, actor, "read", "user")
    if not rights.sees(name_field) or not isinstance(decision, Allowed):
        others = set()
    elif others and all(scope != "all" for _, scope in decision.scopes):
        person = models_of(session).classes["user"].id
        others = set(session.execute(sa.select(person).where(person.in_(others))).scalars())
    pattern = rights.masks.get(name_field)
    shown = {each: name for each, name in acted.items() if each in plain}
    return shown | {each: str(mask(pattern, acted[each])) if pattern else acted[each] for each in others}


def _visible(rights: FieldRights, changes: Mapping[str, list[object]]) -> tuple[HistoryChange, ...]:
    shown = []
    for key in rights.visible:
        if key in changes:
            old, new = changes[key]
            pattern = rights.masks.get(key)
            if pattern is not None:
                old, new = mask(pattern, old), mask(pattern, new)
            shown.append(HistoryChange(key, old, new))
    return tuple(shown)
