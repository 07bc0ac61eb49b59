"""Encrypted values in the files of a database and of its backups: nowhere in plain text, and whole after a restore."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.backup import make_backup, place_of, restore_backup, verify_backup
from app.backup.parts import read_manifest, read_parts
from app.backup.seal import SealedReader
from app.backup.shelf import Shelf
from app.files import FolderContents
from app.orm.engine import open_engine
from app.orm.types import now
from app.plan import open_store
from app.record import Change, Saved, update
from tests import pgtemp
from tests.unit.secretive_site import SECRETIVE
from tests.unit.website import DATABASES, KEYS, Prepared, Website, prepare, served_on

CANARIES = ("kanarienvogel", "13877776666", "wellensittich", "13866665555")
FIRST = {"illness": "kanarienvogel", "mobile": "+8613877776666", "passport": "kanarienvogel"}
THEN = {"illness": "wellensittich", "mobile": "+8613866665555"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("secretive"), SECRETIVE)


@pytest.fixture(params=DATABASES)
def site(request: pytest.FixtureRequest, prepared: Prepared) -> Iterator[Website]:
    with served_on(request, prepared) as found:
        yield found


def told(content: bytes) -> list[str]:
    return [each for each in CANARIES if each.encode() in content]


def test_no_file_of_database_or_backup_holds_a_value(
    site: Website, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = replace(site.settings, backup_dir=tmp_path / "backups", backup_key=None, data_dir=tmp_path / "var")
    place, contents = place_of(settings, site.store.catalog), FolderContents(settings.files_dir)
    record = site.add("patient", "rep", name="Wang", **FIRST)
    make_backup(site.store, contents, place, "full", now())
    change = Change(record, THEN)
    assert isinstance(update(site.store, system_actor("system:seed"), "patient", [change], door="seed"), Saved)
    made = make_backup(site.store, contents, place, "incremental", now())
    shelf = Shelf(place.folders)
    backups = shelf.every()
    assert [each.head.kind for each in backups] == ["full", "incremental"]
    for each in backups:
        reader = SealedReader(each.paths[0], None)
        assert told(b"".join(b"".join(content) for _, content in read_parts(reader, read_manifest(reader)))) == []
    if site.store.engine.dialect.name == "sqlite":
        files = list(Path(str(site.store.engine.url.database)).parent.glob("crm.db*"))
        assert files
        assert told(b"".join(each.read_bytes() for each in files)) == []
        target, data = str(tmp_path / "restored"), None
    else:
        cluster: pgtemp.Cluster = request.getfixturevalue("pg_cluster")
        target, data = cluster.url(cluster.create()), tmp_path / "restored"
    assert verify_backup(place, made.backup, None if data is None else site.store.engine.url, now()).well
    restored = restore_backup(shelf.chain(made.backup), None, target, *([data] if data else []))
    engine = open_engine(restored.url, KEYS)
    store = open_store(engine)
    table = store.models.tables["patient"]
    with engine.connect() as connection:
        row = connection.execute(sa.select(table.c.illness, table.c.mobile, table.c.passport)).one()
    engine.dispose()
    assert tuple(row) == (THEN["illness"], THEN["mobile"], FIRST["passport"])
