"""Making backups: what an increment can build on, folders that fail, keys that are missing, programs that are old."""

from __future__ import annotations

import dataclasses
import datetime as dt
import errno
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from app.backup import BackupRefused, Shelf, deployment_of, place_of, seal, standing, verify_backup
from app.backup import folders as writing
from app.backup.postgresql import find_program
from app.backup.seal import Kind
from app.backup.tables import JOURNALS, LEFT_OUT, MARK, SEARCH, STILL, WHOLE
from app.definition import Catalog
from app.orm import framework
from app.orm.types import now
from app.plan.migrate import VERSION
from tests.databases import deep_on_postgresql
from tests.unit.backup.house import KEY, House, a_house, build, files_of, rows_of

ELSEWHERE = "another key than the one before"
USUAL_WORK = seal._SCRYPT["n"]


def with_folders(house: House, *folders: Path) -> House:
    """As if backups.yaml named these folders."""
    plan = dataclasses.replace(house.store.catalog.backups, to=tuple(map(str, folders)))
    return planned(house, dataclasses.replace(house.store.catalog, backups=plan))


def planned(house: House, catalog: Catalog) -> House:
    models = dataclasses.replace(house.store.models, catalog=catalog)
    return dataclasses.replace(house, store=dataclasses.replace(house.store, models=models))


def test_every_table_of_the_framework_has_its_way_into_a_backup() -> None:
    """A new table has numbers and a mark (`id`, `changed_seq`), or stands in one of the lists of `app.backup.tables`."""
    ways = {*JOURNALS, *LEFT_OUT, *STILL, *WHOLE, SEARCH}
    every = framework.FRAMEWORK.tables.items()
    assert {name for name, table in every if MARK not in table.c or "id" not in table.c} == ways - {VERSION.name}
    for name, moments in JOURNALS.items():
        assert set(moments) < set(framework.FRAMEWORK.tables[name].c.keys())


def test_the_first_increment_is_a_full_one_and_says_why(small_house: House) -> None:
    made = small_house.backup("incremental")
    assert made.backup.is_full
    assert "none to build on" in made.words.in_language("en")
    assert "尚无可依赖的备份" in made.words.in_language("zh")
    assert not small_house.backup("incremental").backup.is_full


def test_an_increment_builds_on_what_is_the_same_database_alone(small_house: House) -> None:
    small_house.add("client", {"name": "A"})
    small_house.backup()
    other = dataclasses.replace(small_house, settings=dataclasses.replace(small_house.settings, backup_key=ELSEWHERE))
    made = other.backup("incremental")
    assert made.backup.is_full
    assert "is not the key" in str(made.why_full)
    with small_house.store.housekeeping() as connection:
        connection.execute(framework.audit.update().values(digest="another history"))
    again = other.backup("incremental")
    assert again.backup.is_full
    assert "not the one" in str(again.why_full)
    bad = dataclasses.replace(again.backup.verdict or _verdict(), well=False)
    other.shelf.judge(again.backup, bad)
    assert "can't be restored" in str(other.backup("incremental").why_full)


def _verdict() -> Any:
    from app.backup import Verdict
    from app.definition import Text

    return Verdict(now(), well=True, words=Text({"en": "x", "zh": "x"}))


def test_without_a_key_it_says_how_to_make_one(small_house: House) -> None:
    house = dataclasses.replace(small_house, settings=dataclasses.replace(small_house.settings, backup_key=None))
    with pytest.raises(BackupRefused, match="crm backup key"):
        house.backup()
    made = house.settings.make_backup_key()
    assert house.settings.find_backup_key() == made == house.settings.make_backup_key()
    assert house.settings.backup_key_file.stat().st_mode & 0o777 == 0o600
    assert house.backup().backup.head.key
    short = dataclasses.replace(house, settings=dataclasses.replace(house.settings, backup_key="short"))
    with pytest.raises(BackupRefused, match="too short"):
        short.backup()


def test_unencrypted_backups_hold_no_secret_key_and_are_found_damaged_too(small_house: House) -> None:
    plan = dataclasses.replace(small_house.store.catalog.backups, encrypt=False)
    house = planned(small_house, dataclasses.replace(small_house.store.catalog, backups=plan))
    house.add("client", {"name": "A"})
    made = house.backup()
    _url, folder = house.restore(made.backup, key=None)
    assert not (folder / "secret_key").exists()
    (path,) = made.backup.paths
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + bytes([whole[5000] ^ 4]) + whole[5001:])
    with pytest.raises(BackupRefused, match="damaged"):
        house.restore(made.backup, "again", key=None)


