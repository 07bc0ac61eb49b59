"""Steps 1 and 6: may this actor do this, to what is and to what will be."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from app.access import (
    Denied,
    FieldRight,
    FieldRights,
    decide,
    field_rights,
    is_mask,
    lasting_condition,
    reads_of_scopes,
    row_condition,
)
from app.definition import ASSIGNABLE_FIELDS, Scope, Verb
from app.orm.models import ENTITY_SUFFIX
from app.orm.store import INCLUDE_DELETED
from app.orm.tuples import among
from app.orm.types import AnyId
from app.record.batch import Batch, Row
from app.record.conflict import note_conflict
from app.record.many import add_lists
from app.record.refusal import Change, Refusal
from app.record.unit import Unit
from app.record.values import MAX_INT64

IDS_PER_STATEMENT = 1_000
_OWNING: frozenset[Scope] = frozenset({"own", "team", "subtree"})  # scopes that cover what the actor owns
_MOST_STATEMENTS = 500  # kept per models
_LONGEST_NAME = 60  # characters of an unknown field that are repeated


def deny_verb(unit: Unit, verb: Verb, entity: str, count: int) -> list[Refusal]:
    """A refusal for each of `count` records when the actor may not use the verb on the entity at all."""
    if entity not in unit.catalog.entities or unit.catalog.part_link(entity) is not None:  # a part comes with its whole
        return [Refusal("record.not_found", index=index, entity=entity) for index in range(count)]
    decision = decide(unit.catalog, unit.actor, verb, entity)
    if not isinstance(decision, Denied):
        return []
    variant = verb if verb in {"create", "update", "delete", "restore"} else ""
    return [
        Refusal("access.denied", params={"reason": decision.reason}, index=index, entity=entity, variant=variant)
        for index in range(count)
    ]


def read_stored(batch: Batch, changes: Sequence[Change]) -> None:
    """Reads the records as they are, locked, and keeps those that the actor may update. Others are refused: as missing
    where he may not read them, as denied where he may, as changed where he has read another version.
    """
    verbs: list[Verb] = ["update"]
    posted = {key for change in changes for key in change.values}
    if posted.intersection(ASSIGNABLE_FIELDS):
        verbs.append("assign")
    if posted.intersection(batch.blueprint.stages):
        verbs.append("transition")
    stored = read_rows(batch.unit, batch.entity, [change.id for change in changes], verbs)
    add_lists(batch.unit, batch.blueprint, stored, posted)
    for row, change in zip(list(batch.rows), changes, strict=True):
        found = stored.get(change.id) if is_id(change.id) else None
        if found is None:
            batch.refuse(row, "record.not_found")
        elif not found["may_update"]:
            batch.refuse(row, "access.denied", variant="update")
        elif change.version is not None and change.version != found["version"]:
            note_conflict(batch, row, found, change.version)
        else:
            row.old = found
            for verb in verbs:
                if found[f"may_{verb}"]:
                    batch.may.setdefault(verb, set()).add(row.id)


def read_rows(
    unit: Unit,
    entity: str,
    ids: Iterable[int],
    verbs: Sequence[Verb],
    *,
    deleted_too: bool = False,
    locked: bool = True,
) -> dict[int, dict[str, Any]]:
    """The records that the actor may read, locked until the unit ends, by id; `may_<verb>` says what else he may do."""
    query = _rows_statement(unit, entity, tuple(verbs), locked=locked)
    anys = unit.blueprint(entity).anys
    found: dict[int, dict[str, Any]] = {}
    for some in in_parts(sorted({each for each in ids if is_id(each)})):
        rows = unit.session.execute(query, {"ids": list(some)}, execution_options={INCLUDE_DELETED: deleted_too})
        for row in rows.mappings():
            values = dict(row)
            for key in anys:
                if values[key] is not None:
                    values[key] = AnyId(values[key + ENTITY_SUFFIX], values[key])
            found[row["id"]] = values
    return found


def _rows_statement(unit: Unit, entity: str, verbs: tuple[Verb, ...], *, locked: bool) -> sa.Select[Any]:
    """Every column of the records with the ids that are its parameter. Kept, for a statement of forty columns takes longer
    to make than to run.
    """
    conditions = [lasting_condition(unit.models, unit.actor, verb, entity) for verb in verbs]
    kept: dict[object, tuple[object, sa.Select[Any]]] = unit.models.metadata.info.setdefault("rows_of", {})
    dialect = unit.connection.dialect
    key = (dialect.name, entity, verbs, locked, *map(id, conditions))
    if key not in kept:
        a_class = unit.models.classes[entity]
        asked = [
            (sa.true() if each is None else each).label(f"may_{verb}")
            for verb, each in zip(verbs, conditions, strict=True)
        ]
        columns = (getattr(a_class, column.key) for column in unit.models.tables[entity].columns)
        query = sa.select(*columns, *asked).where(among(a_class.id, "ids", dialect)).order_by(a_class.id)
        if locked:  # On PostgreSQL others may meanwhile save records that point to these, unless they are to go.
            query = query.with_for_update(of=a_class, key_share="delete" not in verbs)
        if len(kept) >= _MOST_STATEMENTS:
            kept.clear()
        kept[key] = (conditions, query)  # the conditions too: while they are kept, no others have their ids
    return kept[key][1]


def is_id(value: object) -> bool:
    """Whether a record may have this id."""
    return value.__class__ is int and 0 < value <= MAX_INT64


def missing(entity: str, ids: Iterable[int], known: Container[int]) -> list[Refusal]:
    """A refusal for each id that is not among the known ones: it does not exist, or the actor may not read it."""
    return [
        Refusal("record.not_found", index=index, record=record if is_id(record) else None, entity=entity)
        for index, record in enumerate(ids)
        if not is_id(record) or record not in known
    ]


def in_parts(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The ids in parts that a statement can name."""
    return (ids[at : at + IDS_PER_STATEMENT] for at in range(0, len(ids), IDS_PER_STATEMENT))


