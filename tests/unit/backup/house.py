"""A small house whose backups are made: a database on either engine, files, a key, and all that is in it to compare."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.access import system_actor
from app.backup import Backup, Made, Shelf, make_backup, place_of, restore_backup
from app.backup.place import BackupPlace
from app.backup.seal import Kind
from app.backup.tables import LEFT_OUT
from app.definition.files import StoredFile
from app.files import FolderContents, Place, stage
from app.loading import Loaded, catalog_of_tree
from app.orm import framework
from app.orm.engine import open_engine
from app.orm.store import Store
from app.orm.types import now
from app.plan import first_apply, open_store
from app.record import Change, Saved, create, delete, update
from app.settings import Settings
from tests.databases import place

KEY = "a key of a house that nobody lives in"
ACTOR = replace(system_actor("system:command"), user_id=1)
TREE: dict[str, Any] = {
    "backups": {"full": {"every": "week"}, "incremental": {"every": "day"}},
    "entities": {
        "client": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "required": True, "searchable": True},
                "code": {"type": "text", "unique": True, "ignore_case": True},
                "order": {"type": "decimal"},
                "tags": {"type": "tags"},
                "friends": {"type": "lookup", "to": "visitor", "many": True},
                "known": {"type": "lookup", "to": ["visitor", "client"], "many": True, "inverse": "known_by", "on_delete": "clear"},
                "papers": {"type": "file", "many": True},
                "met": {"type": "datetime"},
            },
        },
        "visitor": {"name_field": "name", "soft_delete": False, "fields": {"name": {"type": "text", "required": True, "searchable": True}}},
    },
}  # fmt: skip


@dataclass
class House:
    """A database with a revision applied, its data folder, its backups, and a clock that the test moves."""

    store: Store
    settings: Settings
    folder: Path
    fresh: Callable[[], str]

    @property
    def contents(self) -> FolderContents:
        return FolderContents(self.settings.files_dir)

    @property
    def place(self) -> BackupPlace:
        return place_of(self.settings, self.store.catalog)

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.place.folders)

    def backup(self, kind: Kind = "full", at: dt.datetime | None = None) -> Made:
        return make_backup(self.store, self.contents, self.place, kind, at or now())

    def add(self, entity: str, *rows: Mapping[str, Any]) -> tuple[int, ...]:
        saved = create(self.store, ACTOR, entity, rows, door="command")
        assert isinstance(saved, Saved), saved
        return saved.ids

    def change(self, entity: str, record: int, **values: Any) -> None:
        saved = update(self.store, ACTOR, entity, [Change(record, values)], door="command")
        assert isinstance(saved, Saved), saved

    def remove(self, entity: str, *records: int) -> None:
        saved = delete(self.store, ACTOR, entity, list(records), door="command")
        assert isinstance(saved, Saved), saved

    def file(self, text: str) -> str:
        found = stage(self.store, self.contents, ACTOR, Place("client", "papers"), "a.txt", io.BytesIO(text.encode()))
        assert isinstance(found, StoredFile), found
        return found.id

    def restore(self, backup: Backup, name: str = "restored", key: str | None = KEY) -> tuple[str, Path]:
        """Where it is now: the URL of the database, the data folder."""
        folder = self.folder / name
        if self.store.engine.dialect.name == "sqlite":
            restored = restore_backup(self.shelf.chain(backup), key, str(folder))
        else:
            restored = restore_backup(self.shelf.chain(backup), key, self.fresh(), folder)
        return restored.url, folder


def rows_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a database but those that no backup holds, and the numbers of search rows, which mean nothing."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            names = [each for each in sa.inspect(connection).get_table_names() if "search_index" not in each]
            return {name: _rows(connection, name) for name in names if name not in LEFT_OUT}
    finally:
        engine.dispose()


def _rows(connection: sa.Connection, table: str) -> list[tuple[Any, ...]]:
    query = sa.select(sa.text("*")).select_from(sa.table(table))
    if table == framework.file.name:
        query = query.where(sa.column("record").is_not(None))
    found = connection.execute(query).mappings()
    left_out = {"id", "vector"} if table == "tenon_search_row" else set()
    return sorted((tuple(row[key] for key in row if key not in left_out) for row in found), key=repr)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "files").glob("[0-9a-f][0-9a-f]/*")}


def found_by(url: str, word: str) -> int:
    """How many records the search finds."""
    from app.access import reading
    from app.insight import ListQuery, list_records

    engine = open_engine(url)
    try:
        store = open_store(engine)
        with reading(store, ACTOR) as session:
            return len(list_records(session, ACTOR, ListQuery("client", ("name",), search=word)).rows)
    finally:
        engine.dispose()


@contextmanager
def a_house(url: str, folder: Path, fresh: Callable[[], str], key: str | None = KEY) -> Iterator[House]:
    """In a database that was built already."""
    engine = open_engine(url)
    try:
        settings = Settings(database_url=url, data_dir=folder / "var", backup_dir=folder / "backups", backup_key=key)
        yield House(open_store(engine), settings, folder, fresh)
    finally:
        engine.dispose()


def build(url: str) -> None:
    """The pack applied, and a person, in a database that is not there yet."""
    place(url, "house", _move_in)


def _move_in(engine: sa.Engine) -> None:
    first_apply(engine, Loaded(catalog_of_tree(TREE), (), TREE, {}, {}))
    person = {"name": "Her", "login": "her", "email": "her@example.com"}
    saved = create(open_store(engine), system_actor("system:command"), "user", [person], door="command")
    assert isinstance(saved, Saved), saved
