"""Parts of records: they come as lists among the values of their whole, and are saved with it in one unit of work.

`{lines: [{id: "7", quantity: 2}, {product: "3"}]}` changes part 7, adds one, and takes away every other part. The order of
the list is kept. A list that is not sent leaves all parts as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.definition import PartLink
from app.definition.currencies import COMPANY_SUFFIX, CURRENCY_FIELD, RATE_COLUMN, converted_fields
from app.orm.models import ENTITY_SUFFIX, POSITION
from app.orm.types import AnyId
from app.record.audit import changes_of, with_confirmed, write_audit
from app.record.batch import Batch, PartRow, Parts, Row
from app.record.decide import in_parts
from app.record.dependents import Doomed
from app.record.many import add_lists
from app.record.put_away import put_away
from app.record.refusal import Refusal
from app.record.save import save
from app.record.values import Bad, read_id

MOST_PARTS = 500  # of one record


def take_parts(batch: Batch) -> None:
    """Takes the lists out of what was posted and makes `batch.parts` of them: what is new, what stays, what goes.

    For records that are stored: after they were read, and are locked with all their parts.
    """
    for link in batch.unit.catalog.parts_of(batch.entity).values():
        sent = [(row, items) for row in batch.rows if (items := _taken(batch, row, link)) is not None]
        if sent:
            batch.parts.append(_sorted_out(batch, link, sent))


def _taken(batch: Batch, row: Row, link: PartLink) -> Sequence[object] | None:
    if link.name not in row.posted:
        return None
    items = row.posted.pop(link.name)
    if not isinstance(items, list | tuple):
        batch.refuse(row, "field.type", link.name, "parts")
    elif len(items) > MOST_PARTS:
        batch.refuse(row, "field.length", link.name, "parts", length=len(items), limit=MOST_PARTS)
    else:
        return items
    return None


def _sorted_out(batch: Batch, link: PartLink, sent: Sequence[tuple[Row, Sequence[object]]]) -> Parts:
    stored = _stored(batch, link, [row.id for row, _ in sent if row.id])
    parts = _none_sent(batch, link)
    posted = {key for _, items in sent for item in items if isinstance(item, Mapping) for key in item}
    every = {record: old for parts_of_one in stored.values() for record, old in parts_of_one.items()}
    add_lists(batch.unit, batch.unit.blueprint(link.entity), every, map(str, posted))
    for whole, items in sent:
        waiting = stored.get(whole.id, {})
        for place, item in enumerate(items):
            if isinstance(item, Mapping):
                _sort_one(batch, parts, (whole, place, item), waiting)
            else:
                _refuse(batch, parts, (whole, place), "field.type", None)
        parts.gone += [(record, whole) for record in waiting]
    parts.new.siblings = parts.kept.rows
    parts.new.going = parts.kept.going = frozenset(record for record, _ in parts.gone)
    return parts


def _sort_one(
    batch: Batch, parts: Parts, one: tuple[Row, int, Mapping[str, object]], waiting: dict[int, dict[str, Any]]
) -> None:
    whole, place, item = one
    read_only = {key + COMPANY_SUFFIX for key in converted_fields(batch.unit.catalog.entities[parts.link.entity])}
    posted = {key: value for key, value in item.items() if key != "id" and key not in read_only}  # sent back as read
    record = read_id(item.get("id"))
    if record is None:
        parts.new.rows.append(PartRow(len(parts.new.rows), 0, posted, whole=whole, place=place))
    elif isinstance(record, Bad) or record not in waiting:  # of another whole, named twice, or nowhere
        _refuse(batch, parts, (whole, place), "record.not_found", "id")
    else:
        old = waiting.pop(record)
        parts.kept.rows.append(PartRow(len(parts.kept.rows), record, posted, old, whole=whole, place=place))


def _refuse(batch: Batch, parts: Parts, at: tuple[Row, int], code: str, a_field: str | None) -> None:
    whole, place = at
    entity, inside = parts.link.entity, f"{parts.link.name}.{place}"
    batch.refusals.append(Refusal(code, a_field, {}, whole.index, whole.id or None, entity, "part", inside=inside))


def bring_parts(batch: Batch) -> None:
    """Adds the parts of records whose currency or rate changes: their amounts change with it, also where none were sent."""
    money = batch.blueprint.money
    if batch.creating or money is None or not money.with_parts:
        return
    rows = list(batch.changed_rows(CURRENCY_FIELD, RATE_COLUMN))
    for link in batch.unit.catalog.parts_of(batch.entity).values() if rows else ():
        if batch.unit.blueprint(link.entity).money is not None:
            _bring(batch, link, rows)


def _bring(batch: Batch, link: PartLink, wholes: Sequence[Row]) -> None:
    parts = next((each for each in batch.parts if each.link.name == link.name), None)
    if parts is None:
        parts = _none_sent(batch, link)
        batch.parts.append(parts)
    sent = {id(row.whole) for row in (*parts.kept.rows, *parts.new.rows) if isinstance(row, PartRow)}
    sent |= {id(whole) for _, whole in parts.gone}
    waiting = {row.id: row for row in wholes if id(row) not in sent}
    for whole, stored in _stored(batch, link, list(waiting)).items():
        for record, old in stored.items():
            kept = parts.kept.rows
            kept.append(PartRow(len(kept), record, {}, old, whole=waiting[whole], place=old[POSITION]))


def _none_sent(batch: Batch, link: PartLink) -> Parts:
    blueprint = batch.unit.blueprint(link.entity)
    new, kept = (Batch(batch.unit, blueprint, creating, [], above=batch) for creating in (True, False))
    return Parts(link, new, kept)


def _stored(batch: Batch, link: PartLink, wholes: Sequence[int]) -> dict[int, dict[int, dict[str, Any]]]:
    """The parts of records by whole and id. Who reads a whole reads its parts; the lock of the whole holds for them."""
    table = batch.unit.models.tables[link.entity]
    pointer, anys = table.c[link.field], batch.unit.blueprint(link.entity).anys
    found: dict[int, dict[int, dict[str, Any]]] = {}
    for some in in_parts(sorted(wholes)):
        query = sa.select(table).where(pointer.in_(some), table.c.deleted_at.is_(None)).order_by(table.c[POSITION])
        for row in batch.unit.connection.execute(query):
            old = {column.key: row._mapping[column] for column in table.columns}  # noqa: SLF001 - SQLAlchemy's public name
            for key in anys:
                if old[key] is not None:
                    old[key] = AnyId(old[key + ENTITY_SUFFIX], old[key])
            found.setdefault(old[link.field], {})[old["id"]] = old
    return found


def place_parts(batch: Batch) -> None:
    """What a part belongs to, and its place. A whole that has no id yet is told from others by a number below zero."""
    for row in batch.rows:
        if isinstance(row, PartRow):
            field = batch.blueprint.entity.parent_field
            assert field is not None
            row.values[field] = row.whole.id or -1 - row.whole.index
            if row.values[POSITION] != row.place:
                row.values[POSITION] = row.place
                if not batch.creating:
                    row.changed |= {POSITION}


def gather(batch: Batch) -> None:
    """Notes on the whole what is wrong with its parts, and that it changes where they do."""
    for parts in batch.parts:
        gather_refusals(batch, parts)
        for row in _touching(parts):
            row.whole.touched.add(parts.link.name)
        for _, whole in parts.gone:
            whole.touched.add(parts.link.name)


def touched_wholes(batch: Batch) -> set[int]:
    """`id()` of the rows in whose parts something changes."""
    changed = {id(row.whole) for parts in batch.parts for row in _touching(parts)}
    return changed | {id(whole) for parts in batch.parts for _, whole in parts.gone}


def gather_refusals(batch: Batch, parts: Parts) -> None:
    """Notes on the wholes what is wrong with their parts."""
    for each in (parts.new, parts.kept):
        batch.refusals += [_on_whole(parts, each, refusal) for refusal in each.refusals]


def _touching(parts: Parts) -> Iterator[PartRow]:
    for batch in (parts.new, parts.kept):
        for row in batch.rows:
            if row.changed and isinstance(row, PartRow):
                yield row


def _on_whole(parts: Parts, batch: Batch, refusal: Refusal) -> Refusal:
    row = next(each for each in batch.rows if each.index == refusal.index)
    assert isinstance(row, PartRow)
    inside = f"{parts.link.name}.{row.place}"
    return replace(refusal, index=row.whole.index, record=row.whole.id or None, inside=inside)


def save_parts(batch: Batch) -> None:
    """Writes them after their wholes: new ones in one statement, changed ones by the fields that change."""
    for parts in batch.parts:
        if parts.gone:
            put_away(Doomed(batch.unit, parts.link.entity, {record: 0 for record, _ in parts.gone}))
        parts.kept.rows = [row for row in parts.kept.rows if row.changed]
        for each in (parts.kept, parts.new):
            for row in each.rows:
                assert isinstance(row, PartRow)
                row.values[parts.link.field] = row.whole.id
            if each.rows:
                save(each)
                _write_audit(each)


def _write_audit(batch: Batch) -> None:
    if batch.creating:
        write_audit(
            batch.unit, batch.entity, "create", ((row.id, with_confirmed(None, row.confirmed)) for row in batch.rows)
        )
        return
    entity, compounds = batch.blueprint.entity, batch.blueprint.compounds
    changes = (
        (row.id, with_confirmed(changes_of(entity, compounds, row.old, row.values, row.changed), row.confirmed))
        for row in batch.rows
    )
    write_audit(
        batch.unit, batch.entity, "update", (entry for entry in changes if entry[1])
    )  # moved only: nothing to tell
