"""Reading and writing the values of fields that hold a list: one statement for each field and chunk of records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from app.orm.bulk import delete_rows, insert_rows
from app.orm.framework import overwritten
from app.orm.many import FOLD, KIND, POSITION, RECORD, VALUE, Many, many_key
from app.orm.overwritten import of_entity
from app.orm.types import AnyId
from app.record.batch import Batch, Row
from app.record.blueprint import Blueprint
from app.record.lists import Link, fold
from app.record.unit import Unit

_IDS_PER_STATEMENT = 1_000
Values = tuple[Any, ...]


def add_lists(unit: Unit, blueprint: Blueprint, stored: Mapping[int, dict[str, Any]], fields: Iterable[str]) -> None:
    """Adds to stored rows the lists of these fields, as far as the actor may see what they point to."""
    for key in blueprint.lists.keys() & set(fields):
        many = unit.models.many[many_key(blueprint.entity.key, key)]
        found = read_lists(unit, many, list(stored))
        for record, row in stored.items():
            row[key] = found.get(record)


def read_lists(unit: Unit, many: Many, records: Collection[int]) -> dict[int, Values]:
    """The values by record, in their order; a record without any is left out. In the scope of the actor."""
    a_class = unit.models.classes[many.key]
    held = [getattr(a_class, name) for name in many.held]
    query = sa.select(a_class.record, *held).order_by(a_class.record, a_class.position, a_class.value)
    rows: list[Any] = []
    ids = sorted(records)
    for at in range(0, len(ids), _IDS_PER_STATEMENT):
        some = query.where(a_class.record.in_(ids[at : at + _IDS_PER_STATEMENT]))
        rows += unit.session.execute(some)
    return _by_record(many, rows)


def read_whole_lists(unit: Unit, many: Many, records: Collection[int]) -> dict[int, Values]:
    """As `read_lists`, whoever may see what they point to: for the audit of records that go for good."""
    c = many.table.c
    query = sa.select(c.record, *(c[name] for name in many.held)).order_by(c.record, c.position, c.value)
    rows: list[Any] = []
    ids = sorted(records)
    for at in range(0, len(ids), _IDS_PER_STATEMENT):
        rows += unit.connection.execute(query.where(c.record.in_(ids[at : at + _IDS_PER_STATEMENT])))
    return _by_record(many, rows)


def read_living_lists(unit: Unit, many: Many, records: Collection[int]) -> dict[int, Values]:
    """As `read_whole_lists`, without links to what lies in the bin: for expressions, to which it counts for nothing."""
    found = read_whole_lists(unit, many, records)
    gone: set[int | AnyId] = set()
    for target in many.targets:
        gone |= _in_bin(unit, many, target, {link.id for links in found.values() for link in links})
    if gone:
        living = {record: tuple(link for link in links if link.id not in gone) for record, links in found.items()}
        return {record: links for record, links in living.items() if links}
    return found


def _in_bin(unit: Unit, many: Many, target: str, linked: Collection[int | AnyId]) -> set[int | AnyId]:
    """Those of the ids of links that lead to records of the entity in the bin."""
    table = unit.models.tables[target]
    ids = sorted(each.id if isinstance(each, AnyId) else each for each in linked if _entity_of(each, target) == target)
    found: set[int | AnyId] = set()
    for at in range(0, len(ids), _IDS_PER_STATEMENT):
        some = table.c.id.in_(ids[at : at + _IDS_PER_STATEMENT])
        gone = unit.connection.execute(sa.select(table.c.id).where(some, table.c.deleted_at.is_not(None))).scalars()
        found.update(AnyId(target, each) if many.several else each for each in gone)
    return found


def _entity_of(linked: int | AnyId, otherwise: str) -> str:
    return linked.entity if isinstance(linked, AnyId) else otherwise


def complete_lists(unit: Unit, entity: str, rows: Iterable[Row], keys: Iterable[str]) -> None:
    """Makes these lists of stored rows whole, as expressions ask of all of them: adds those that were not posted, and so not
    read for yet, and to those that were posted the links that whoever saves can't see, which stay.
    """
    for key in keys:
        waiting = [row for row in rows if row.old and key not in row.whole_lists]
        if waiting:
            found = read_living_lists(unit, unit.models.many[many_key(entity, key)], [row.id for row in waiting])
            for row in waiting:
                _complete(row, key, found.get(row.id))


def _complete(row: Row, key: str, stored: Values | None) -> None:
    assert isinstance(row.old, dict)
    row.whole_lists.add(key)
    if key not in row.old:
        row.old[key] = row.values[key] = stored
        return
    # What is posted and out of sight stays new, and is refused as what does not exist.
    told = {_id_of(value) for values in (row.old[key], row.values[key]) for value in values or ()}
    unseen = [(place, value) for place, value in enumerate(stored or ()) if _id_of(value) not in told]
    for values in (row.old, row.values) if unseen else ():
        whole = list(values[key] or ())
        for place, value in unseen:
            whole.insert(place, value)
        values[key] = tuple(whole)


def _id_of(value: Any) -> Any:
    return value.id if isinstance(value, Link) else value


def _by_record(many: Many, rows: Iterable[Any]) -> dict[int, Values]:
    found: dict[int, list[Any]] = {}
    for record, *held in rows:
        value, *own = many.told(held)
        found.setdefault(record, []).append(Link(value, tuple(own)) if many.targets else value)
    return {record: tuple(values) for record, values in found.items()}


def save_lists(batch: Batch) -> None:
    """Writes the lists that change. What the actor can't see of a list is not in `old`, and stays."""
    unit = batch.unit
    for key in batch.blueprint.lists:
        many = unit.models.many[many_key(batch.entity, key)]
        rows = [row for row in batch.changed_rows(key) if row.values[key] or row.old.get(key)]
        if not batch.creating:
            gone = [gone for row in rows for gone in _rows(many, row.id, row.old[key])]
            delete_rows(unit.connection, many.table, (RECORD, *many.identity), gone)
        mark = rows[0].values["changed_seq"] if rows else 0
        new = [{**one, "changed_seq": mark} for row in rows for one in _rows(many, row.id, row.values[key])]
        insert_rows(unit.connection, many.table, new)


