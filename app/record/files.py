"""Files of records: which may be attached, and attaching them.

A file belongs to one record and one field. Whoever saves it there has staged it himself for that field, or it has stood
there before (an earlier version). Any other is refused as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.definition.files import StoredFile, files_of
from app.orm import framework
from app.record.batch import Batch, Row
from app.record.decide import in_parts

FILE = framework.file.c
Known = Mapping[str, Mapping[str, Any]]
_ATTACH = (
    sa.update(framework.file)
    .where(FILE.id == sa.bindparam("file_id"), FILE.record.is_(None))
    .values(record=sa.bindparam("record_id"), previous=sa.bindparam("before"), changed_seq=sa.bindparam("mark"))
)


def find_files(batch: Batch) -> None:
    """Fills in what is known of the files that were posted, and refuses those that the actor may not attach."""
    if not batch.blueprint.files:
        return
    places = [
        (row, key)
        for key in batch.blueprint.files
        for row in batch.rows
        if key in row.posted and row.values[key] is not None
    ]
    known = _known(batch, sorted({each.id for row, key in places for each in _new(row, key)}))
    for row, key in places:
        _settle(batch, row, key, known)


def attach_files(batch: Batch) -> None:
    """Gives the saved records their new files. What they had before stays theirs: it is an earlier version."""
    values = [
        {"file_id": each.id, "record_id": row.id, "before": _before(batch, row, key), "mark": row.values["changed_seq"]}
        for key in batch.blueprint.files
        for row in batch.rows
        if key in row.posted
        for each in _new(row, key)
    ]
    if values:
        batch.unit.connection.execute(_ATTACH, values)


def _new(row: Row, key: str) -> list[StoredFile]:
    had = files_of(row.old.get(key))
    return [each for each in files_of(row.values[key]) if each not in had]


def _before(batch: Batch, row: Row, key: str) -> str | None:
    """The file that a new one takes the place of; none where there are many beside each other."""
    had = files_of(row.old.get(key))
    return had[0].id if had and not batch.blueprint.files[key] else None


def _known(batch: Batch, ids: list[str]) -> dict[str, Mapping[str, Any]]:
    """The files with these ids, locked until the unit ends: two records can't take the same one."""
    found: dict[str, Mapping[str, Any]] = {}
    for some in in_parts(ids):
        query = sa.select(framework.file).where(FILE.id.in_(some)).order_by(FILE.id).with_for_update()
        found.update((row["id"], dict(row)) for row in batch.unit.connection.execute(query).mappings())
    return found


def _settle(batch: Batch, row: Row, key: str, known: Known) -> None:
    had = {each.id: each for each in files_of(row.old.get(key))}
    settled = [
        had.get(each.id) or _attachable(batch, row, key, known.get(each.id)) for each in files_of(row.values[key])
    ]
    if None in settled:
        batch.refuse(row, "record.not_found", key, "file")
    else:
        row.values[key] = tuple(settled) if batch.blueprint.files[key] else settled[0]


def _attachable(batch: Batch, row: Row, key: str, found: Mapping[str, Any] | None) -> StoredFile | None:
    if found is None or (found["entity"], found["field"]) != (batch.entity, key):
        return None
    unit = batch.unit
    staged = found["record"] is None and found["created_by"] == unit.actor.user_id
    if not (staged and found["id"] not in unit.taken_files) and not (row.id and found["record"] == row.id):
        return None
    unit.taken_files.add(found["id"])
    return StoredFile(found["id"], found["name"], found["size"], found["media_type"], found["width"], found["height"])