def test_nothing_of_what_is_in_it_can_be_read_in_the_file(small_house: House) -> None:
    small_house.add("client", {"name": "Canary of a name"})
    small_house.change("client", 1, papers=[small_house.file("canary of a content")])
    (path,) = small_house.backup().backup.paths
    content = path.read_bytes()
    assert b"anary" not in content
    assert KEY.encode() not in content
    assert small_house.settings.get_secret().encode() not in content
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(small_house.place.scratch.parent.glob("backup-*")) == [], "no copy in the clear is left"


def test_a_key_takes_work_and_each_backup_says_how_much(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    small_house.backup()  # with less than usual, as in all these tests
    monkeypatch.setitem(seal._SCRYPT, "n", USUAL_WORK)
    small_house.add("client", {"name": "A"})
    made = small_house.backup("incremental").backup
    assert made.head.key["n"] == USUAL_WORK >= 2**15
    assert rows_of(small_house.restore(made)[0]) == rows_of(small_house.settings.database_url)


def test_every_folder_gets_it_and_one_that_fails_is_told(small_house: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    first, second = tmp_path / "one", tmp_path / "two"
    house = with_folders(small_house, first, second, tmp_path / "file" / "three")
    with pytest.raises(BackupRefused, match="three can't be written: Not a directory") as caught:
        house.backup()
    assert "无法写入" in caught.value.text.in_language("zh")
    (made,) = house.shelf.every()
    assert {path.parent for path in made.paths} == {first, second}
    path = made.paths[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:])
    house.restore(house.shelf.get("latest"), "of the second copy")
    path.unlink()
    house.restore(house.shelf.get("latest"))


def test_a_folder_that_is_full_leaves_the_last_one_standing(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = small_house.backup().backup
    real = os.fsync

    def full(descriptor: int) -> None:
        if ".part" in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(BackupRefused, match=r"No space left on device.*the last one stands"):
        small_house.backup()
    assert [each.id for each in small_house.shelf.every()] == [before.id]
    assert [path.name for path in before.paths[0].parent.iterdir()] == [before.paths[0].name]


def test_what_a_killed_one_left_is_swept_and_never_listed(small_house: House) -> None:
    folder = small_house.settings.backups_dir
    folder.mkdir()
    own = deployment_of(small_house.store)
    (folder / f".{own}.20260101-000000-abcdef.part").write_bytes(b"half")
    small_house.place.scratch.mkdir(parents=True)
    (small_house.place.scratch / "copy.db").write_bytes(b"in the clear")
    assert small_house.shelf.every() == []
    made = small_house.backup()
    assert [path.name for path in folder.iterdir()] == [made.backup.paths[0].name]
    assert not small_house.place.scratch.exists()


def test_one_backup_at_a_time(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.backup.make._WAIT_SECONDS", 0)
    small_house.settings.data_dir.mkdir(exist_ok=True)
    with FileLock(small_house.settings.data_dir / "backup.lock"), pytest.raises(BackupRefused, match="another backup"):
        small_house.backup()


def test_a_content_that_was_lost_before_does_not_keep_the_rest_from_being_saved(small_house: House) -> None:
    small_house.add("client", {"name": "A"})
    small_house.change("client", 1, papers=[small_house.file("kept"), small_house.file("lost")])
    (lost,) = (path for path in small_house.settings.files_dir.glob("??/*") if path.read_bytes() == b"lost")
    lost.unlink()
    with pytest.raises(BackupRefused, match="was made, but 1 contents of files are missing and 0 are altered"):
        small_house.backup()
    first = small_house.shelf.get("latest")
    verdict = verify_backup(small_house.place, first, None, now())
    assert not verdict.well
    assert "1 contents of files are not in the backup" in str(verdict.words.in_language("en"))
    made = small_house.backup()
    assert len(made.lost.missing) == 1, "which is known since the one before"
    assert "crm doctor" in made.words.in_language("en")
    lost.write_bytes(b"lost")
    again = small_house.backup("incremental")
    assert not again.backup.is_full
    assert not again.lost.every
    assert verify_backup(small_house.place, again.backup, None, now()).well, "it carries what the one before lacked"


def test_a_folder_of_files_that_is_away_fails_the_backup_and_the_backup_stands(small_house: House) -> None:
    small_house.add("client", {"name": "A"})
    small_house.change("client", 1, papers=[small_house.file("one"), small_house.file("two")])
    small_house.backup()
    small_house.settings.files_dir.rename(small_house.folder / "unmounted")
    with pytest.raises(BackupRefused, match="2 contents of files are missing") as caught:
        small_house.backup()
    assert "缺失" in caught.value.text.in_language("zh")
    assert [each.head.kind for each in small_house.shelf.every()] == ["full", "full"]


@deep_on_postgresql
@pytest.mark.parametrize("kind", ["full", "incremental"])
def test_an_altered_content_is_left_out_and_voids_nothing(house: House, kind: Kind) -> None:
    (client,) = house.add("client", {"name": "A"})
    if kind == "incremental":
        house.backup()
    house.change("client", client, papers=[house.file("sound"), house.file("altered")])
    (altered,) = (path for path in house.settings.files_dir.glob("??/*") if path.read_bytes() == b"altered")
    altered.write_bytes(b"alterec")
    with pytest.raises(BackupRefused, match="0 contents of files are missing and 1 are altered"):
        house.backup(kind)
    made = house.shelf.get("latest")
    assert made.head.kind == kind
    url, folder = house.restore(made)
    assert rows_of(url) == rows_of(house.settings.database_url)
    assert list(files_of(folder).values()) == [b"sound"]
    assert not verify_backup(house.place, made, house.store.engine.url, now()).well


def test_a_variable_that_is_not_set_is_named(small_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ELSEWHERE_DIR", raising=False)
    house = with_folders(small_house, Path("${env:ELSEWHERE_DIR}"))
    with pytest.raises(BackupRefused, match="ELSEWHERE_DIR is not set"):
        house.backup()
    monkeypatch.setenv("ELSEWHERE_DIR", str(small_house.folder / "elsewhere"))
    assert place_of(house.settings, house.store.catalog).folders == (small_house.folder / "elsewhere",)


def test_old_backups_go_with_the_next_one(small_house: House) -> None:
    plan = dataclasses.replace(small_house.store.catalog.backups, full=_keeping(small_house, "2 copies"))
    house = planned(small_house, dataclasses.replace(small_house.store.catalog, backups=plan))
    start = now() - dt.timedelta(days=9)
    made = [house.backup(at=start + dt.timedelta(days=number)) for number in range(4)]
    assert [each.removed for each in made] == [0, 0, 1, 1]
    assert [each.id for each in house.shelf.every()] == [each.backup.id for each in made[2:]]


def _keeping(house: House, keep: str) -> Any:
    assert house.store.catalog.backups.full is not None
    return dataclasses.replace(house.store.catalog.backups.full, keep=keep)


def test_a_verdict_stays_with_its_backup(small_house: House) -> None:
    small_house.add("client", {"name": "A"})
    made = small_house.backup()
    assert made.backup.verified is None
    moment = now()
    verdict = verify_backup(small_house.place, made.backup, None, moment)
    assert verdict.well, verdict.words
    assert re.search(r"\d+ tables with \d+ rows equal", verdict.words.in_language("en"))
    assert Shelf(small_house.place.folders).get("latest").verified == moment
    (path,) = made.backup.paths
    whole = path.read_bytes()
    path.write_bytes(whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:])
    assert not verify_backup(small_house.place, made.backup, None, moment).well
    found = small_house.shelf.get("latest")
    assert (found.verified, found.is_bad) == (None, True)


def spoil(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:])


def test_every_copy_has_a_verdict_of_its_own_and_a_spoilt_one_forces_a_full(small_house: House, tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    house = with_folders(small_house, first, second)
    house.add("client", {"name": "A"})
    made = house.backup().backup
    assert not house.backup("incremental").backup.is_full
    last = house.backup("incremental").backup
    spoil(last.paths[1])
    verdict = verify_backup(house.place, last, None, now())
    assert not verdict.well
    assert str(last.paths[1]) in verdict.words.in_language("en")
    found = house.shelf.get("latest")
    assert [each.well for each in found.verdicts if each] == [True, False]
    assert (found.is_bad, found.bad_copies) == (False, (last.paths[1],))
    told = standing(house.settings, house.store, now())
    assert told is not None
    assert (told.well, "1 files or folders are damaged" in told.text) == (False, True)
    again = house.backup("incremental")
    assert again.backup.is_full
    assert f"{second} has no sound copy of {last.id}" in str(again.why_full)
    assert not house.backup("incremental").backup.is_full
    (second / again.backup.paths[1].name).unlink()
    assert house.backup("incremental").backup.is_full, "a folder that lacks a link of the chain gets a full one"
    assert made.id in {each.id for each in house.shelf.every()}


def test_two_companies_in_one_folder_leave_each_other_alone(
    small_house: House, tmp_path: Path, fresh: Callable[[], str]
) -> None:
    plan = dataclasses.replace(small_house.store.catalog.backups, full=_keeping(small_house, "1 copy"))
    mine = planned(small_house, dataclasses.replace(small_house.store.catalog, backups=plan))
    made = mine.backup()
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    build(url)
    with a_house(url, tmp_path / "theirs", fresh) as other:
        settings = dataclasses.replace(other.settings, backup_dir=mine.settings.backup_dir)
        theirs = planned(dataclasses.replace(other, settings=settings), mine.store.catalog)
        assert standing(settings, other.store, now()) is not None
        half = mine.settings.backups_dir / f".{deployment_of(mine.store)}.20260101-000000-abcdef.part"
        half.write_bytes(b"half")
        first = theirs.backup("incremental")
        assert "none to build on" in str(first.why_full)
        last = theirs.backup()
        assert half.exists()
        shelf = Shelf(theirs.place.folders, deployment_of(theirs.store))
        assert [each.id for each in shelf.every()] == [last.backup.id]
        assert [each.id for each in shelf.others()] == [made.backup.id]
        assert shelf.get(made.backup.id).id == made.backup.id
        with pytest.raises(BackupRefused, match="several companies"):
            Shelf(theirs.place.folders).get("latest")
        url, _folder = theirs.restore(last.backup)
        assert rows_of(url) == rows_of(theirs.settings.database_url), "with its id"


def test_a_failed_verification_and_broken_files_are_told(small_house: House) -> None:
    small_house.add("client", {"name": "A"})
    made = small_house.backup().backup
    spoil(made.paths[0])
    verify_backup(small_house.place, made, None, now())
    (small_house.settings.backups_dir / "20200101-000000-abcdef.full.tenon").write_bytes(b"half")
    told = standing(small_house.settings, small_house.store, now())
    assert told is not None
    assert not told.well
    assert told.text.endswith("never verified; the last verification failed; 1 files or folders are damaged")


def test_a_folder_that_is_closed_and_a_full_disk_are_said_in_words(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_house.backup()
    real = Path.iterdir

    def closed(path: Path) -> Iterator[Path]:
        if path == small_house.settings.backups_dir:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", closed)
        assert small_house.shelf.every() == []
        assert small_house.shelf.broken() == [f"{small_house.settings.backups_dir}: Permission denied"]

    def full(*_some: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("app.backup.sqlite.census", full)
    with pytest.raises(BackupRefused, match="database or disk is full"):
        small_house.backup()


def test_a_backup_of_postgresql_is_verified_on_its_server(house: House) -> None:
    house.add("client", {"name": "A"})
    house.backup()
    house.add("client", {"name": "B"})
    made = house.backup("incremental")
    before = rows_of(house.settings.database_url)
    verdict = verify_backup(house.place, made.backup, house.store.engine.url, now())
    assert verdict.well, verdict.words
    assert rows_of(house.settings.database_url) == before


def test_a_program_that_is_missing_or_older_than_the_server_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="pg_dump is not found"):
        find_program("pg_dump", 15, [tmp_path])
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9 (Debian 14.9-1)'\n")
    program.chmod(0o755)
    assert find_program("pg_dump", 14, [tmp_path]) == program
    with pytest.raises(BackupRefused, match="version 14, the server has 15"):
        find_program("pg_dump", 15, [tmp_path])


def test_the_oldest_program_that_knows_the_server_is_taken(tmp_path: Path) -> None:
    folders = []
    for major in (17, 14, 16):
        folder = tmp_path / str(major)
        folder.mkdir()
        program = folder / "pg_restore"
        program.write_text(f"#!/bin/sh\necho 'pg_restore (PostgreSQL) {major}.1'\n")
        program.chmod(0o755)
        folders.append(folder)
    assert find_program("pg_restore", 15, folders) == tmp_path / "16" / "pg_restore"
    newest = find_program("pg_restore", 14, folders, fits=lambda path: path.parent.name == "17")
    assert newest == tmp_path / "17" / "pg_restore", "the dump was made by a newer one"
