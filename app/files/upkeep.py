"""Looking after files: whether each has its content and its record, and clearing away what belongs to nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition.files import files_of
from app.files.contents import FolderContents, digest_of
from app.frozen import dataclass
from app.orm import framework
from app.orm.store import Store

KEPT = dt.timedelta(days=1)  # what nobody has used by then is used by nobody
FILE = framework.file.c
_SOME = 500  # ids of a statement


@dataclass(frozen=True)
class Orphans:
    """Ids of files that no record has or will have, digests of contents that no file has: of more than a day ago."""

    files: tuple[str, ...]
    contents: tuple[str, ...]


def check_files(store: Store, contents: FolderContents) -> list[str]:
    """What is wrong: a content that is missing or was altered, a record with a file that is not its own. Reads everything."""
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(framework.file)).all()
        foreign = list(_foreign(store, connection, {row.id: (row.entity, row.field, row.record) for row in rows}))
    names: dict[str, str] = {}
    for row in rows:
        names.setdefault(row.sha256, f"{row.name} ({row.id})")
        if row.thumbnail is not None:
            names.setdefault(row.thumbnail, f"the small picture of {row.name} ({row.id})")
    broken = (_broken(contents, digest, name) for digest, name in names.items())
    return [*foreign, *(each for each in broken if each)]


def _foreign(store: Store, connection: Connection, owned: dict[str, tuple[str, str, int | None]]) -> Iterator[str]:
    for entity, described in store.catalog.entities.items():
        table = store.models.tables[entity]
        for key in (key for key, field in described.fields.items() if field.holds == "file"):
            for record, value in connection.execute(
                sa.select(table.c.id, table.c[key]).where(table.c[key].is_not(None))
            ):
                for file in files_of(value):
                    if owned.get(file.id) != (entity, key, record):
                        yield f"{entity} {record} has {file.name} ({file.id}) in {key}, which is not among its files"


def _broken(contents: FolderContents, digest: str, name: str) -> str:
    try:
        with contents.open(digest) as stream:
            found = digest_of(stream)
    except FileNotFoundError:
        return f"{name} has no content: {digest} is missing"
    return "" if found == digest else f"{name} was altered: its content is {found}, not {digest}"


def find_orphans(store: Store, contents: FolderContents, now: dt.datetime) -> Orphans:
    """What `collect` would clear away. What lies in the bin has its files still."""
    before = now - KEPT
    staged = sa.select(FILE.id).where(FILE.record.is_(None), FILE.created_at < before)
    named = sa.union(sa.select(FILE.sha256), sa.select(FILE.thumbnail).where(FILE.thumbnail.is_not(None)))
    with store.system_reading() as connection:
        files = [*connection.execute(staged).scalars(), *_of_erased_records(store, connection)]
        known = set(connection.execute(named).scalars())
    lost = (digest for digest, put in contents.every() if digest not in known and put < before.timestamp())
    return Orphans(tuple(files), tuple(lost))


def _of_erased_records(store: Store, connection: Connection) -> Iterator[str]:
    for entity, table in store.models.tables.items():
        there = sa.exists().where(table.c.id == FILE.record)
        query = sa.select(FILE.id).where(FILE.entity == entity, FILE.record.is_not(None), ~there)
        yield from connection.execute(query).scalars()


def collect(store: Store, contents: FolderContents, now: dt.datetime) -> Orphans:
    """Clears away orphans and says what went. A content that is put again meanwhile stays."""
    files = find_orphans(store, contents, now).files
    with store.housekeeping() as connection:
        for at in range(0, len(files), _SOME):
            connection.execute(sa.delete(framework.file).where(FILE.id.in_(files[at : at + _SOME])))
    before = (now - KEPT).timestamp()
    contents.sweep(before)
    lost = find_orphans(store, contents, now).contents
    return Orphans(files, tuple(digest for digest in lost if contents.delete(digest, before)))
