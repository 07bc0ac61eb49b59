"""Who reads a file: decided anew at each reading, by the record that has it and the field that it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, FieldRight, field_rights, models_of
from app.definition.files import StoredFile
from app.frozen import dataclass
from app.orm import framework

LONGEST_ID = 64
FILE = framework.file.c
_DESCRIBED = (FILE.id, FILE.name, FILE.size, FILE.media_type, FILE.width, FILE.height)


@dataclass(frozen=True)
class Found:
    """A file that may be read: what it is, and the digests of its content and of its small picture."""

    file: StoredFile
    digest: str
    thumbnail: str | None


def find_file(session: Session, actor: Actor, file_id: str) -> Found | None:
    """The file, if the actor may read the record that has it (or had it: an earlier version) and sees the field in clear.
    One that no record has yet is its maker's alone. None for any other, as for one that is not there. Two statements.
    """
    if len(file_id) > LONGEST_ID or "\0" in file_id:
        return None
    row = session.execute(sa.select(framework.file).where(FILE.id == file_id)).mappings().first()
    if row is None:
        return None
    is_mine = row["created_by"] is not None and row["created_by"] == actor.user_id
    readable = is_mine if row["record"] is None else _sees(session, actor, row)
    file = StoredFile(row["id"], row["name"], row["size"], row["media_type"], row["width"], row["height"])
    return Found(file, row["sha256"], row["thumbnail"]) if readable else None


def _sees(session: Session, actor: Actor, row: Mapping[Any, Any]) -> bool:
    models, entity, field = models_of(session), row["entity"], row["field"]
    described = models.catalog.entities.get(entity)
    if described is None or field not in described.fields or described.fields[field].holds != "file":
        return False  # the configuration knows it no more
    if field_rights(models.catalog, actor, entity).right(field) < FieldRight.READ:
        return False
    until = models.former.files_until(entity, field)
    if until is not None and row["created_at"] <= until:
        return False  # it was one of a field that was removed, and had the name before
    record = models.attribute(entity, "id")
    return session.execute(sa.select(record).where(record == row["record"])).first() is not None


def staged_files(session: Session, actor: Actor, ids: Iterable[str]) -> dict[str, StoredFile]:
    """Those of the files that the actor has staged, and no record has yet, by id."""
    wanted = [each for each in ids if len(each) <= LONGEST_ID and "\0" not in each]
    if not wanted or actor.user_id is None:
        return {}
    query = sa.select(*_DESCRIBED).where(FILE.id.in_(wanted), FILE.record.is_(None), FILE.created_by == actor.user_id)
    return {row.id: StoredFile(*row) for row in session.execute(query)}