def _rows(many: Many, record: int, values: Values | None) -> Iterator[dict[str, Any]]:
    """The rows of a list."""
    for position, value in enumerate(values or ()):
        row: dict[str, Any] = {RECORD: record, POSITION: position}
        if isinstance(value, Link):
            row |= {VALUE: value.id.id, KIND: value.id.entity} if isinstance(value.id, AnyId) else {VALUE: value.id}
            row |= dict(zip(many.own, value.own, strict=True))
        else:
            row[VALUE] = value
        if many.compared == FOLD:
            row[FOLD] = fold(value)
        yield row


def pointing_lists(unit: Unit, many: Many, target: str, ids: Collection[int]) -> sa.Select[Any]:
    """Ids of records that are not deleted with the id of what they link to, among these of an entity; whoever may see them."""
    owner, table = unit.models.tables[many.entity], many.table
    query = sa.select(owner.c.id, table.c.value).join(table, table.c.record == owner.c.id)
    query = query.where(*many.leading_to(table.c.__getitem__, target))
    return query.where(table.c.value.in_(ids), owner.c.deleted_at.is_(None)).order_by(owner.c.id)


def forget_overwritten(unit: Unit, entity: str, records: Collection[int]) -> None:
    """What is kept of these records to be given back goes with what is in them."""
    here = sa.and_(overwritten.c.record.in_(records), of_entity(unit.models, entity))
    unit.connection.execute(sa.delete(overwritten).where(here))


def erase_lists(unit: Unit, entity: str, records: Collection[int]) -> None:
    """Deletes the lists of records that go for good."""
    for many in unit.models.many_of(entity):
        unit.connection.execute(sa.delete(many.table).where(many.table.c.record.in_(records)))
