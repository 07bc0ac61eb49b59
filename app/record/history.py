"""What happened to a record, as far as the reader may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, Allowed, FieldRights, decide, field_rights, mask, models_of
from app.definition import Catalog
from app.frozen import dataclass
from app.orm.framework import audit
from app.orm.models import Models
from app.orm.overrides import REASON_SUFFIX
from app.orm.store import INCLUDE_DELETED
from app.record.acts import ACTS, OF_PEOPLE, SHARE
from app.record.kept import KEPT, told_then
from app.record.refusal import APPROVAL_PREFIX, DUPLICATE_PREFIX, RULE_PREFIX

UPDATE = "update"


@dataclass(frozen=True)
class HistoryChange:
    """One field: what it was and what it became, in wire form; masked where the reader sees the mask only.

    `reason`: why a person overrules the computed value from then on; blank: nobody does any more; None: nothing of that.
    """

    field: str
    old: object
    new: object
    reason: str | None = None


@dataclass(frozen=True)
class Confirmed:
    """A warning that whoever saved confirmed: its code, and the reason that he gave."""

    code: str
    reason: str


@dataclass(frozen=True)
class PartChange:
    """What happened to one part in an act on its whole: create, update or delete. `name` is what the part is called,
    blank where the reader may not know.
    """

    entity: str
    record: int
    name: str
    action: str
    changes: tuple[HistoryChange, ...]
    confirmed: tuple[Confirmed, ...] = ()


@dataclass(frozen=True)
class OfApproval:
    """What was done about an approval, which the action names: its key in the pack, and the comment; blank without one."""

    approval: str
    comment: str


@dataclass(frozen=True)
class OfTeam:
    """That a person's place on the record's team is another one, by its key in the pack; blank where there was or is none."""

    user: int
    old: str
    new: str


@dataclass(frozen=True)
class HistoryEntry:
    """One act on the record. `action` is create, update, derive (what was saved elsewhere changed a
    computed field), clear, delete, restore, share, password, roles, exception or deputy; of an approval ask, agree, reject, recall,
    pass_on or void.

    `actor` is blank where the reader may not know who it was. `id` orders what was done at the same moment.
    """

    at: dt.datetime
    actor_id: int | None
    actor: str
    door: str
    action: str
    changes: tuple[HistoryChange, ...]
    parts: tuple[PartChange, ...] = ()
    confirmed: tuple[Confirmed, ...] = ()
    approvals: tuple[OfApproval, ...] = ()
    team: tuple[OfTeam, ...] = ()
    id: int = 0


Place = tuple[dt.datetime, int]
"""Where something stands among what was done: when, and its id."""


@dataclass(frozen=True)
class HistoryPage:
    """Some acts on a record, newest first, and the place of the last line that was looked at; None where no older one is."""

    entries: tuple[HistoryEntry, ...]
    reached: Place | None


def history(
    session: Session, catalog: Catalog, actor: Actor, entity: str, record_id: int, limit: int = 50
) -> list[HistoryEntry]:
    """The last acts on a record, newest first; none when the actor may not read it. Acts of which he may see nothing are
    left out. `session` is a reading session of that actor.
    """
    return list(history_page(session, catalog, actor, (entity, record_id), limit).entries)


def history_page(
    session: Session,
    catalog: Catalog,
    actor: Actor,
    record: tuple[str, int],
    limit: int,
    before: Place | None = None,
) -> HistoryPage:
    """`history` of a record, an entity and an id, from before a place. Acts of which the actor may see nothing count to the
    limit, and are left out. The number of statements does not hang on the limit.
    """
    entity, record_id = record
    models = models_of(session)
    a_class = models.classes[entity]
    readable = sa.select(a_class.id).where(a_class.id == record_id)
    if session.execute(readable, execution_options={INCLUDE_DELETED: True}).first() is None:
        return HistoryPage((), None)
    found = [dict(row) for row in session.execute(_lines_of(models, entity, record_id, limit, before)).mappings()]
    reached = _reached(found, limit)
    rights = field_rights(catalog, actor, entity)
    rows = [row for row in told_then(told_today(models, entity, found)) if before is None or _place_of(row) < before]
    rows.sort(key=_place_of, reverse=True)
    names = names_of_people(session, actor, {row["actor_id"]: row["actor"] for row in rows})
    parts = _changes_of_parts(session, actor, entity, record_id, [row["at"] for row in rows if row["action"] == UPDATE])
    sight = links_in_sight(session, catalog, rights, [row["changes"] or {} for row in rows])
    entries = []
    for row in rows:
        changes = visible_of(rights, without_unseen(row["changes"] or {}, sight), actor.language)
        of_parts = tuple(parts.get((row["at"], row["actor_id"]), ())) if row["action"] == UPDATE else ()
        confirmed = confirmed_in(row["changes"] or {})
        approvals = _of_approvals(catalog, rights, row["changes"] or {})
        of_person = entity == "user" and row["action"] in OF_PEOPLE
        team = of_team(row["changes"] or {})
        if changes or of_parts or confirmed or approvals or team or of_person or not row["changes"]:
            name, told = names.get(row["actor_id"], ""), (changes, of_parts, confirmed, approvals, team)
            act = (row["at"], row["actor_id"], name, row["door"], row["action"])
            entries.append(HistoryEntry(*act, *told, id=row["id"]))
    return HistoryPage(tuple(entries), reached)


def earlier_than(at: Any, number: Any, before: Place) -> sa.ColumnElement[bool]:
    """The condition that what stands at a moment with a number stands before a place."""
    return sa.or_(at < before[0], sa.and_(at == before[0], number < before[1]))


def _lines_of(models: Models, entity: str, record_id: int, limit: int, before: Place | None) -> sa.Select[Any]:
    """The last lines of the audit about a record, and all that is left of others: those tell of whatever moment."""
    line = audit.c
    of_record = sa.and_(models.former.written_of(audit, entity), line.record == record_id)
    acts = line.action.not_in(sorted({*ACTS, KEPT}))
    wanted = (of_record, acts) if before is None else (of_record, acts, earlier_than(line.at, line.id, before))
    newest = sa.select(line.id).where(*wanted).order_by(line.at.desc(), line.id.desc()).limit(limit).subquery()
    return sa.select(audit).where(of_record, sa.or_(line.action == KEPT, line.id.in_(sa.select(newest.c.id))))


def _place_of(row: Mapping[str, Any]) -> Place:
    return row["at"], row["id"]


def _reached(rows: Sequence[Mapping[str, Any]], limit: int) -> Place | None:
    places = [_place_of(row) for row in rows if row["action"] != KEPT]
    return min(places) if len(places) >= limit else None


def _changes_of_parts(
    session: Session, actor: Actor, entity: str, record_id: int, moments: Sequence[dt.datetime]
) -> dict[tuple[dt.datetime, int | None], list[PartChange]]:
    """What was done to the parts of a record in these acts, by moment and person: parts are audited one by one."""
    models = models_of(session)
    found: dict[tuple[dt.datetime, int | None], list[PartChange]] = {}
    for link in models.catalog.parts_of(entity).values() if moments else ():
        rights = field_rights(models.catalog, actor, link.entity)
        part, naming = models.classes[link.entity], models.catalog.entities[link.entity].name_field
        pointer, name = getattr(part, link.field), getattr(part, naming)
        query = (
            sa.select(audit, sa.cast(name, sa.Text).label("name"))
            .join(part, part.id == audit.c.record)
            .where(models.former.written_of(audit, link.entity), pointer == record_id)
            .where(sa.or_(audit.c.at.in_(moments), audit.c.action == KEPT))
            .order_by(audit.c.id)
        )
        found_rows = session.execute(query, execution_options={INCLUDE_DELETED: True}).mappings()
        rows = told_then(told_today(models, link.entity, found_rows))
        sight = links_in_sight(session, models.catalog, rights, [row["changes"] or {} for row in rows])
        for row in rows:
            changes = visible_of(rights, without_unseen(row["changes"] or {}, sight), actor.language)
            confirmed = confirmed_in(row["changes"] or {})
            if changes or confirmed or not row["changes"]:
                pattern = rights.masks.get(naming)
                called = (
                    str(mask(pattern, row["name"]) if pattern else row["name"] or "") if rights.sees(naming) else ""
                )
                change = PartChange(link.entity, row["record"], called, row["action"], changes, confirmed)
                found.setdefault((row["at"], row["actor_id"]), []).append(change)
    return found


def told_today(models: Models, entity: str, rows: Iterable[Mapping[Any, Any]]) -> list[dict[Any, Any]]:
    """Lines of the audit with what changed in the words of today."""
    return [
        {**row, "changes": models.former.today(entity, row["revision"], row["changes"] or {}) or None} for row in rows
    ]


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


def links_in_sight(
    session: Session, catalog: Catalog, rights: FieldRights, changes: Sequence[Mapping[str, list[Any]]]
) -> dict[str, set[str]]:
    """Of the lists of links that changed, by field, the ids of what the actor may read: no link to anything else is told."""
    fields = catalog.entities[rights.entity].fields
    named = {key for each in changes for key in each if rights.sees(key)}
    sight: dict[str, set[str]] = {}
    for key in sorted(key for key in named if key in fields and fields[key].holds == "references"):
        links = [link for each in changes for side in each.get(key, ()) for link in side or ()]
        sight[key] = set()
        for target in fields[key].targets:
            ids = {int(link["id"]) for link in links if link.get("entity", target) == target}
            record = models_of(session).classes[target].id
            found = session.execute(sa.select(record).where(record.in_(ids))).scalars() if ids else ()
            sight[key] |= {f"{target}/{each}" if fields[key].of_several else str(each) for each in found}
    return sight


def _told_as(link: Mapping[str, Any]) -> str:
    return f"{link['entity']}/{link['id']}" if "entity" in link else str(link["id"])


def without_unseen(changes: Mapping[str, list[Any]], sight: Mapping[str, set[str]]) -> dict[str, list[Any]]:
    """The changes without links out of sight; a list in which nothing else changed did not change."""
    shown = dict(changes)
    for key, ids in sight.items():
        if key in shown:
            old, new = ([link for link in side or () if _told_as(link) in ids] or None for side in shown[key])
            shown[key] = [old, new]
            if old == new:
                del shown[key]
    return shown


def confirmed_in(changes: Mapping[str, Sequence[Any]]) -> tuple[Confirmed, ...]:
    """The warnings that were confirmed, as a line of the audit tells them."""
    prefixes = (RULE_PREFIX, DUPLICATE_PREFIX)
    return tuple(Confirmed(key, str(pair[1])) for key, pair in changes.items() if key.startswith(prefixes))


def _of_approvals(
    catalog: Catalog, rights: FieldRights, changes: Mapping[str, Sequence[Any]]
) -> tuple[OfApproval, ...]:
    """Of approvals of moves that the reader may know of: he reads the stage in clear. One that the configuration knows no
    more was about any of its pipelines.
    """
    told = []
    for key, pair in changes.items():
        if key.startswith(APPROVAL_PREFIX):
            name, lines = key.removeprefix(APPROVAL_PREFIX), catalog.entities[rights.entity].pipelines.values()
            needing = {line.field for line in lines for each in line.transitions.values() if each.approval == name}
            if (needing or {line.field for line in lines}) <= rights.clear:
                told.append(OfApproval(name, str(pair[1] or "")))
    return tuple(told)


def of_team(changes: Mapping[str, Sequence[Any]]) -> tuple[OfTeam, ...]:
    """Whose place on the record's team a line of the audit tells of."""
    if SHARE not in changes:
        return ()
    old, new = (side or {} for side in changes[SHARE])
    return (OfTeam((new or old)["user"], old.get("place", ""), new.get("place", "")),)


def visible_of(rights: FieldRights, changes: Mapping[str, list[object]], language: str) -> tuple[HistoryChange, ...]:
    """What changed, as far as the reader may see it."""
    shown = []
    for key in rights.visible:
        if key in changes:
            old, new = changes[key]
            pattern = rights.masks.get(key)
            reasons = changes.get(key + REASON_SUFFIX)
            reason = None if reasons is None or pattern is not None else str(reasons[1] or "")
            if pattern is not None:
                old, new = (mask(pattern, _in_language(value, language)) for value in (old, new))
            shown.append(HistoryChange(key, old, new, reason))
    return tuple(shown)


def _in_language(value: object, language: str) -> object:
    """Of texts by language the one that the reader would see."""
    return value.get(language) or next(iter(value.values()), None) if isinstance(value, Mapping) else value