def check_fields(batch: Batch) -> None:
    """Takes masks that were sent back out of what was posted, and refuses what may not be written.

    A hidden field is refused with the very words for a field that does not exist.
    """
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    writable = rights.writable(creating=batch.creating)
    for row in batch.rows:
        for key in rights.masks.keys() & row.posted.keys():
            if is_mask(rights.masks[key], row.posted[key], row.old.get(key)):
                del row.posted[key]
        if not row.posted.keys() <= writable:
            for key in [each for each in row.posted if each not in writable]:
                del row.posted[key]
                _refuse_field(batch, row, str(key), rights)


def _refuse_field(batch: Batch, row: Row, key: str, rights: FieldRights) -> None:
    if rights.right(key) is FieldRight.HIDDEN:
        batch.refuse(row, "field.read_only", key[:_LONGEST_NAME], "unknown")
    elif key in batch.blueprint.sequences:
        batch.refuse(row, "field.read_only", key, "given")
    elif key in batch.blueprint.computed:
        batch.refuse(row, "field.read_only", key, "computed")
    else:
        batch.refuse(row, "field.read_only", key)


def check_verbs(batch: Batch) -> None:
    """Handing on a record needs `assign` on it as it is, moving its stage `transition`."""
    stages = tuple(batch.blueprint.stages)
    if not batch.creating:
        for row in batch.changed_rows(*ASSIGNABLE_FIELDS):
            if row.id not in batch.may.get("assign", ()):
                batch.refuse(row, "access.denied", variant="assign")
        for row in batch.changed_rows(*stages) if stages else ():
            if row.id not in batch.may.get("transition", ()):
                batch.refuse(row, "transition.not_allowed")
    elif stages and isinstance(decide(batch.unit.catalog, batch.unit.actor, "transition", batch.entity), Denied):
        for row in batch.rows:
            for key in stages:
                if row.values[key] not in batch.blueprint.starts[key]:
                    batch.refuse(row, "transition.not_allowed", key, "start")


def check_future(batch: Batch) -> tuple[int, ...]:
    """Whether what was just written is inside the actor's scope: of reading for new records, else of updating.

    Who may assign may give a record away; those that he can't read any more are returned. Other records that would leave
    his scope are refused.
    """
    verb: Verb = "read" if batch.creating else "update"
    decision = decide(batch.unit.catalog, batch.unit.actor, verb, batch.entity)
    if batch.creating and isinstance(decision, Denied):  # may put something in, but read nothing: a letter box
        return tuple(row.id for row in batch.rows)
    scopes = set() if isinstance(decision, Denied) else {scope for _, scope in decision.scopes}
    asked = [row for row in batch.rows if not _is_surely_inside(batch, row, scopes)]
    if not asked:
        return ()
    seen = _scopes_of(batch, verb, [row.id for row in asked])
    gone = []
    for row in asked:
        given_away = row.assigned or not row.posted.keys().isdisjoint(ASSIGNABLE_FIELDS)
        if row.id not in seen:
            gone.append(row.id)
        if not seen.get(row.id) and not given_away:
            batch.refuse(row, "access.denied", variant="out_of_scope")
    return tuple(gone)


def _is_surely_inside(batch: Batch, row: Row, scopes: set[Scope]) -> bool:
    """True where no query is needed: nothing changed that a scope reads, everything is inside, or it is one's own, or
    below a parent that was just found to be readable.
    """
    parent = batch.blueprint.entity.parent_field
    if "all" in scopes:
        return True
    read = reads_of_scopes(batch.unit.models, batch.entity, scopes)
    if not batch.creating and read is not None and not row.changed & {*ASSIGNABLE_FIELDS, parent, *read}:
        return True
    owned = batch.unit.actor.user_id is not None and row.values["owner"] == batch.unit.actor.user_id
    if owned and not scopes.isdisjoint(_OWNING):
        return True
    return "parent" in scopes and parent is not None and parent in row.changed and row.values[parent] is not None


def _scopes_of(batch: Batch, verb: Verb, ids: list[int]) -> dict[int, bool]:
    """By id of each record that the actor can read now: whether the verb covers it."""
    a_class = batch.unit.models.classes[batch.entity]
    condition = row_condition(batch.unit.models, batch.unit.actor, verb, batch.entity)
    covered = (sa.true() if condition is None else condition).label("covered")
    found: dict[int, bool] = {}
    for some in in_parts(ids):
        query = sa.select(a_class.id, covered).where(a_class.id.in_(some))
        found.update((row.id, bool(row.covered)) for row in batch.unit.session.execute(query))
    return found
